//! A person signs out of the server, of their own accord or because an app asks.

use alloc::string::String;

use super::client::Client;
use super::handle::Call;
use super::hint::Hint;
use super::login::{self, Login};
use super::page::{LeavePage, Page, SignOutPage};
use super::record::{Key, Record, Versioned};
use super::turn::{AfterRead, AfterVerify, Read, Turn, Verify, found};
use super::{path, reply};
use crate::wire::form::{self, Form};
use crate::wire::http::{Method, Request};
use crate::wire::logout::{self, LogoutRequest};

/// Most bytes of where a person goes afterwards, `state` included: it waits in the form of our page,
/// whose fields have a limit of their own.
pub const LONGEST_EXIT: usize = 4096;

/// Why an app's request to sign out is not taken. None of these signs anybody out, and none
/// redirects
/// ([OpenID Connect RP-Initiated Logout §4](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#ValidationAndErrorHandling)).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LogoutError {
    /// Not a form, or a parameter is there twice, or where to go is longer than [`LONGEST_EXIT`].
    Malformed,
    /// `id_token_hint` is no ID token of this server's.
    InvalidHint,
    /// `client_id` names nobody, or not the one whom the ID token is for.
    WrongClient,
    /// `post_logout_redirect_uri` is none of the client's, byte for byte, or nobody can tell whose
    /// it is.
    WrongRedirectUri,
}

/// Reads what an app asks for, or the form of our own page.
///
/// No other site can sign anybody out without either the person's click on our own page, drawn for
/// this login, or an ID token of the person who is signed in. The cookie is forgotten in this
/// browser; a copy of it stays good until it is too old.
pub(crate) fn begin<'s>(call: Call<'s>, request: &Request, login: Option<Login>) -> Turn<'s> {
    let form = match request.method {
        Method::Get | Method::Head => Form::parse(request.query().as_bytes()).ok(),
        Method::Post if request.is_form() => Form::parse(&request.body).ok(),
        Method::Post => None,
        Method::Put | Method::Delete | Method::Options | Method::Other => {
            return reply::wrong_method(&call, "GET, POST");
        }
    };
    let Some(form) = form else { return reply::logout(&call, LogoutError::Malformed) };
    if request.method == Method::Post && form.one("interaction") != Ok(None) {
        return confirmed(&call, request, login);
    }
    let Ok(asked) = LogoutRequest::read(&form) else {
        return reply::logout(&call, LogoutError::Malformed);
    };
    // Browsers leave the cookie out of what another site posts, but not out of where it leads.
    if request.method == Method::Post && login.is_none() {
        let mut again = String::from(path::LOGOUT);
        form::extend(&mut again, &asked.to_query());
        return Turn::Reply(login::back_to(&call, &again));
    }
    let Some(text) = asked.id_token_hint.clone() else {
        return Asked { call, login, request: asked, hint: None }.find_client();
    };
    let Some(hint) = Hint::read(&call, text) else {
        return reply::logout(&call, LogoutError::InvalidHint);
    };
    let named = (hint.subject.clone(), hint.client_id.clone());
    match hint.question() {
        Some(question) => {
            let waiting = Asked { call, login, request: asked, hint: Some(named) };
            Verify::ask(call, question, AfterVerify::Logout(waiting.into()))
        }
        // Nobody can tell any more whose it is, so it names nobody.
        None => Asked { call, login, request: asked, hint: None }.find_client(),
    }
}

/// The person pressed the button.
fn confirmed<'s>(call: &Call<'s>, request: &Request, login: Option<Login>) -> Turn<'s> {
    let Some(form) = login::own_form(call, request) else { return reply::forbidden(call) };
    let Some(login) = login else { return reply::show(Page::SignedOut, 200) };
    match login::open_form(call, form.field("interaction"), &login, path::LOGOUT) {
        Some(exit) if exit.is_empty() => sign_out(call, Exit::Nowhere),
        Some(exit) => sign_out(call, Exit::To(exit)),
        None => reply::forbidden(call),
    }
}

/// Where a person goes afterwards.
enum Exit {
    /// No app said where to.
    Nowhere,
    /// On, at once.
    To(String),
    /// On, by a click of their own. Nobody vouches for an app that registered by itself, and this
    /// server is no springboard
    /// ([RFC 9700 §4.11.2](https://www.rfc-editor.org/rfc/rfc9700#section-4.11.2)).
    Leave(LeavePage),
}

