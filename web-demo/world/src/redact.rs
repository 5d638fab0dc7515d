//! What a trace does not tell by default.

use grantflow::wire::credentials::parse_basic;
use grantflow::wire::form::{self, Form};
use grantflow::wire::json::{self, Value};
use serde::Serialize;

use crate::attacks::clients::GUESSES;
use crate::cast::Person;
use crate::fault::Fault;
use crate::input::{Edit, Input, SentAnswer, SentRequest};
use crate::message::header;
use crate::prelude::*;
use crate::read;
use crate::script::VERIFIER;

/// What stands where something secret stood.
pub const PLACEHOLDER: &str = "redacted";

/// Parameters, members and fields whose values are secret.
const SECRETS: [&str; 15] = [
    "code",
    "code_verifier",
    "access_token",
    "refresh_token",
    "id_token",
    "id_token_hint",
    "client_secret",
    "client_assertion",
    "token",
    "registration_access_token",
    "password",
    "state",
    "nonce",
    "interaction",
    "session_state",
];

/// Header fields whose values are secret.
const FIELDS: [&str; 5] = ["authorization", "cookie", "set-cookie", "dpop", "referer"];

/// Replaces what is secret in an input, and says whether something was.
pub(crate) fn input(input: &mut Input) -> bool {
    match input {
        Input::Open { url, .. } => address(url),
        Input::LogIn { username, password, .. } => {
            // The toys that everybody may read are no secrets.
            let known = Person::of_username(username).map(|person| person.account().password);
            known != Some(password.as_str()) && replace(password)
        }
        Input::Edit { edit: Edit { url, headers, body, .. }, .. } => {
            let urls = url.as_mut().is_some_and(address);
            let fields = headers.as_mut().is_some_and(|all| fields(all));
            let bodies = body.as_mut().is_some_and(text);
            urls | fields | bodies
        }
        Input::Send { request } => asked(request),
        Input::Serve { answer, .. } => answered(answer),
        Input::Forge { claims, .. } => text(claims),
        Input::Press { .. }
        | Input::Approve { .. }
        | Input::Deny { .. }
        | Input::Deliver { .. }
        | Input::Drop { .. }
        | Input::Duplicate { .. }
        | Input::Leak { .. }
        | Input::Wait { .. }
        | Input::Network { .. }
        | Input::Hold { .. } => false,
    }
}

/// A request and its answer without what is secret; both as JSON, `{"request": …, "response": …}`.
///
/// For whoever has messages that are not a world's.
///
/// # Errors
///
/// `malformed` if it is anything else.
pub fn exchange(text: &str) -> Result<Exchange, Fault> {
    let mut exchange: Exchange = read::from_text(text)?;
    asked(&mut exchange.request);
    answered(&mut exchange.response);
    Ok(exchange)
}

/// A request and its answer.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Exchange {
    /// What was asked.
    pub request: SentRequest,
    /// What was answered.
    pub response: SentAnswer,
}

fn asked(SentRequest { url, headers, body, .. }: &mut SentRequest) -> bool {
    let is_form = header(headers, "content-type").is_some_and(|it| it.contains("form"));
    let bodies = if is_form { form_of(body) } else { text(body) };
    address(url) | fields(headers) | bodies
}

fn answered(SentAnswer { headers, body, .. }: &mut SentAnswer) -> bool {
    fields(headers) | text(body)
}

fn replace(value: &mut String) -> bool {
    if is_harmless(value) {
        return false;
    }
    PLACEHOLDER.clone_into(value);
    true
}

/// Whether all of it is filled in from elsewhere, or stands for nothing.
fn is_harmless(value: &str) -> bool {
    let is_reference = value.starts_with("{{") && value.ends_with("}}");
    let is_known = [PLACEHOLDER, VERIFIER, "", "made-up"].contains(&value);
    is_known || (is_reference && value.matches("{{").count() == 1)
}

/// Whether a header says what everybody may try: a reference, or a password from the attacker's list.
fn is_tried(value: &str) -> bool {
    let guess = parse_basic(value).is_ok_and(|(_, guess)| GUESSES.contains(&guess.expose()));
    guess || is_harmless(value.strip_prefix("Bearer ").unwrap_or(value))
}

fn address(url: &mut String) -> bool {
    let Some((page, query)) = url.split_once('?') else { return false };
    let (page, mut query) = (page.to_owned(), query.to_owned());
    let is_changed = form_of(&mut query);
    if is_changed {
        *url = format!("{page}?{query}");
    }
    is_changed
}

/// The values of a query or a form.
fn form_of(text: &mut String) -> bool {
    let Ok(parsed) = Form::parse(text.as_bytes()) else { return replace(text) };
    let mut is_changed = false;
    let mut written = String::new();
    for (name, value) in parsed.iter() {
        let mut value = value.to_owned();
        is_changed |= SECRETS.contains(&name) && replace(&mut value);
        if value.contains("{{") {
            written.push_str(if written.is_empty() { "" } else { "&" });
            written.push_str(&[&form::encode(name), "=", value.as_str()].concat());
        } else {
            form::push(&mut written, name, &value);
        }
    }
    if is_changed {
        *text = written;
    }
    is_changed
}

fn fields(all: &mut [(String, String)]) -> bool {
    let mut is_changed = false;
    for (name, value) in all {
        if name.eq_ignore_ascii_case("location") {
            is_changed |= address(value);
        } else if FIELDS.iter().any(|it| it.eq_ignore_ascii_case(name)) && !is_tried(value) {
            is_changed |= replace(value);
        }
    }
    is_changed
}

/// A body of any kind: JSON member by member, a form parameter by parameter, and all of anything else.
fn text(body: &mut String) -> bool {
    if body.is_empty() || is_harmless(body) {
        return false;
    }
    if let Ok(value) = json::parse(body.as_bytes()) {
        let mut written = String::new();
        let is_changed = rewrite(value, &mut written);
        if is_changed {
            *body = written;
        }
        return is_changed;
    }
    if is_form(body) { form_of(body) } else { replace(body) }
}

/// Whether it can be a form, in which no such character stands as it is; a page with a form in it can not.
fn is_form(body: &str) -> bool {
    body.contains('=') && !body.contains(|it: char| it.is_whitespace() || "<>{}\"".contains(it))
}

/// Writes a value without its secrets, and says whether there were any.
fn rewrite(value: Value<'_>, to: &mut String) -> bool {
    let mut is_changed = false;
    if let Some(object) = value.object() {
        to.push('{');
        for (at, (name, value)) in object.members().enumerate() {
            to.push_str(if at == 0 { "" } else { "," });
            json::quote(to, &name);
            to.push(':');
            let secret = value.string().filter(|_| SECRETS.contains(&&*name));
            if secret.is_some_and(|secret| !is_harmless(&secret)) {
                json::quote(to, PLACEHOLDER);
                is_changed = true;
            } else {
                is_changed |= rewrite(value, to);
            }
        }
        to.push('}');
    } else if let Some(array) = value.array() {
        to.push('[');
        for (at, value) in array.enumerate() {
            to.push_str(if at == 0 { "" } else { "," });
            is_changed |= rewrite(value, to);
        }
        to.push(']');
    } else {
        to.push_str(value.text());
    }
    is_changed
}
