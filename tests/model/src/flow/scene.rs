//! A world in which acts are told, and what it takes to tell them.

use grantflow::server::{Page, path};
use grantflow::wire::http::Request;
use grantflow_world::cast::{AS, Actor, Person as Who};
use grantflow_world::input::{Button, SentAnswer, SentRequest};
use grantflow_world::message::{Message, Stage, View};
use grantflow_world::{Input, Property, World};

use crate::book::Id;

use super::At;

/// What came of it, or why it cannot be told.
pub(super) type Said<T = ()> = Result<T, String>;

/// A world under way, and which of its messages is what in the model.
pub(super) struct Scene {
    pub(super) world: World,
    /// The request with which each login was begun.
    pub(super) begun: Vec<Option<u32>>,
    /// Where the attacker has seen each login's `state`.
    pub(super) states: Vec<Option<u32>>,
    /// Codes, each with a message that it is in.
    pub(super) codes: Vec<(Id<String>, u32)>,
    /// Callbacks on their way.
    pub(super) letters: Vec<(Id<String>, u32)>,
    /// The token request that the attacker's server got for each login.
    pub(super) brought: Vec<Option<u32>>,
    /// Which login's page Alice has before her.
    pub(super) at: Option<usize>,
}

impl Scene {
    pub(super) fn does(&mut self, input: Input) -> Said {
        self.world
            .apply(input)
            .map(|_| ())
            .map_err(|fault| format!("World says no: {}", fault.message))
    }

    pub(super) fn serves(&mut self, path: &str, kind: &str, body: &str) -> Said {
        let mut headers = vec![("content-type".to_owned(), kind.to_owned())];
        headers.push(("access-control-allow-origin".into(), "*".into()));
        let answer = SentAnswer { status: 200, headers, body: body.into() };
        self.does(Input::Serve { path: path.into(), answer })
    }

    /// The latest message of which that is true.
    pub(super) fn last(&self, is: impl Fn(&Message) -> bool) -> Said<u32> {
        let last = self.world.messages().filter(|message| is(message)).last();
        last.map(|message| message.id).ok_or_else(|| "it does not come to that in World".into())
    }

    pub(super) fn sees(&self, message: u32) -> bool {
        self.world.message(message).is_some_and(|message| message.seen)
    }

    /// The app has brought a code to the attacker's server, which makes it his.
    pub(super) fn brings(&mut self, (slot, with): (usize, At)) -> Said {
        if with == At::Honest {
            return Ok(());
        }
        let message = self
            .last(|it| it.to == Actor::Evil && is_at(it, "/token"))
            .map_err(|_| "World's app looks for the login that a callback names")?;
        let code = self.world.message(message).and_then(|it| it.value("code")).unwrap_or_default();
        let has_it = |(_, at): &&(Id<String>, u32)| {
            self.world.message(*at).and_then(|it| it.value("code")).as_ref() == Some(&code)
        };
        let known = self.codes.iter().find(has_it).map(|(known, _)| *known);
        self.codes.extend(known.map(|known| (known, message)));
        self.brought[slot] = Some(message);
        Ok(())
    }

    fn page(&self, who: Who) -> Option<Page> {
        let browsers = self.world.view().browsers;
        match browsers.into_iter().find(|browser| browser.who == who)?.view? {
            View::Server { page } => Some(*page),
            View::App { .. } | View::Text { .. } => None,
        }
    }

    /// Logs in if asked to, and agrees to all that is shown.
    pub(super) fn agrees(&mut self, who: Who) -> Said {
        if let Some(Page::Login(_)) = self.page(who) {
            let (username, password) = match who {
                Who::Alice => ("alice", "wonderland"),
                Who::Eve => ("eve", "nightshade"),
            };
            let (username, password) = (username.into(), password.into());
            self.does(Input::LogIn { who, username, password })?;
        }
        let Some(Page::Consent(page)) = self.page(who) else {
            return Err(
                "World's server refuses: the attacker's app is a page there, which must use PKCE"
                    .into(),
            );
        };
        let scopes = page.scopes.iter().map(|line| line.scope.clone()).collect();
        self.does(Input::Approve { who, scopes })
    }

    /// Uses what was bought, where that is what is at stake.
    pub(super) fn looks(&mut self, property: Property) -> Said {
        let sold: Vec<&Message> = self
            .world
            .messages()
            .filter(|it| it.to == Actor::As && is_at(it, path::TOKEN))
            .filter(|it| it.stage == Stage::Done && it.response.status == 200)
            .collect();
        let bought = match property {
            Property::Authorization => sold.iter().rfind(|it| it.from == Actor::Attacker),
            Property::Revocation => sold.first(),
            Property::Authentication
            | Property::SessionIntegrity
            | Property::ProvedIdentity
            | Property::OneAnswer
            | Property::NoEffect => None,
        };
        let Some((id, from)) = bought.map(|it| (it.id, it.from)) else { return Ok(()) };
        if from != Actor::Attacker {
            let (who, button) = (Who::Alice, Button::LoadTasks);
            self.does(Input::Press { who, button, issuer: None, resource: None })?;
            self.world.mark("Alice's app still opens the API with the token");
            return Ok(());
        }
        let headers = vec![("authorization".into(), format!("Bearer {{{{{id}.access_token}}}}"))];
        let (method, url) = ("GET".into(), format!("{AS}{}", path::TASKS));
        let request = SentRequest { method, url, headers, body: String::new() };
        self.does(Input::Send { request })?;
        self.world.mark("the attacker opens the API with the token");
        Ok(())
    }
}

pub(super) fn is_at(message: &Message, path: &str) -> bool {
    Request::get(message.request.url.as_str()).path() == path
}
