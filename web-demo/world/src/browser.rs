//! What people do in their browsers, and what browsers do by themselves.

use grantflow::server::{Page, path};
use grantflow::wire::form;
use grantflow::wire::http::{Method, Request};

use crate::cast::{APP, AS, Person};
use crate::fault::Fault;
use crate::input::{AppKind, Button};
use crate::jar::Jar;
use crate::limits;
use crate::message::{Kind, Message, View, header};
use crate::network::{Draft, Waiter, origin_of};
use crate::prelude::*;
use crate::world::{World, find_mut};

/// One browser.
#[derive(Debug, Default)]
pub(crate) struct Browser {
    pub(crate) url: String,
    pub(crate) view: Option<View>,
    pub(crate) jar: Jar,
    /// The message that brings the next page.
    loads: Option<u32>,
    /// The message that brought this one.
    pub(crate) shown: Option<u32>,
    redirects: u8,
}

impl World {
    /// Somebody types an address, or follows a link.
    pub(crate) fn open(&mut self, who: Person, url: &str) -> Result<(), Fault> {
        let url = self.fill(url, true)?;
        if origin_of(&url).is_empty() {
            return Err(Fault::new("no_url", "That is no address of a page."));
        }
        self.visit(who, Request::get(url), None);
        Ok(())
    }

    /// A page is asked for by the person's own doing.
    fn visit(&mut self, who: Person, request: Request, after: Option<u32>) {
        self.browser_mut(who).redirects = 0;
        self.navigate(who, request, after);
    }

    /// A page is asked for.
    pub(crate) fn navigate(&mut self, who: Person, mut request: Request, after: Option<u32>) {
        let browser = self.browser_mut(who);
        let to = origin_of(&request.url).to_owned();
        request.headers.push("accept", "text/html");
        // A cookie that is `SameSite=Lax` stays away from another site's form.
        let is_foreign = request.method == Method::Post && origin_of(&browser.url) != to;
        if let Some(cookies) = browser.jar.header(&to).filter(|_| !is_foreign) {
            request.headers.push("cookie", cookies);
        }
        if request.method == Method::Post {
            let origin = if is_foreign { "null" } else { &to };
            request.headers.push("origin", origin);
            let site = if is_foreign { "cross-site" } else { "same-origin" };
            request.headers.push("sec-fetch-site", site);
        }
        let waiter = Waiter::Browser(who);
        let draft = Draft { from: who.actor(), kind: Kind::Navigation, request, waiter, after };
        // Where nobody is, this page is lost at once.
        let next = u32::try_from(self.exchanges.len() + 1).ok();
        self.browser_mut(who).loads = next;
        self.send(draft);
    }

    /// The answer to a browser's request is there.
    pub(crate) fn landed(&mut self, who: Person, message: &Message) {
        let response = message.response.to_response();
        let browser = self.browser_mut(who);
        browser.jar.receive(origin_of(&message.request.url), &response.headers);
        if browser.loads != Some(message.id) {
            return;
        }
        let location = header(&message.response.headers, "location");
        if let Some(location) = location.filter(|_| (301..=308).contains(&response.status)) {
            browser.redirects += 1;
            if browser.redirects <= limits::MOST_REDIRECTS {
                let mut next = Request::get(location);
                if matches!(response.status, 307 | 308) {
                    let sent = message.request.to_request();
                    (next.method, next.body) = (sent.method, sent.body);
                }
                return self.navigate(who, next, Some(message.id));
            }
        }
        browser.loads = None;
        browser.shown = Some(message.id);
        browser.url.clone_from(&message.request.url);
        browser.view.clone_from(&message.view);
        if origin_of(&message.request.url) == APP {
            self.app_opened(who, message);
        } else if message.view.is_none() {
            let text = message.response.body.clone();
            self.browser_mut(who).view = Some(View::Text { text });
        }
    }

    /// No answer came.
    pub(crate) fn lost(&mut self, who: Person, id: u32) {
        let browser = self.browser_mut(who);
        if browser.loads.take_if(|loads| *loads == id).is_some() {
            browser.shown = Some(id);
            browser.view = Some(View::Text { text: "This site cannot be reached.".into() });
        }
    }

    /// The app's page is there: in a browser's own app it begins to run.
    fn app_opened(&mut self, who: Person, message: &Message) {
        if self.app.kind == AppKind::Confidential {
            return;
        }
        let request = Request::get(message.request.url.as_str());
        let Some(key) = self.key_of(who) else { return };
        if request.path() == "/callback" && !request.query().is_empty() {
            // The code does not stay in the address bar.
            self.browser_mut(who).url = format!("{APP}/");
            self.call_back(&key, request.query(), message.id);
        } else {
            self.show_app(who, message.id);
        }
    }

    /// The app tries a callback on its logins.
    pub(crate) fn call_back(&mut self, key: &str, query: &str, cause: u32) {
        let mut taken = Vec::new();
        self.app.session(key).problem = None;
        let act = self.app.callback(key, query, self.now, &mut taken);
        self.note(key, cause, taken);
        self.go_on(key, act, cause);
    }

