//! A person signs out of the server.

use super::handle::Call;
use super::login::{self, Login};
use super::page::{Page, SignOutPage};
use super::turn::Turn;
use super::{path, reply};
use crate::wire::http::{Method, Request};

/// Asks, and on the form's answer makes the browser forget.
///
/// No other site can sign anybody out: only the form of our own page does, drawn for this login.
/// The cookie is forgotten in this browser; a copy of it stays good until it is too old.
pub(crate) fn begin<'s>(call: Call<'s>, request: &Request, login: Option<Login>) -> Turn<'s> {
    match (request.method, login) {
        (Method::Get, None) => reply::show(Page::SignedOut, 200),
        (Method::Get, Some(login)) => {
            let interaction = login::seal_form(&call, &login, path::LOGOUT);
            let page = SignOutPage { interaction, username: login.username };
            reply::show(Page::SignOut(page), 200)
        }
        (Method::Post, login) => {
            let Some(form) = login::own_form(&call, request) else {
                return reply::forbidden(&call);
            };
            let Some(login) = login else { return reply::show(Page::SignedOut, 200) };
            let sealed = form.field("interaction");
            if !login::is_form_of(&call, sealed, &login, path::LOGOUT) {
                return reply::forbidden(&call);
            }
            let mut response = login::back_to(&call, path::LOGOUT);
            login::forget(&call, &mut response.headers);
            Turn::Reply(response)
        }
        (Method::Options | Method::Other, _) => reply::wrong_method(&call, "GET, POST"),
    }
}
