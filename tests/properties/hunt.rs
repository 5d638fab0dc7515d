//! A hunt for secrets in whatever is printed.

use std::collections::BTreeSet;
use std::fmt::{Debug, Display};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use grantflow::base64url;
use grantflow::client::Error;
use grantflow::server::Record;
use grantflow::wire::form;
use grantflow::wire::http::Request;
use grantflow_tests::tree::sources;

use crate::fuzz::host::{Answer, Host};
use crate::fuzz::world;

/// Secrets, and everything that was printed.
#[derive(Default)]
pub(crate) struct Hunt {
    pub(crate) secrets: Vec<(&'static str, Vec<String>)>,
    pub(crate) printed: Vec<(String, String)>,
}

impl Hunt {
    /// Looks for these bytes, too: as they are, as a form, JSON, base64, hexadecimal or a list spells
    /// them.
    pub(crate) fn secret(&mut self, name: &'static str, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        assert!(bytes.len() >= 8, "{name} could be anything");
        let hex = bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        let list = format!("{bytes:?}");
        let list = list.trim_matches(['[', ']']).to_owned();
        let mut spelled = vec![hex, list, base64url::encode(bytes), STANDARD_NO_PAD.encode(bytes)];
        if let Ok(text) = std::str::from_utf8(bytes) {
            let quoted = format!("{text:?}");
            let quoted = quoted.trim_matches('"').to_owned();
            spelled.extend([text.to_owned(), form::encode(text), quoted]);
        }
        self.secrets.push((name, spelled));
    }

    pub(crate) fn debug(&mut self, value: &impl Debug) {
        let name = std::any::type_name_of_val(value);
        self.printed.push((name.to_owned(), format!("{value:?} {value:#?}")));
    }

    pub(crate) fn display(&mut self, value: &(impl Debug + Display)) {
        self.debug(value);
        self.printed
            .push((std::any::type_name_of_val(value).to_owned(), format!("{value} {value:#}")));
    }

    pub(crate) fn error(&mut self, error: impl Into<Error>) {
        let error: Error = error.into();
        self.display(&error);
        self.debug(&(error.code(), error.stage(), error.remedy(), error.oauth()));
        self.printed
            .push(("stage".into(), [error.stage().as_str(), error.remedy().as_str()].concat()));
    }

    /// A request to the server, with every turn of it and what comes of it.
    pub(crate) fn send(&mut self, host: &mut Host, request: &Request) -> Answer {
        self.debug(request);
        let mut turns = Vec::new();
        let answer = host.send_seen(request, |turn| turns.push(format!("{turn:?} {turn:#?}")));
        self.printed.extend(turns.into_iter().map(|turn| ("server::Turn".to_owned(), turn)));
        self.debug(&answer);
        if let Some(interaction) = world::interaction(&answer) {
            self.secret("an interaction", interaction);
        }
        answer
    }

    /// The same as a browser, which keeps its cookie.
    pub(crate) fn browse(
        &mut self,
        host: &mut Host,
        cookie: &mut Option<String>,
        mut request: Request,
    ) -> Answer {
        request.headers.push("accept", "text/html");
        if let Some(cookie) = cookie {
            request.headers.push("cookie", cookie.clone());
        }
        let answer = self.send(host, &request);
        world::keep(cookie, &answer);
        let value = cookie.as_ref().and_then(|cookie| Some(cookie.split_once('=')?.1));
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.secret("a cookie", value);
        }
        answer
    }

    pub(crate) fn store(&mut self, host: &Host) {
        self.debug(&host.server);
        for (key, found) in &host.store {
            self.display(key);
            self.debug(found);
            self.debug(&Record::decode(&found.record.encode()[1..]));
        }
    }

    /// Looks for every secret in everything that was printed.
    pub(crate) fn end(self) {
        assert!(self.secrets.len() > 20 && self.printed.len() > 100);
        let mut found = BTreeSet::new();
        for (what, text) in &self.printed {
            for (name, spelled) in &self.secrets {
                if spelled.iter().any(|spelled| text.contains(spelled)) {
                    found.insert(format!("{name} is in {what}: {text}"));
                }
            }
        }
        assert!(found.is_empty(), "{found:#?}");
    }

    /// Every word that was printed.
    pub(crate) fn words(&self) -> BTreeSet<&str> {
        let is_between = |c: char| !c.is_ascii_alphanumeric() && c != '_';
        self.printed
            .iter()
            .flat_map(|(what, text)| [what, text])
            .flat_map(|text| text.split(is_between))
            .collect()
    }
}

/// Every public type of the core with text or bytes in it, and the words of which its printing has
/// one: its name, or those of its variants.
pub(crate) fn types_with_text() -> Vec<(String, Vec<String>)> {
    let mut types = Vec::new();
    for (_, text) in sources("core/src", "rs") {
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        for kind in ["\npub struct ", "\npub enum "] {
            for (at, _) in text.match_indices(kind) {
                types.extend(type_with_text(kind, &text[at + kind.len()..]));
            }
        }
    }
    assert!(types.len() > 60, "{}", types.len());
    types
}

/// The type whose name and body a text begins with, if it holds text.
fn type_with_text(kind: &str, rest: &str) -> Option<(String, Vec<String>)> {
    let end = rest.find("\n}").or_else(|| rest.find(";\n")).unwrap_or(rest.len());
    let end = rest.find(";\n").filter(|at| !rest[..*at].contains('\n')).unwrap_or(end);
    let body = &rest[..end];
    let name = body.split(|c: char| !c.is_alphanumeric()).next().unwrap();
    let holds = ["String", "Secret", "u8", "str", "Cow<"];
    let code = body.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    let has = |word: &&str| {
        code[name.len()..]
            .split(|c: char| !c.is_alphanumeric() && c != '<')
            .any(|part| part.starts_with(word))
    };
    if !holds.iter().any(has) {
        return None;
    }
    let mut shown = vec![name.to_owned()];
    if kind.contains("enum") {
        let variants = code.lines().filter_map(|line| line.strip_prefix("    "));
        let variants = variants.filter(|line| line.starts_with(char::is_uppercase));
        shown.extend(
            variants
                .map(|line| line.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned()),
        );
    }
    Some((name.to_owned(), shown))
}
