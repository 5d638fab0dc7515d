//! JSON from strangers becomes inputs, configurations and traces, strictly: nothing is guessed, and what
//! is not known is refused. What is written by [`serde`] is read here; the core's own reader makes that
//! a third of the code.

use grantflow::wire::json::{self, Object, Value};
use serde::Serialize;

use crate::cast::{Actor, Person};
use crate::defence::{Defence, Defences};
use crate::fault::Fault;
use crate::input::{AppKind, Button, By, Config, Edit, Input, SentAnswer, SentRequest};
use crate::prelude::*;
use crate::redact::Exchange;
use crate::trace::{Entry, Expect, Mark, Setup, Trace};

/// What can be read.
pub(crate) trait FromJson: Sized {
    fn read(value: Value<'_>) -> Option<Self>;
}

/// Reads a text.
pub(crate) fn from_text<T: FromJson>(text: &str) -> Result<T, Fault> {
    json::parse(text.as_bytes()).ok().and_then(T::read).ok_or_else(malformed)
}

/// The version that a trace says it has, whatever else is in it.
pub(crate) fn version(text: &str) -> Result<u32, Fault> {
    let object = json::parse_object(text.as_bytes()).ok();
    object.and_then(|object| Members(object).get("v")).ok_or_else(malformed)
}

fn malformed() -> Fault {
    let message =
        "That is no JSON as it is read here: a member is missing, unknown, or of another kind.";
    Fault::new("malformed", message)
}

/// An object of which every member is known.
#[derive(Clone, Copy)]
struct Members<'t>(Object<'t>);

impl<'t> Members<'t> {
    fn of(value: Value<'t>, known: &[&str]) -> Option<Self> {
        let object = value.object()?;
        let is_known = object.members().all(|(name, _)| known.contains(&&*name));
        is_known.then_some(Self(object))
    }

    fn get<T: FromJson>(self, name: &str) -> Option<T> {
        T::read(self.0.get(name)?)
    }

