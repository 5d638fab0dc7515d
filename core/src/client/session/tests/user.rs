//! What the user does.

use super::*;

impl World {
    pub(super) fn token(&mut self, tab: usize) -> Ticket {
        let ticket = self.ticket(tab);
        self.feed(tab, Input::Token { ticket, life: LIFE });
        ticket
    }

    pub(super) fn login(&mut self, tab: usize, how: How) -> Ticket {
        let ticket = self.ticket(tab);
        let count = u8::try_from(self.tabs[tab].left.len() + self.tabs[tab].session.len()).unwrap();
        let second = u8::try_from(self.wall % 251).unwrap();
        let mut seed = [count; 32];
        (seed[0], seed[1]) = (second, u8::try_from(tab).unwrap());
        let asked = Asked {
            return_to: ReturnTo::parse("/tasks").unwrap(),
            ..Asked::of(ScopeSet::parse("openid profile").unwrap())
        };
        self.feed(tab, Input::Login { ticket, seed: Seed::new(seed), asked: asked.into(), how });
        ticket
    }

    /// Someone uses the first token, at an API.
    pub(super) fn prove(&mut self, tab: usize) -> Ticket {
        let ticket = self.ticket(tab);
        let (method, url) = ("GET".into(), "https://api.test/".into());
        self.feed(tab, Input::Prove { ticket, method, url, token: Secret::new("at0") });
        ticket
    }

    /// Another tab is opened, and hears from the others who is in.
    pub(super) fn join(&mut self, keep: Option<Area>) -> usize {
        let tab = self.open(keep);
        self.start(tab);
        self.run_out();
        tab
    }

    /// Someone signs in, and nothing else happens meanwhile; nor in the seconds around that.
    pub(super) fn log_in(&mut self, tab: usize) {
        self.pass(1);
        let are_slow = core::mem::take(&mut self.keys_are_slow);
        self.login(tab, How::Popup);
        let url = self.consent(tab);
        self.feed(tab, Input::Relayed(Secret::new(url)));
        while let Some(at) = self.tabs[tab].http.iter().position(|(_, r)| is_of_login(r)) {
            let (id, request) = self.tabs[tab].http.remove(at);
            let response = self.server.serve(&request);
            self.feed(tab, Input::Http(id, Ok(response)));
        }
        self.keys_are_slow = are_slow;
        self.pass(1);
    }

    /// The user says yes: where the browser goes.
    pub(super) fn consent(&mut self, tab: usize) -> String {
        let (how, url) = self.tabs[tab].left.last().unwrap().clone();
        let form = Form::parse(url.split_once('?').unwrap().1.as_bytes()).unwrap();
        self.server.nonce = form.field("nonce").into();
        let page = if how == How::Page { HOME } else { RELAY };
        format!("{page}?code=c&state={}&iss=https%3A%2F%2Fas.test", form.field("state"))
    }

    /// The page leaves, and the user says yes: where the browser comes back to.
    pub(super) fn leave(&mut self, tab: usize) -> String {
        self.login(tab, How::Page);
        self.run();
        self.consent(tab)
    }

    /// Someone signs in, in this tab.
    pub(super) fn sign_in(&mut self, tab: usize, keep: Option<Area>) {
        let url = self.leave(tab);
        self.reload(tab, &url, keep);
        self.run();
        assert!(self.is_in(tab), "{:?}", self.tabs[tab].machine.fault());
    }
}

fn is_of_login(request: &Request) -> bool {
    let form = Form::parse(&request.body).unwrap();
    request.path() == "/oauth2/jwks" || form.field("grant_type") == "authorization_code"
}
