//! What attacks are written with: a step at a time, each with who does what.

use grantflow::server::{Page, path};
use grantflow::wire::form;
use serde::Serialize;

use crate::cast::{AS, Actor, CALLBACK, CLIENT_ID, Person};
use crate::fault::Fault;
use crate::input::{Button, Input, SentAnswer, SentRequest};
use crate::message::{Message, Refused, Stage, View};
use crate::prelude::*;
use crate::world::World;

/// An attack under way.
#[derive(Debug)]
pub(crate) struct Script {
    world: World,
    steps: Vec<Step>,
}

/// One step, for whoever reads along.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Who does it.
    pub who: Actor,
    /// What.
    pub what: &'static str,
    /// After how many inputs it is done.
    pub at: u32,
    /// The message that it is about, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<u32>,
}

/// The attacker's own verifier, which everybody knows: RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Its challenge.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

impl Script {
    pub(crate) fn new(world: World) -> Self {
        Self { world, steps: Vec::new() }
    }

    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    pub(crate) fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    /// Does one thing, without a word.
    pub(crate) fn quietly(&mut self, input: Input) -> Result<(), Fault> {
        self.world.apply(input).map(|_| ())
    }

    /// Does one thing; the step is about the last message that came of it.
    pub(crate) fn does(
        &mut self,
        who: Actor,
        what: &'static str,
        input: Input,
    ) -> Result<(), Fault> {
        let changed = self.world.apply(input)?;
        self.says(who, what, changed.last().copied());
        Ok(())
    }

    /// Adds a step for what is done already.
    pub(crate) fn says(&mut self, who: Actor, what: &'static str, message: Option<u32>) {
        self.world.mark(what);
        let at = u32::try_from(self.world.log().len()).unwrap_or(u32::MAX);
        self.steps.push(Step { who, what, at, message });
    }

    /// The latest message of which that is true.
    pub(crate) fn latest(&self, is: impl Fn(&Message) -> bool) -> Result<u32, Fault> {
        let all: Vec<&Message> = self.world.messages().collect();
        let found = all.into_iter().rev().find(|message| is(message));
        let missing = || Fault::new("no_such_message", "The script waits for another message.");
        found.map(|message| message.id).ok_or_else(missing)
    }

    /// The latest message from and to somebody, at a path.
    pub(crate) fn at(&self, from: Actor, to: Actor, path: &str) -> Result<u32, Fault> {
        let is_there = |message: &Message| {
            let request = message.request.to_request();
            (message.from, message.to) == (from, to) && request.path() == path
        };
        self.latest(is_there)
    }

    /// What was refused last, and which message that was.
    pub(crate) fn last_refusal(&self) -> Option<(u32, Refused)> {
        let refused = self.world.messages().filter(|message| message.refused.is_some());
        let last = refused.max_by_key(|message| (message.step, message.id))?;
        Some((last.id, last.refused.clone()?))
    }

    pub(crate) fn hold(&mut self, to: Actor, path: &str, on: bool) -> Result<(), Fault> {
        self.quietly(Input::Hold { to, path: path.into(), on })
    }

    /// Somebody opens the app and presses its button, and is at the server.
    pub(crate) fn begins(
        &mut self,
        who: Person,
        what: &'static str,
        issuer: Option<&str>,
    ) -> Result<(), Fault> {
        self.quietly(Input::Open { who, url: "https://app.example/".into() })?;
        let button = Button::SignIn;
        let issuer = issuer.map(str::to_owned);
        self.does(who.actor(), what, Input::Press { who, button, issuer, resource: None })
    }

    /// Somebody logs in at the server, and agrees to all that is shown.
    pub(crate) fn agrees(&mut self, who: Person, what: &'static str) -> Result<(), Fault> {
        let account = who.account();
        if self.is_at(who, "login") {
            let (username, password) = (account.username.into(), account.password.into());
            self.quietly(Input::LogIn { who, username, password })?;
        }
        let scopes: Vec<String> = self.boxes(who);
        self.does(who.actor(), what, Input::Approve { who, scopes })
    }

    /// Every box of the consent page that is shown.
    fn boxes(&self, who: Person) -> Vec<String> {
        if let Some(View::Server { page }) = &self.world.browser(who).view
            && let Page::Consent(page) = &**page
        {
            return page.scopes.iter().map(|line| line.scope.clone()).collect();
        }
        Vec::new()
    }

    /// Whether a browser shows a page of that name.
    pub(crate) fn is_at(&self, who: Person, page: &str) -> bool {
        self.world.browser(who).view.as_ref().is_some_and(|view| view.name() == page)
    }

    /// Where a browser is.
    pub(crate) fn url(&self, who: Person) -> &str {
        &self.world.browser(who).url
    }