    /// What may be left out.
    fn maybe<T: FromJson + Default>(self, name: &str) -> Option<T> {
        self.0.get(name).map_or_else(|| Some(T::default()), T::read)
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn read(value: Value<'_>) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::read(value).map(Some) }
    }
}

impl FromJson for String {
    fn read(value: Value<'_>) -> Option<Self> {
        value.string().map(alloc::borrow::Cow::into_owned)
    }
}

impl FromJson for u64 {
    fn read(value: Value<'_>) -> Option<Self> {
        value.integer()
    }
}

impl FromJson for u32 {
    fn read(value: Value<'_>) -> Option<Self> {
        Self::try_from(u64::read(value)?).ok()
    }
}

impl FromJson for u16 {
    fn read(value: Value<'_>) -> Option<Self> {
        Self::try_from(u64::read(value)?).ok()
    }
}

impl FromJson for bool {
    fn read(value: Value<'_>) -> Option<Self> {
        value.boolean()
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn read(value: Value<'_>) -> Option<Self> {
        value.array()?.map(T::read).collect()
    }
}

impl FromJson for (String, String) {
    fn read(value: Value<'_>) -> Option<Self> {
        let pair: [String; 2] = Vec::read(value)?.try_into().ok()?;
        Some(pair.into())
    }
}

/// The one of `all` that is written so.
fn word<T: Copy + Serialize>(all: &[T], value: Value<'_>) -> Option<T> {
    let is_written = |it: &&T| serde_json::to_string(it).is_ok_and(|text| text == value.text());
    all.iter().find(is_written).copied()
}

macro_rules! words {
    ($($type:ty: $all:expr;)*) => {$(
        impl FromJson for $type {
            fn read(value: Value<'_>) -> Option<Self> {
                word(&$all, value)
            }
        }
    )*};
}

words! {
    Person: Person::ALL;
    Actor: [Actor::Alice, Actor::Eve, Actor::App, Actor::As, Actor::Evil, Actor::Attacker, Actor::Nobody];
    AppKind: [AppKind::Public, AppKind::Confidential];
    Button: [Button::SignIn, Button::SignOut, Button::LoadTasks, Button::ShareCalendar, Button::GoOn];
    By: [By::Alice, By::Eve, By::Attacker, By::Network, By::Clock];
    Defence: Defence::ALL;
}

impl FromJson for Defences {
    fn read(value: Value<'_>) -> Option<Self> {
        Some(Vec::<Defence>::read(value)?.into_iter().collect())
    }
}

impl FromJson for Config {
    fn read(value: Value<'_>) -> Option<Self> {
        let members = Members::of(value, &["seed", "app", "offers_evil", "without"])?;
        Some(Self {
            seed: members.get("seed")?,
            app: members.get("app")?,
            offers_evil: members.maybe("offers_evil")?,
            without: members.maybe("without")?,
        })
    }
}

impl FromJson for SentRequest {
    fn read(value: Value<'_>) -> Option<Self> {
        let members = Members::of(value, &["method", "url", "headers", "body"])?;
        Some(Self {
            method: members.get("method")?,
            url: members.get("url")?,
            headers: members.get("headers")?,
            body: members.get("body")?,
        })
    }
}

impl FromJson for SentAnswer {
    fn read(value: Value<'_>) -> Option<Self> {
        let members = Members::of(value, &["status", "headers", "body"])?;
        Some(Self {
            status: members.get("status")?,
            headers: members.get("headers")?,
            body: members.get("body")?,
        })
    }
}

impl FromJson for Exchange {
    fn read(value: Value<'_>) -> Option<Self> {
        let members = Members::of(value, &["request", "response"])?;
        Some(Self { request: members.get("request")?, response: members.get("response")? })
    }
}

impl FromJson for Edit {
    fn read(value: Value<'_>) -> Option<Self> {
        let members = Members::of(value, &["method", "url", "status", "headers", "body"])?;
        Some(Self {
            method: members.maybe("method")?,
            url: members.maybe("url")?,
            status: members.maybe("status")?,
            headers: members.maybe("headers")?,
            body: members.maybe("body")?,
        })
    }
}

impl FromJson for Input {
    fn read(value: Value<'_>) -> Option<Self> {
        let is = value.object().and_then(|object| object.get("do")?.string());
        let all = |known: &[&str]| Members::of(value, &[&["do"], known].concat());
        Some(match is.as_deref().unwrap_or_default() {
            "open" => {
                let it = all(&["who", "url"])?;
                Self::Open { who: it.get("who")?, url: it.get("url")? }
            }
            "press" => {
                let it = all(&["who", "button", "issuer", "resource"])?;
                let (issuer, resource) = (it.maybe("issuer")?, it.maybe("resource")?);
                Self::Press { who: it.get("who")?, button: it.get("button")?, issuer, resource }
            }
            "log_in" => {
                let it = all(&["who", "username", "password"])?;
                let (username, password) = (it.get("username")?, it.get("password")?);
                Self::LogIn { who: it.get("who")?, username, password }
            }
            "approve" => {
                let it = all(&["who", "scopes"])?;
                Self::Approve { who: it.get("who")?, scopes: it.get("scopes")? }
            }
            "deny" => Self::Deny { who: all(&["who"])?.get("who")? },
            "deliver" => Self::Deliver { message: all(&["message"])?.get("message")? },
            "drop" => Self::Drop { message: all(&["message"])?.get("message")? },
            "duplicate" => Self::Duplicate { message: all(&["message"])?.get("message")? },
            "edit" => {
                let it = all(&["message", "edit"])?;
                Self::Edit { message: it.get("message")?, edit: it.get("edit")? }
            }
            "leak" => Self::Leak { message: all(&["message"])?.get("message")? },
            "send" => Self::Send { request: all(&["request"])?.get("request")? },
            "forge" => {
                let it = all(&["name", "alg", "claims"])?;
                let (name, alg) = (it.get("name")?, it.get("alg")?);
                Self::Forge { name, alg, claims: it.get("claims")? }
            }
            "serve" => {
                let it = all(&["path", "answer"])?;
                Self::Serve { path: it.get("path")?, answer: it.get("answer")? }
            }
            "wait" => Self::Wait { seconds: all(&["seconds"])?.get("seconds")? },
            "network" => Self::Network { automatic: all(&["automatic"])?.get("automatic")? },
            "hold" => {
                let it = all(&["to", "path", "on"])?;
                Self::Hold { to: it.get("to")?, path: it.get("path")?, on: it.get("on")? }
            }
            _ => return None,
        })
    }
}

impl FromJson for Setup {
    fn read(value: Value<'_>) -> Option<Self> {
        let members = Members::of(value, &["app", "offers_evil", "without"])?;
        Some(Self {
            app: members.get("app")?,
            offers_evil: members.maybe("offers_evil")?,
            without: members.maybe("without")?,
        })
    }
}

impl FromJson for Entry {
    fn read(value: Value<'_>) -> Option<Self> {
        let members = Members::of(value, &["at", "actor", "input"])?;
        let (at, actor) = (members.get("at")?, members.get("actor")?);
        Some(Self { at, actor, input: members.get("input")? })
    }
}

impl FromJson for Mark {
    fn read(value: Value<'_>) -> Option<Self> {
        let members = Members::of(value, &["at", "name"])?;
        Some(Self { at: members.get("at")?, name: members.get("name")? })
    }
}

impl FromJson for Expect {
    fn read(value: Value<'_>) -> Option<Self> {
        Some(Self { digest: Members::of(value, &["digest"])?.get("digest")? })
    }
}

impl FromJson for Trace {
    fn read(value: Value<'_>) -> Option<Self> {
        let known = ["v", "core", "seed", "config", "log", "marks", "expect", "redacted"];
        let members = Members::of(value, &known)?;
        Some(Self {
            v: members.get("v")?,
            core: members.get("core")?,
            seed: members.get("seed")?,
            config: members.get("config")?,
            log: members.get("log")?,
            marks: members.maybe("marks")?,
            expect: members.maybe("expect")?,
            redacted: members.maybe("redacted")?,
        })
    }
}