impl Exit {
    fn of(client: Option<&Client>, request: &LogoutRequest) -> Result<Self, LogoutError> {
        let (Some(client), Some(uri)) = (client, &request.post_logout_redirect_uri) else {
            return Ok(Self::Nowhere);
        };
        if !client.post_logout_redirect_uris.iter().any(|there| there.is_exactly(uri)) {
            return Err(LogoutError::WrongRedirectUri);
        }
        let exit = logout::after(uri, request.state.as_deref());
        if exit.len() > LONGEST_EXIT {
            return Err(LogoutError::Malformed);
        }
        if client.is_trusted {
            return Ok(Self::To(exit));
        }
        let (client_name, redirect_uri) = (client.name.clone(), uri.clone());
        Ok(Self::Leave(LeavePage { client_name, redirect_uri, location: exit }))
    }
}

/// Makes the browser forget, and sends it on.
fn sign_out<'s>(call: &Call<'_>, exit: Exit) -> Turn<'s> {
    let mut response = match exit {
        Exit::Nowhere => login::back_to(call, path::LOGOUT),
        Exit::To(url) => reply::redirect(url),
        Exit::Leave(page) => {
            let mut show = reply::drawn(Page::Leave(page), 200);
            login::forget(call, &mut show.headers);
            return show.into();
        }
    };
    login::forget(call, &mut response.headers);
    Turn::Reply(response)
}

/// An app asks to sign a person out; the host is asked whether its ID token is ours.
pub(crate) struct Asked<'s> {
    call: Call<'s>,
    login: Option<Login>,
    request: LogoutRequest,
    /// Whom the ID token is about, and for which client.
    hint: Option<(String, String)>,
}

impl<'s> Asked<'s> {
    pub(crate) fn verified(self, is_good: bool) -> Turn<'s> {
        if is_good {
            self.find_client()
        } else {
            reply::logout(&self.call, LogoutError::InvalidHint)
        }
    }

    /// The client that asks: the one the ID token is for, or the one that is named.
    fn find_client(self) -> Turn<'s> {
        let call = self.call;
        let hinted = self.hint.as_ref().map(|(_, client_id)| client_id);
        let client_id = match (hinted, &self.request.client_id) {
            (Some(hinted), Some(named)) if hinted != named => {
                return reply::logout(&call, LogoutError::WrongClient);
            }
            (Some(client_id), _) | (None, Some(client_id)) => client_id.clone(),
            (None, None) if self.request.post_logout_redirect_uri.is_some() => {
                return reply::logout(&call, LogoutError::WrongRedirectUri);
            }
            (None, None) => return self.go_on(None),
        };
        Read::ask(call, Key::Client(client_id), AfterRead::Logout(self.into()))
    }

    pub(crate) fn resume(self, record: Option<Versioned>) -> Turn<'s> {
        let (client, _) = found(record, Record::client);
        match client.filter(|client| client.is_known(self.call.now)) {
            Some(client) => self.go_on(Some(&client)),
            None => reply::logout(&self.call, LogoutError::WrongClient),
        }
    }

    fn go_on(self, client: Option<&Client>) -> Turn<'s> {
        let Self { call, login, request, hint } = self;
        let exit = match Exit::of(client, &request) {
            Ok(exit) => exit,
            Err(error) => return reply::logout(&call, error),
        };
        let Some(login) = login else {
            return match exit {
                Exit::Nowhere => reply::show(Page::SignedOut, 200),
                Exit::To(url) => Turn::Reply(reply::redirect(url)),
                Exit::Leave(page) => reply::show(Page::Leave(page), 200),
            };
        };
        if hint.is_some_and(|(subject, _)| subject == login.subject) {
            return sign_out(&call, exit);
        }
        // The click is on our button, not on a link that says where it leads.
        let exit = match &exit {
            Exit::To(url) => url,
            Exit::Nowhere | Exit::Leave(_) => "",
        };
        let interaction = login::seal_form(&call, &login, path::LOGOUT, exit);
        let client_name = client.map(|client| client.name.clone());
        let page = SignOutPage { interaction, username: login.username, client_name };
        reply::show(Page::SignOut(page), 200)
    }
}
