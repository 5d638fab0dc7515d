//! What a trace does not tell by default.

use grantflow::wire::form::{self, Form};

use crate::cast::Person;
use crate::input::{Edit, Input, SentAnswer, SentRequest};
use crate::message::header;

/// What stands where something secret stood.
pub const PLACEHOLDER: &str = "redacted";

/// Parameters, members and fields whose values are secret.
const SECRETS: [&str; 14] = [
    "code",
    "code_verifier",
    "access_token",
    "refresh_token",
    "id_token",
    "id_token_hint",
    "client_secret",
    "client_assertion",
    "token",
    "password",
    "state",
    "nonce",
    "interaction",
    "session_state",
];

/// Header fields whose values are secret, or hold URLs that are.
const FIELDS: [&str; 6] = ["authorization", "cookie", "set-cookie", "location", "dpop", "referer"];

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
        Input::Send { request: SentRequest { url, headers, body, .. } } => {
            let is_form = header(headers, "content-type").is_some_and(|it| it.contains("form"));
            let bodies = if is_form { form_of(body) } else { text(body) };
            address(url) | fields(headers) | bodies
        }
        Input::Serve { answer: SentAnswer { headers, body, .. }, .. } => {
            fields(headers) | text(body)
        }
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
    value.is_empty() || value == PLACEHOLDER || (is_reference && value.matches("{{").count() == 1)
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
        if FIELDS.iter().any(|it| it.eq_ignore_ascii_case(name)) {
            let bare = value.strip_prefix("Bearer ").unwrap_or(value).to_owned();
            is_changed |= !is_harmless(&bare) && replace(value);
        }
    }
    is_changed
}

/// A body of any kind: JSON member by member, a form parameter by parameter, and all of anything else.
fn text(body: &mut String) -> bool {
    if body.is_empty() || is_harmless(body) {
        return false;
    }
    if let Ok(mut value) = serde_json::from_str::<serde_json::Value>(body) {
        let is_changed = json(&mut value);
        if is_changed {
            *body = value.to_string();
        }
        return is_changed;
    }
    if body.contains('=') && !body.contains('{') { form_of(body) } else { replace(body) }
}

fn json(value: &mut serde_json::Value) -> bool {
    match value {
        serde_json::Value::Object(members) => {
            let mut is_changed = false;
            for (name, value) in members {
                is_changed |= if let serde_json::Value::String(text) = value {
                    SECRETS.contains(&name.as_str()) && replace(text)
                } else {
                    json(value)
                };
            }
            is_changed
        }
        serde_json::Value::Array(all) => {
            all.iter_mut().fold(false, |is_changed, value| json(value) | is_changed)
        }
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => false,
    }
}
