//! Ada at her browser: keeps cookies, reads pages, presses buttons.

use std::collections::BTreeMap;

use openidconnect::SyncHttpClient as _;
use openidconnect::http::Request;
use openidconnect::http::header::{ACCEPT, CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use openidconnect::url::{Url, form_urlencoded};

use crate::server::Server;

const LOGIN: &[(&str, &str)] = &[("username", "ada"), ("password", "correct horse battery staple")];

/// A person's browser; the only site it knows is the server.
pub(crate) struct Browser<'s> {
    server: &'s Server,
    cookies: BTreeMap<String, String>,
    /// The button that she presses when an app asks for her permission.
    pub(crate) decision: &'static str,
}

impl<'s> Browser<'s> {
    pub(crate) fn new(server: &'s Server) -> Self {
        Self { server, cookies: BTreeMap::new(), decision: "approve" }
    }

    /// Does what the pages ask for, and gives the URL for which the browser left the server.
    pub(crate) fn visit(&mut self, url: &Url) -> Url {
        let mut at = self.go(url, None);
        for (button, typed) in [("login", LOGIN), (self.decision, &[]), ("logout", &[])] {
            at = match at {
                At::Page(page) if page.contains(&format!("id=\"{button}\"")) => {
                    let (action, fields) = form(&page, button, typed);
                    self.go(&url.join(&action).unwrap(), Some(&fields))
                }
                At::Page(_) | At::Away(_) => at,
            };
        }
        match at {
            At::Away(url) => url,
            At::Page(page) => panic!("{url} ends at {page}"),
        }
    }

    /// Loads a page, or sends a form, and follows redirects within the server.
    fn go(&mut self, url: &Url, form: Option<&str>) -> At {
        let jar: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let mut request = Request::builder()
            .method(if form.is_some() { "POST" } else { "GET" })
            .uri(url.as_str())
            .header(ACCEPT, "text/html,application/xhtml+xml");
        if !jar.is_empty() {
            request = request.header(COOKIE, jar.join("; "));
        }
        let request = match form {
            None => request.body(Vec::new()),
            Some(fields) => request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(ORIGIN, url.origin().ascii_serialization())
                .header("sec-fetch-site", "same-origin")
                .body(fields.into()),
        };
        let response = self.server.call(request.unwrap()).unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        let Some(location) = response.headers().get(LOCATION) else {
            return At::Page(String::from_utf8(response.into_body()).unwrap());
        };
        let next = url.join(location.to_str().unwrap()).unwrap();
        if next.origin() == url.origin() { self.go(&next, None) } else { At::Away(next) }
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let (name, value) = pair.split_once('=').unwrap();
        if attributes.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.into(), value.into());
        }
    }
}

/// Where a browser is.
enum At {
    Page(String),
    Away(Url),
}

/// Fills in the form of a button: where it goes, and what it says.
fn form(page: &str, button: &str, typed: &[(&str, &str)]) -> (String, String) {
    let pressed = format!("id=\"{button}\"");
    let form = page.split("<form ").skip(1).find(|form| form.contains(&pressed)).unwrap();
    let (form, _) = form.split_once("</form>").unwrap();
    let mut fields = form_urlencoded::Serializer::new(String::new());
    for tag in form.split('<').filter_map(|tag| tag.split('>').next()) {
        let is_sent = if tag.starts_with("button ") {
            tag.contains(&pressed)
        } else {
            let is_box = tag.contains("type=\"checkbox\"");
            tag.starts_with("input ")
                && !tag.contains(" disabled")
                && (!is_box || tag.contains(" checked"))
        };
        if let Some(name) = attribute(tag, "name").filter(|_| is_sent) {
            let typed = typed.iter().find(|(field, _)| *field == name).map(|(_, value)| *value);
            fields.append_pair(name, typed.or_else(|| attribute(tag, "value")).unwrap_or(""));
        }
    }
    (attribute(form, "action").unwrap().into(), fields.finish())
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split('"').next()
}
