//! What the app does next, in a browser or on its own machine, and the pages of that machine.

use grantflow::base64url;
use grantflow::wire::http::{Headers, Request, Response};

use crate::app::Act;
use crate::cast::{APP, Actor, Person};
use crate::input::{AppKind, Button};
use crate::jar::value_of;
use crate::message::{Kind, Message, Stage, View, header, in_query};
use crate::network::{Draft, Waiter, origin_of};
use crate::prelude::*;
use crate::world::{World, find_mut};

/// The cookie that names a session of the app's machine.
pub(crate) const COOKIE: &str = "__Host-session";

/// Where the app's machine has a button's page.
pub(crate) const fn path_of(button: Button) -> &'static str {
    match button {
        Button::SignIn => "/sign_in",
        Button::SignOut => "/sign_out",
        Button::LoadTasks => "/tasks",
        Button::ShareCalendar => "/share",
        Button::GoOn => "/",
    }
}

impl World {
    /// The app does what a button says.
    pub(crate) fn do_app(
        &mut self,
        key: &str,
        button: Button,
        (issuer, resource): (&str, Option<String>),
        cause: u32,
    ) {
        let mut taken = Vec::new();
        self.app.session(key).problem = None;
        let ask = |request: Option<Request>| request.map_or(Act::Show, Act::Send);
        let act = match button {
            Button::SignIn => self.app.begin(key, (issuer, resource), &mut taken),
            Button::SignOut => self.app.sign_out(key),
            Button::LoadTasks => ask(self.app.load(key)),
            Button::ShareCalendar => ask(self.app.share(key)),
            Button::GoOn => Act::Show,
        };
        // What a page does by itself is seen in what it sends.
        let next = u32::try_from(self.exchanges.len() + 1).unwrap_or(u32::MAX);
        let sends = matches!(act, Act::Send(_)) && self.app.kind == AppKind::Public;
        self.go_on(key, act, cause);
        self.note(key, if sends { next } else { cause }, taken);
    }

    /// The app does what its core wants next.
    pub(crate) fn go_on(&mut self, key: &str, act: Act, cause: u32) {
        let after = (cause > 0).then_some(cause);
        match (act, self.app.kind) {
            (Act::Send(mut request), kind) => {
                let person = Person::of_subject(key).filter(|_| kind == AppKind::Public);
                if person.is_some() {
                    request.headers.push("origin", APP);
                }
                let from = person.map_or(Actor::App, Person::actor);
                // Noted before it is sent: where nobody is, it comes back at once.
                let next = u32::try_from(self.exchanges.len() + 1).ok();
                self.app.session(key).waits = next;
                let waiter = Waiter::App(key.to_owned());
                self.send(Draft { from, kind: Kind::Fetch, request, waiter, after });
                self.work(key);
            }
            (Act::Leave(url), AppKind::Public) => {
                if let Some(who) = Person::of_subject(key) {
                    self.navigate(who, Request::get(url), after);
                }
            }
            (Act::Show, AppKind::Public) => {
                if let Some(who) = Person::of_subject(key) {
                    self.show_app(who, cause);
                }
            }
            (act, AppKind::Confidential) => self.page(key, &act),
        }
    }

    /// A browser's request waits for the app's machine.
    fn work(&mut self, key: &str) {
        let Some((page, _)) = self.app.session(key).page else { return };
        if let Some(exchange) = find_mut(&mut self.exchanges, page) {
            exchange.message.stage = Stage::Working;
            self.touch(page);
        }
    }

    /// The app's machine answers the browser's request.
    fn page(&mut self, key: &str, act: &Act) {
        let Some((page, is_callback)) = self.app.session(key).page.take() else { return };
        let mut headers = Headers::new();
        let cookie = find_mut(&mut self.exchanges, page)
            .and_then(|it| header(&it.message.request.headers, "cookie").map(str::to_owned));
        if !cookie.is_some_and(|cookie| cookie.contains(key)) {
            let set = format!("{COOKIE}={key}; Path=/; HttpOnly; SameSite=Lax; Secure");
            headers.push("set-cookie", set);
        }
        let next = match act {
            Act::Leave(url) => Some(url.clone()),
            // The code does not stay in the address bar.
            Act::Show if is_callback => Some(format!("{APP}/")),
            Act::Show | Act::Send(_) => None,
        };
        if let Some(next) = next {
            headers.push("location", next);
            self.respond(page, &Response { status: 303, headers, body: Vec::new() }, None);
        } else {
            headers.push("content-type", "text/html; charset=utf-8");
            let view = View::App { app: self.app.view(key) };
            let response = Response { status: 200, headers, body: Vec::new() };
            self.respond(page, &response, Some(view));
        }
    }

    /// A browser's request arrives at the app's machine.
    pub(crate) fn backend(&mut self, id: u32, request: &Request) {
        if self.app.kind == AppKind::Public {
            let headers = Headers::new().with("content-type", "text/html; charset=utf-8");
            return self.respond(id, &Response { status: 200, headers, body: Vec::new() }, None);
        }
        let known = value_of(&request.headers, COOKIE)
            .filter(|key| self.app.sessions.get(key).is_some())
            .map(str::to_owned);
        let key = known.unwrap_or_else(|| base64url::encode(self.source.next()));
        self.app.session(&key).page = Some((id, request.path() == "/callback"));
        if request.path() == "/callback" {
            return self.call_back(&key, request.query(), id);
        }
        let buttons = [Button::SignIn, Button::SignOut, Button::LoadTasks, Button::ShareCalendar];
        let button = buttons.into_iter().find(|button| path_of(*button) == request.path());
        let said = |name| in_query(&request.url, name);
        let issuer = said("issuer").unwrap_or_else(|| crate::cast::AS.into());
        if button == Some(Button::SignIn) && !self.app.offers(&issuer) {
            return self.page(&key, &Act::Show);
        }
        let button = button.unwrap_or(Button::GoOn);
        self.do_app(&key, button, (&issuer, said("resource")), id);
    }

    /// The answer to a request of the app's is there.
    pub(crate) fn heard(&mut self, key: &str, message: &Message) {
        let session = self.app.session(key);
        if session.waits.take_if(|waits| *waits == message.id).is_none() {
            return;
        }
        session.problem = None;
        let mut taken = Vec::new();
        let act = if self.app.kind == AppKind::Public && !is_readable(message) {
            self.app.session(key).unheard()
        } else {
            let seed = self.source.next();
            let response = message.response.to_response();
            self.app.answer(key, &response, (self.now, seed), &mut taken)
        };
        self.note(key, message.id, taken);
        self.go_on(key, act, message.id);
    }
}

/// Whether a page of the app's may read the answer, by the rules of browsers
/// ([Fetch §3.2](https://fetch.spec.whatwg.org/#http-cors-protocol)).
fn is_readable(message: &Message) -> bool {
    let allowed = header(&message.response.headers, "access-control-allow-origin");
    origin_of(&message.request.url) == APP || matches!(allowed, Some("*" | APP))
}
