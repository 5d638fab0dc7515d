//! A person proves who they are.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use super::ask::Asked;
use super::authorize::Prompt;
use super::claimed::Claimed;
use super::handle::Call;
use super::issue::CLIENT_SUBJECT;
use super::name::Kind;
use super::page::{LoginPage, LoginProblem, Page};
use super::turn::{Failed, SignIn, Turn};
use super::{path, reply};
use crate::entropy::Entropy;
use crate::pack::{Packer, Unpacker};
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::wire::form::{self, Form};
use crate::wire::http::{Headers, Method, Request, Response};
use crate::wire::id_token::LONGEST_SUBJECT;

/// Most bytes of a username.
pub const LONGEST_USERNAME: usize = 255;

/// A person who is signed in at the server, in one browser.
#[derive(Clone, Eq, PartialEq)]
pub struct Login {
    /// Who it is, for ever the same; of what it may consist, see
    /// [`SignIn::answer`](super::SignIn::answer).
    pub subject: String,
    /// Who it is, as they typed it: at most [`LONGEST_USERNAME`] bytes.
    pub username: String,
    /// When they proved it.
    pub at: UnixTime,
    /// 16 random bytes, one value per login: forms drawn for one login are not taken from another.
    pub id: [u8; 16],
}

/// Many a username is an address.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, at, .. } = self;
        f.debug_struct("Login").field("subject", subject).field("at", at).finish_non_exhaustive()
    }
}

impl Login {
    pub(crate) fn pack(&self, to: Packer) -> Packer {
        to.text(&self.subject).text(&self.username).u64(self.at.as_secs()).array(self.id)
    }

    pub(crate) fn unpack(from: &mut Unpacker<'_>) -> Option<Self> {
        Some(Self {
            subject: from.text()?,
            username: from.text()?,
            at: UnixTime::from_secs(from.u64()?),
            id: from.array()?,
        })
    }
}

/// What goes on once a person is signed in.
pub(crate) enum Visit {
    /// An app's request.
    Authorize {
        /// The request.
        asked: Box<Asked>,
        /// The app's name, for the login page.
        client_name: String,
    },
    /// An app's request that another site posted, so that the browser kept its cookies back.
    Posted {
        /// The request.
        asked: Box<Asked>,
        /// Whether a page may be shown for it.
        prompt: Prompt,
    },
    /// The developer page.
    Developer,
}

impl Visit {
    fn pack(&self) -> alloc::vec::Vec<u8> {
        match self {
            Self::Authorize { asked, client_name } => {
                asked.pack(Packer::new().byte(0).text(client_name)).finish()
            }
            Self::Developer => Packer::new().byte(1).finish(),
            Self::Posted { asked, prompt } => {
                asked.pack(Packer::new().byte(2).byte(u8::from(*prompt == Prompt::None))).finish()
            }
        }
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut from = Unpacker::new(bytes);
        let visit = match from.byte()? {
            0 => {
                let client_name = from.text()?;
                Self::Authorize { asked: Asked::unpack(&mut from)?.into(), client_name }
            }
            1 => Self::Developer,
            2 => {
                let prompt = if from.flag()? { Prompt::None } else { Prompt::Allowed };
                Self::Posted { prompt, asked: Asked::unpack(&mut from)?.into() }
            }
            _ => return None,
        };
        from.is_done().then_some(visit)
    }

    /// Opens what a login page holds; the flag says whether it is still fresh.
    pub(crate) fn open(call: &Call<'_>, sealed: &str) -> Option<(Self, bool)> {
        let opened = call.server.sealing.open_until(Kind::Visit, sealed, call.now)?;
        Some((Self::unpack(&opened.contents)?, opened.is_fresh))
    }

    /// Where the browser goes on with it, by `GET`.
    pub(crate) fn url(&self, call: &Call<'_>) -> String {
        let issuer = &call.server.policy.issuer;
        match self {
            Self::Developer => issuer.endpoint(path::DEVELOPER),
            Self::Authorize { .. } | Self::Posted { .. } => {
                let mut url = issuer.endpoint(path::CONSENT);
                url.push('?');
                form::push(&mut url, "interaction", &self.seal(call));
                url
            }
        }
    }

    fn seal(&self, call: &Call<'_>) -> String {
        let until = call.now + call.server.policy.interaction_lifetime;
        call.server.sealing.seal_until(Kind::Visit, until, &self.pack())
    }
}

/// Shows the login page; what goes on afterwards lives sealed in the page, not in the store.
pub(crate) fn show<'s>(
    call: &Call<'s>,
    visit: &Visit,
    username: String,
    problem: Option<LoginProblem>,
) -> Turn<'s> {
    let client_name = match visit {
        Visit::Authorize { client_name, .. } => Some(client_name.clone()),
        Visit::Posted { .. } | Visit::Developer => None,
    };
    let page = LoginPage { interaction: visit.seal(call), client_name, username, problem };
    reply::show(Page::Login(page), 200)
}

/// Reads the login form.
pub(crate) fn begin<'s>(call: Call<'s>, request: &Request, entropy: Entropy) -> Turn<'s> {
    let Some(form) = own_form(&call, request) else { return reply::forbidden(&call) };
    let Some((visit, is_fresh)) = Visit::open(&call, form.field("interaction")) else {
        return reply::forbidden(&call);
    };
    // That waits for cookies, and was on no login page.
    if matches!(visit, Visit::Posted { .. }) {
        return reply::forbidden(&call);
    }
    let username = String::from(form.field("username"));
    if !is_fresh {
        return show(&call, &visit, username, Some(LoginProblem::Expired));
    }
    if username.len() > LONGEST_USERNAME {
        return show(&call, &visit, String::new(), Some(LoginProblem::WrongPassword));
    }
    let password = Secret::new(form.field("password"));
    SignIn::ask(call, username, password, AwaitingVerdict { call, visit, entropy })
}

