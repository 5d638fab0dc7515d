//! A person with a browser: keeps the cookie, reads pages, presses buttons.

use crate::process::{Reply, Server};

/// What browsers say of a navigation.
const ACCEPT: (&str, &str) = ("accept", "text/html,application/xhtml+xml");

pub(crate) struct Browser<'s> {
    server: &'s Server,
    origin: String,
    cookie: String,
}

impl<'s> Browser<'s> {
    pub(crate) fn new(server: &'s Server) -> Self {
        Self::at(server, &server.issuer)
    }

    /// A browser that knows the server by this origin.
    pub(crate) fn at(server: &'s Server, origin: &str) -> Self {
        Self { server, origin: origin.to_owned(), cookie: String::new() }
    }

    /// The cookie as it is sent.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Opens a page, following redirects within the server.
    pub(crate) fn open(&mut self, target: &str) -> Reply {
        let cookie = self.cookie.clone();
        let reply = self.server.get(target, &[ACCEPT, ("cookie", &cookie)]);
        self.follow(reply)
    }

    /// Posts a form with the page's own `interaction`, as the browser of this person would.
    pub(crate) fn submit(&mut self, page: &Reply, target: &str, fields: &str) -> Reply {
        let form = format!("interaction={}&{fields}", interaction(page));
        let (cookie, origin) = (self.cookie.clone(), self.origin.clone());
        let headers =
            [ACCEPT, ("cookie", &cookie), ("origin", &origin), ("sec-fetch-site", "same-origin")];
        let reply = self.server.post(target, &headers, &form);
        self.follow(reply)
    }

    fn follow(&mut self, reply: Reply) -> Reply {
        if let Some((pair, _)) = reply.header("set-cookie").split_once(';') {
            pair.clone_into(&mut self.cookie);
        }
        match reply.header("location").strip_prefix(self.origin.as_str()) {
            Some(target) if reply.status == 303 => self.open(target),
            _ => reply,
        }
    }

    /// Signs in on a login page.
    pub(crate) fn sign_in(&mut self, page: &Reply, username: &str, password: &str) -> Reply {
        let fields = format!("username={username}&password={}", password.replace(' ', "+"));
        self.submit(page, "/oauth2/login", &fields)
    }
}

/// What is between `before` and the next quote or tag.
pub(crate) fn after<'p>(page: &'p str, before: &str) -> &'p str {
    let start = page.find(before).unwrap_or_else(|| panic!("no {before} in {page}"));
    page[start + before.len()..].split(['"', '<']).next().unwrap()
}

fn interaction(page: &Reply) -> &str {
    after(&page.body, "name=\"interaction\" value=\"")
}

/// The value of a parameter of the redirect's target.
pub(crate) fn parameter<'r>(reply: &'r Reply, name: &str) -> &'r str {
    assert_eq!(reply.status, 303, "{}", reply.body);
    let query = reply.header("location").split_once('?').unwrap().1;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map_or("", |(_, value)| value)
}
