//! Cookies of one browser ([RFC 6265 §5](https://www.rfc-editor.org/rfc/rfc6265#section-5)), as far
//! as the servers of a world use them: for one host, for every path, for `https` only.

use grantflow::wire::http::Headers;

use crate::prelude::*;

/// Cookies: origin, name, value.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Jar(Vec<[String; 3]>);

impl Jar {
    /// Takes what an answer sets.
    pub(crate) fn receive(&mut self, origin: &str, headers: &Headers) {
        for (_, text) in headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        {
            let mut parts = text.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            self.0.retain(|[of, it, _]| (of.as_str(), it.as_str()) != (origin, name));
            if !parts.any(|it| it.eq_ignore_ascii_case("max-age=0")) {
                self.0.push([origin, name, value].map(str::to_owned));
            }
        }
    }

    /// The `Cookie` header for an origin.
    pub(crate) fn header(&self, origin: &str) -> Option<String> {
        let pairs = self.0.iter().filter(|[of, ..]| of == origin);
        let pairs: Vec<String> =
            pairs.map(|[_, name, value]| [name, "=", value].concat()).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The value of one.
    pub(crate) fn value(&self, origin: &str, name: &str) -> Option<String> {
        let found = self.0.iter().find(|[of, it, _]| of == origin && it == name);
        found.map(|[.., value]| value.clone())
    }

    /// All of them: origin, name, value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[String; 3]> {
        self.0.iter()
    }
}

/// A cookie's value in a `Cookie` header.
pub(crate) fn value_of<'h>(headers: &'h Headers, name: &str) -> Option<&'h str> {
    let cookies = headers.first("cookie")?.split(';').map(str::trim);
    cookies.filter_map(|pair| pair.split_once('=')).find(|(it, _)| *it == name).map(|(_, it)| it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_goes_where_it_came_from_until_it_is_taken_back() {
        let mut jar = Jar::default();
        jar.receive("https://a.example", &Headers::new().with("set-cookie", "a=1; Path=/; Secure"));
        jar.receive("https://b.example", &Headers::new().with("Set-Cookie", "b=2"));
        assert_eq!(jar.header("https://a.example").as_deref(), Some("a=1"));
        let sent = Headers::new().with("cookie", "x=y; a=1");
        assert_eq!(value_of(&sent, "a"), Some("1"));
        assert_eq!(value_of(&sent, "b"), None);
        jar.receive("https://a.example", &Headers::new().with("set-cookie", "a=; Max-Age=0"));
        assert_eq!(jar.header("https://a.example"), None);
        assert_eq!(jar.iter().count(), 1);
    }
}