/// A person gave a username and a password; the directory is asked whether they fit.
pub(crate) struct AwaitingVerdict<'s> {
    call: Call<'s>,
    visit: Visit,
    entropy: Entropy,
}

impl<'s> AwaitingVerdict<'s> {
    pub(crate) fn resume(self, username: String, subject: Option<String>) -> Turn<'s> {
        let call = self.call;
        // A person with such a name could be taken for a client that acts for itself, or has none
        // that an ID token can hold (OpenID Connect Core §2).
        let is_name = |subject: &String| {
            (1..=LONGEST_SUBJECT).contains(&subject.len())
                && subject.is_ascii()
                && !subject.starts_with(CLIENT_SUBJECT)
        };
        let subject = subject.filter(is_name);
        let Some(subject) = subject else {
            let who = Claimed::Person(username.clone());
            let again = show(&call, &self.visit, username, Some(LoginProblem::WrongPassword));
            return Failed::tell(who, again);
        };
        let id = self.entropy.derive_id("login");
        let login = Login { subject, username, at: call.now, id };
        // After a redirect, reload and Back never post the password again.
        let mut response = reply::redirect(self.visit.url(&call));
        response.headers.push("set-cookie", cookie(&call, &login));
        Turn::Reply(response)
    }
}

/// The form of one of our own pages, unless another site sent it
/// ([RFC 6749 §10.12](https://www.rfc-editor.org/rfc/rfc6749#section-10.12)).
///
/// Browsers say where a form comes from in `Origin`. Any site can make it `null`, so that counts only
/// with the browser's own word in `Sec-Fetch-Site`, which no page can set.
pub(crate) fn own_form(call: &Call<'_>, request: &Request) -> Option<Form> {
    let ours = call.server.policy.issuer.origin();
    let origin = request.headers.one("origin").ok()?;
    let site = request.headers.one("sec-fetch-site").ok()?;
    let is_from_here = match (origin, site) {
        (_, Some(site)) if !matches!(site, "same-origin" | "none") => false,
        (Some("null"), None) => false,
        (Some("null") | None, _) => true,
        (Some(origin), _) => origin == ours,
    };
    if !is_from_here || request.method != Method::Post || !request.is_form() {
        return None;
    }
    Form::parse(&request.body).ok()
}

/// Whether the browser takes `Secure` cookies from this issuer.
fn is_https(call: &Call<'_>) -> bool {
    call.server.policy.issuer.as_str().starts_with("https:")
}

/// The name says `__Host-` so that no other host can set it
/// ([RFC 6265bis §4.1.3.2](https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3.2)).
fn cookie_name(is_https: bool) -> &'static str {
    if is_https { "__Host-grantflow" } else { "grantflow" }
}

fn cookie(call: &Call<'_>, login: &Login) -> String {
    let until = call.now + call.server.policy.login_lifetime;
    let contents = login.pack(Packer::new()).finish();
    set_cookie(is_https(call), &call.server.sealing.seal_until(Kind::Login, until, &contents))
}

fn set_cookie(is_https: bool, value: &str) -> String {
    let end = if is_https { "; Secure" } else { "" };
    [cookie_name(is_https), "=", value, "; Path=/; HttpOnly; SameSite=Lax", end].concat()
}

/// Adds the header that makes the browser forget the login.
pub(crate) fn forget(call: &Call<'_>, headers: &mut Headers) {
    headers.push("set-cookie", set_cookie(is_https(call), "") + "; Max-Age=0");
}

/// The login in the request's cookie, if there is one and it is still good.
pub(crate) fn session(call: &Call<'_>, request: &Request) -> Option<Login> {
    seen(call, request).and_then(|(login, is_fresh)| is_fresh.then_some(login))
}

/// The login in the request's cookie, and whether it is still good.
pub(crate) fn seen(call: &Call<'_>, request: &Request) -> Option<(Login, bool)> {
    let name = cookie_name(is_https(call));
    let mut values = request
        .headers
        .one("cookie")
        .ok()??
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let opened = call.server.sealing.open_until(Kind::Login, value, call.now)?;
    let mut from = Unpacker::new(&opened.contents);
    let login = Login::unpack(&mut from)?;
    from.is_done().then_some((login, opened.is_fresh))
}

/// Seals a form of the page at `path` for one login, so that no other browser and no other page can
/// post it; `note` comes back with it.
pub(crate) fn seal_form(call: &Call<'_>, login: &Login, path: &str, note: &str) -> String {
    let until = call.now + call.server.policy.interaction_lifetime;
    let contents = login.pack(Packer::new()).text(path).text(note).finish();
    call.server.sealing.seal_until(Kind::Form, until, &contents)
}

/// The note in a form, if that was drawn for this login at this page, not long ago.
pub(crate) fn open_form(
    call: &Call<'_>,
    sealed: &str,
    login: &Login,
    path: &str,
) -> Option<String> {
    let opened = call.server.sealing.open_until(Kind::Form, sealed, call.now)?;
    let mut from = Unpacker::new(&opened.contents);
    let drawn_for = (Login::unpack(&mut from)?, from.text()?);
    let is_ours = drawn_for.0 == *login && drawn_for.1 == path;
    let note = from.text()?;
    (opened.is_fresh && is_ours && from.is_done()).then_some(note)
}

/// Sends the browser to one of our own pages.
pub(crate) fn back_to(call: &Call<'_>, path: &str) -> Response {
    reply::redirect(call.server.policy.issuer.endpoint(path))
}
