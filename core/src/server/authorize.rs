//! An app asks for a person's permission.

use alloc::string::String;

use super::ask::{AskError, Asked, LONGEST_ASK, Understood};
use super::bound::{BindError, Bound};
use super::handle::Call;
use super::hint::Hint;
use super::login::{self, Login};
use super::name::Kind;
use super::page::{ConsentPage, Page, ScopeLine};
use super::policy::ConsentRule;
use super::record::{Key, Record, Versioned};
use super::remember::{self, Matter};
use super::turn::{AfterRead, AfterVerify, Read, Turn, Verify, found};
use super::whom::Whom;
use super::{approve, reply};
use crate::entropy::Entropy;
use crate::pack::Packer;
use crate::wire::form::Form;
use crate::wire::http::{Method, Request};

/// Whether a page may be shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Prompt {
    Allowed,
    None,
}

/// Reads an authorization request
/// ([RFC 6749 §4.1.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1)).
pub(crate) fn begin<'s>(
    call: Call<'s>,
    request: &Request,
    entropy: Entropy,
    login: Option<Login>,
) -> Turn<'s> {
    let form = match request.method {
        Method::Get | Method::Head => Form::parse(request.query().as_bytes()).ok(),
        Method::Post if request.query().is_empty() && request.is_form() => {
            Form::parse(&request.body).ok()
        }
        Method::Post => None,
        Method::Put | Method::Delete | Method::Options | Method::Other => {
            return reply::wrong_method(&call, "GET, POST");
        }
    };
    let Some(form) = form else { return reply::unbound(&call, BindError::Malformed) };
    let client_id = match form.one("client_id") {
        Ok(Some(client_id)) => String::from(client_id),
        Ok(None) => return reply::unbound(&call, BindError::MissingClientId),
        Err(_) => return reply::unbound(&call, BindError::UnknownClient),
    };
    let key = Key::Client(client_id);
    // A cookie that is `SameSite=Lax` stays away from a form of another site's.
    let comes_without_cookies = request.method == Method::Post && login.is_none();
    let waiting = AwaitingClient { call, form, entropy, login, comes_without_cookies };
    Read::ask(call, key, AfterRead::Authorize(waiting.into()))
}

/// The request names a client; the store is asked who that is.
pub(crate) struct AwaitingClient<'s> {
    call: Call<'s>,
    form: Form,
    entropy: Entropy,
    login: Option<Login>,
    comes_without_cookies: bool,
}

impl<'s> AwaitingClient<'s> {
    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let Self { call, form, entropy, login, comes_without_cookies } = self;
        let (client, _) = found(record, Record::client);
        let bound = match Bound::read(client, &form, call.now) {
            Ok(bound) => bound,
            Err(error) => return reply::unbound(&call, error),
        };
        let read = match Understood::read(&form, &bound, &entropy, &call) {
            Ok(read) => read,
            Err(error) => return reply::bound(&call, bound, error),
        };
        let Understood { asked, prompt, id_token_hint, length } = read;
        let mut waiting = Hinted { call, bound, asked, prompt, login, comes_without_cookies };
        let Some(text) = id_token_hint else { return waiting.proceed() };
        let client_id = &waiting.bound.client().client_id;
        let Some(hint) = Hint::read(&call, text).filter(|hint| hint.client_id == *client_id) else {
            return reply::bound(&call, waiting.bound, AskError::InvalidHint);
        };
        if length + hint.subject.len() > LONGEST_ASK {
            return reply::bound(&call, waiting.bound, AskError::TooLong);
        }
        if let Err(error) = waiting.asked.hint(hint.subject.clone()) {
            return reply::bound(&call, waiting.bound, error);
        }
        match hint.question() {
            Some(question) => Verify::ask(call, question, AfterVerify::Authorize(waiting.into())),
            None => waiting.without_hint(),
        }
    }
}

/// The request hints at a person; the host is asked whether the hint is ours.
pub(crate) struct Hinted<'s> {
    call: Call<'s>,
    bound: Bound,
    asked: Asked,
    prompt: Prompt,
    login: Option<Login>,
    comes_without_cookies: bool,
}

impl<'s> Hinted<'s> {
    pub(crate) fn into_bound(self) -> Bound {
        self.bound
    }