    /// Somebody follows a link that the attacker wrote.
    pub(crate) fn follows(
        &mut self,
        who: Person,
        what: &'static str,
        url: String,
    ) -> Result<(), Fault> {
        self.does(who.actor(), what, Input::Open { who, url })
    }

    pub(crate) fn leaks(&mut self, what: &'static str, message: u32) -> Result<(), Fault> {
        self.quietly(Input::Leak { message })?;
        self.says(Actor::Attacker, what, Some(message));
        Ok(())
    }

    /// The attacker posts a form to the honest server's token endpoint.
    pub(crate) fn asks_tokens(
        &mut self,
        what: &'static str,
        fields: &[(&str, &str)],
        more: Option<(&str, String)>,
    ) -> Result<u32, Fault> {
        let kind = "application/x-www-form-urlencoded".to_owned();
        let mut headers = vec![("content-type".to_owned(), kind)];
        headers.extend(more.map(|(name, value)| (name.to_owned(), value)));
        let url = format!("{AS}{}", path::TOKEN);
        let body = query(fields);
        let request = SentRequest { method: "POST".into(), url, headers, body };
        self.does(Actor::Attacker, what, Input::Send { request })?;
        self.at(Actor::Attacker, Actor::As, path::TOKEN)
    }

    /// The attacker shows a token to the API, and has Alice's tasks or not.
    pub(crate) fn reads_tasks(&mut self, what: &'static str, bearer: &str) -> Result<bool, Fault> {
        let headers = vec![("authorization".to_owned(), bearer.to_owned())];
        let (method, url) = ("GET".into(), format!("{AS}{}", path::TASKS));
        let request = SentRequest { method, url, headers, body: String::new() };
        self.does(Actor::Attacker, what, Input::Send { request })?;
        Ok(self.has_alices_tasks())
    }

    /// Reads Alice's tasks with the tokens in that answer, if there are any.
    pub(crate) fn uses(&mut self, what: &'static str, answer: u32) -> Result<bool, Fault> {
        let message = self.world.message(answer);
        let has_token = message.is_some_and(|message| message.value("access_token").is_some());
        Ok(has_token && self.reads_tasks(what, &format!("Bearer {{{{{answer}.access_token}}}}"))?)
    }

    /// Whether something that the attacker has asked for holds a task of Alice's.
    fn has_alices_tasks(&self) -> bool {
        let hers = Person::Alice.account().tasks;
        let holds = |message: &Message| {
            message.from == Actor::Attacker
                && message.stage == Stage::Done
                && hers.iter().all(|task| message.response.body.contains(task))
        };
        self.world.messages().any(holds)
    }

    /// Whether a browser's app says that this person is signed in, by the honest server's word.
    pub(crate) fn is_signed_in_as(&self, browser: Person, person: Person) -> bool {
        let Some(key) = self.world.key_of(browser) else { return false };
        let user = self.world.app.view(&key).user;
        user.is_some_and(|user| user.issuer == AS && user.subject == person.subject())
    }

    pub(crate) fn serves(
        &mut self,
        what: &'static str,
        path: &str,
        answer: SentAnswer,
    ) -> Result<(), Fault> {
        let path = path.to_owned();
        self.does(Actor::Evil, what, Input::Serve { path, answer })
    }
}

/// Fields as a query or a form. What is in `{{ }}` stays as it is.
#[must_use]
pub fn query(fields: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        if value.contains("{{") {
            let and = if text.is_empty() { "" } else { "&" };
            text.push_str(&[and, name, "=", value].concat());
        } else {
            form::push(&mut text, name, value);
        }
    }
    text
}

/// A link to the honest server's authorization endpoint.
pub(crate) fn authorize(fields: &[(&str, &str)]) -> String {
    format!("{AS}{}?{}", path::AUTHORIZE, query(fields))
}

/// A link to the app's callback with what is in that message of the attacker's.
pub(crate) fn callback(code: u32, state: u32) -> String {
    let code = format!("{{{{{code}.code}}}}");
    let state = format!("{{{{{state}.state}}}}");
    format!("{CALLBACK}?{}", query(&[("code", &code), ("state", &state), ("iss", AS)]))
}

/// The fields with which a code is redeemed as the app.
pub(crate) fn redemption<'f>(code: &'f str, verifier: &'f str) -> [(&'f str, &'f str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("code", code),
        ("code_verifier", verifier),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leaves_room_for_what_the_attacker_has_seen() {
        assert_eq!(
            callback(7, 8),
            "https://app.example/callback?code={{7.code}}&state={{8.state}}&iss=https%3A%2F%2Fas.example"
        );
        assert_eq!(query(&[("a b", "c d"), ("iss", AS)]), "a+b=c+d&iss=https%3A%2F%2Fas.example");
    }
}
