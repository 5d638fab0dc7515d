//! A person signs out of the server.

use super::handle::Call;
use super::login::{self, Login};
use super::page::{Page, SignOutPage};
use super::turn::Turn;
use super::{path, reply};
use crate::wire::http::{Method, Request};

/// Asks, and on the form's answer makes the browser forget.
///
/// A link cannot sign anybody out: only the form of our own page, drawn for this login.
pub(crate) fn begin<'s>(call: Call<'s>, request: &Request, login: Option<Login>) -> Turn<'s> {
    match (request.method, login) {
        (Method::Get, None) => reply::show(Page::SignedOut, 200),
        (Method::Get, Some(login)) => {
            let interaction = login::seal_form(&call, &login);
            let page = SignOutPage { interaction, username: login.username };
            reply::show(Page::SignOut(page), 200)
        }
        (Method::Post, login) => {
            let form = login::own_form(&call, request);
            let sealed = form.as_ref().and_then(|f| f.one("interaction").ok()?);
            let ours =
                sealed.zip(login.as_ref()).is_some_and(|(s, l)| login::is_form_of(&call, s, l));
            if login.is_some() && !ours {
                return reply::forbidden(&call);
            }
            let mut response = login::back_to(&call, path::LOGOUT);
            login::forget(&call, &mut response.headers);
            Turn::Reply(response)
        }
        (Method::Options | Method::Other, _) => reply::wrong_method("GET, POST"),
    }
}