    pub(crate) fn resume(self, is_good: bool) -> Turn<'s> {
        if is_good {
            self.proceed()
        } else {
            reply::bound(&self.call, self.bound, AskError::InvalidHint)
        }
    }

    /// Nobody can tell any more whose hint it is, so it says nothing.
    fn without_hint(mut self) -> Turn<'s> {
        self.asked.hinted = None;
        match self.prompt {
            Prompt::Allowed => self.proceed(),
            Prompt::None => reply::bound(&self.call, self.bound, AskError::LoginRequired),
        }
    }

    fn proceed(self) -> Turn<'s> {
        let Self { call, bound, asked, prompt, login, comes_without_cookies } = self;
        if comes_without_cookies {
            let visit = login::Visit::Posted { asked: asked.into(), prompt };
            return Turn::Reply(reply::redirect(visit.url(&call)));
        }
        proceed(call, bound, asked, login, prompt)
    }
}

/// Goes on with a request that is understood: to the login page, to the consent page, or straight
/// back to the app if all of it was agreed to before.
pub(crate) fn proceed(
    call: Call<'_>,
    bound: Bound,
    asked: Asked,
    login: Option<Login>,
    prompt: Prompt,
) -> Turn<'_> {
    if asked.demanded == Whom::Nobody {
        return reply::bound(&call, bound, AskError::OtherPerson);
    }
    let Some(login) = login.filter(|login| asked.admits(login)) else {
        return match prompt {
            Prompt::None => reply::bound(&call, bound, AskError::LoginRequired),
            Prompt::Allowed => sign_in(&call, &bound, asked),
        };
    };
    let policy = &call.server.policy;
    let waiting = AwaitingConsent { call, bound, asked, login, prompt };
    match remember::place(policy, &waiting.bound, &waiting.login) {
        Some(key) if waiting.may_be_skipped() => {
            Read::ask(call, key, AfterRead::Consents(waiting.into()))
        }
        Some(_) | None => waiting.ask(),
    }
}

fn sign_in<'s>(call: &Call<'s>, bound: &Bound, asked: Asked) -> Turn<'s> {
    let username = asked.login_hint.clone().unwrap_or_default();
    let client_name = bound.client().name.clone();
    let visit = login::Visit::Authorize { asked: asked.into(), client_name };
    login::show(call, &visit, username, None)
}

/// Who asks and who is asked is known; the store is asked what was agreed to before.
pub(crate) struct AwaitingConsent<'s> {
    call: Call<'s>,
    bound: Bound,
    asked: Asked,
    login: Login,
    prompt: Prompt,
}

impl<'s> AwaitingConsent<'s> {
    pub(crate) fn into_bound(self) -> Bound {
        self.bound
    }

    /// Whether a yes of before will do for this request.
    fn may_be_skipped(&self) -> bool {
        let is_remembered = match self.call.server.policy.consent {
            ConsentRule::Shown => self.prompt == Prompt::None,
            ConsentRule::Remembered => true,
            ConsentRule::Always => false,
        };
        is_remembered && !self.asked.asks_again
    }

    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let (remembered, _) = found(record, Record::remembered);
        let wanted = Matter::of(&self.asked);
        if remembered.is_some_and(|it| it.covers(&wanted, self.call.now)) {
            let Self { call, bound, asked, login, .. } = self;
            return approve::again(call, bound, asked, &login);
        }
        self.ask()
    }

    /// May this app?
    fn ask(self) -> Turn<'s> {
        let Self { call, bound, asked, login, prompt } = self;
        if prompt == Prompt::None {
            return reply::bound(&call, bound, AskError::ConsentRequired);
        }
        let until = call.now + call.server.policy.interaction_lifetime;
        let contents = login.pack(asked.pack(Packer::new())).finish();
        let meaning = |word: &str| {
            let scopes = &call.server.policy.scopes;
            scopes.iter().find(|s| s.word == word).map(|s| s.meaning.clone()).unwrap_or_default()
        };
        let client = bound.client();
        let page = ConsentPage {
            interaction: call.server.sealing.seal_until(Kind::Consent, until, &contents),
            client_name: client.name.clone(),
            client_id: client.client_id.clone(),
            links: client.links.clone(),
            is_trusted: client.is_trusted,
            redirect_uri: bound.back().redirect_uri.clone(),
            username: login.username,
            scopes: asked
                .scope
                .iter()
                .map(|word| ScopeLine { scope: word.into(), meaning: meaning(word) })
                .collect(),
            claims: asked.claims.names(),
            resources: asked.resources,
        };
        reply::show(Page::Consent(page.into()), 200)
    }
}