    /// Notes at a message what the client did when it came.
    pub(crate) fn note(&mut self, key: &str, id: u32, taken: Vec<String>) {
        let problem = self.app.session(key).problem.clone();
        let Some(exchange) = find_mut(&mut self.exchanges, id) else { return };
        exchange.message.transitions.extend(taken);
        // The server's own no comes first: the client only reports it.
        exchange.message.refused = exchange.message.refused.take().or(problem);
        self.touch(id);
    }

    /// A browser's own app shows where it is.
    pub(crate) fn show_app(&mut self, who: Person, id: u32) {
        let Some(key) = self.key_of(who) else { return };
        let view = View::App { app: self.app.view(&key) };
        if let Some(exchange) = find_mut(&mut self.exchanges, id) {
            exchange.message.page = Some(view.name());
            exchange.message.view = Some(view.clone());
            self.touch(id);
        }
        let browser = self.browser_mut(who);
        if origin_of(&browser.url) == APP {
            browser.view = Some(view);
        }
    }

    /// A button is pressed.
    pub(crate) fn press(
        &mut self,
        who: Person,
        button: Button,
        issuer: Option<&str>,
        resource: Option<&str>,
    ) -> Result<(), Fault> {
        let shown = self.browser(who).shown;
        let page = match &self.browser(who).view {
            Some(View::App { app }) => {
                let is_signed_in = app.user.is_some();
                let needs_user = button != Button::SignIn;
                if button == Button::GoOn || is_signed_in != needs_user {
                    return Err(Fault::no_page("that button"));
                }
                return self.press_app(who, button, (issuer, resource));
            }
            Some(View::Server { page }) => (**page).clone(),
            Some(View::Text { .. }) | None => return Err(Fault::no_page("that button")),
        };
        let request = match (button, page) {
            (Button::GoOn, Page::Leave(page)) => Request::get(page.location),
            (Button::SignOut, Page::SignOut(page)) => {
                let mut fields = String::new();
                form::push(&mut fields, "interaction", &page.interaction);
                Request::form(format!("{AS}{}", path::LOGOUT), fields)
            }
            _ => return Err(Fault::no_page("that button")),
        };
        self.visit(who, request, shown);
        Ok(())
    }

    fn press_app(
        &mut self,
        who: Person,
        button: Button,
        (issuer, resource): (Option<&str>, Option<&str>),
    ) -> Result<(), Fault> {
        let issuer = issuer.unwrap_or(AS);
        if !self.app.offers(issuer) {
            return Err(Fault::new("no_such_server", "The app does not offer that server."));
        }
        let shown = self.browser(who).shown;
        if self.app.kind == AppKind::Confidential {
            let mut url = format!("{APP}{}", crate::backend::path_of(button));
            if button == Button::SignIn {
                url.push('?');
                form::push(&mut url, "issuer", issuer);
                if let Some(resource) = resource {
                    form::push(&mut url, "resource", resource);
                }
            }
            self.visit(who, Request::get(url), shown);
            return Ok(());
        }
        let key = self.key_of(who).unwrap_or_default();
        self.do_app(&key, button, (issuer, resource.map(str::to_owned)), shown.unwrap_or_default());
        Ok(())
    }

    /// The form of the login page is posted.
    pub(crate) fn log_in(
        &mut self,
        who: Person,
        username: &str,
        password: &str,
    ) -> Result<(), Fault> {
        let interaction = match self.server_page(who) {
            Some(Page::Login(page)) => page.interaction.clone(),
            _ => return Err(Fault::no_page("a login form")),
        };
        let fields =
            [("interaction", interaction.as_str()), ("username", username), ("password", password)];
        self.post(who, path::LOGIN, &fields);
        Ok(())
    }

    /// The form of the consent page is posted.
    pub(crate) fn decide(
        &mut self,
        who: Person,
        decision: &str,
        scopes: &[String],
    ) -> Result<(), Fault> {
        let Some(Page::Consent(page)) = self.server_page(who) else {
            return Err(Fault::no_page("a consent form"));
        };
        let is_there = |scope: &String| page.scopes.iter().any(|line| line.scope == *scope);
        if !scopes.iter().all(is_there) {
            return Err(Fault::new("no_such_box", "The page has no such box."));
        }
        let interaction = page.interaction.clone();
        let mut fields = vec![("interaction", interaction.as_str()), ("decision", decision)];
        fields.extend(scopes.iter().map(|scope| ("scope", scope.as_str())));
        self.post(who, path::CONSENT, &fields);
        Ok(())
    }

    fn server_page(&self, who: Person) -> Option<&Page> {
        match self.browser(who).view.as_ref()? {
            View::Server { page } => Some(page),
            View::App { .. } | View::Text { .. } => None,
        }
    }

    fn post(&mut self, who: Person, path: &str, fields: &[(&str, &str)]) {
        let mut body = String::new();
        for (name, value) in fields {
            form::push(&mut body, name, value);
        }
        let shown = self.browser(who).shown;
        self.visit(who, Request::form(format!("{AS}{path}"), body), shown);
    }
}
