//! JSON from strangers becomes inputs, configurations and traces, strictly: nothing is guessed, and what
//! is not known is refused. What is written by [`serde`] is read here; the core's own reader makes that
//! a third of the code.

use grantflow::wire::json::{self, Object, Value};
use serde::Serialize;

use crate::cast::{Actor, Person};
use crate::defence::{Defence, Defences};
use crate::fault::Fault;
use crate::input::{AppKind, Button, By, Config, Edit, Input, SentAnswer, SentRequest};
use crate::message::Fields;
use crate::prelude::*;
use crate::trace::{Entry, Expect, Mark, Setup, Trace};

type Read<T> = Result<T, Fault>;

/// What can be read.
pub(crate) trait FromJson: Sized {
    fn read(value: Value<'_>) -> Read<Self>;
}

/// Reads a text.
pub(crate) fn from_text<T: FromJson>(text: &str) -> Read<T> {
    let no =
        |error| Fault::new("malformed", format!("That is no JSON as it is read here: {error:?}."));
    let read = T::read(json::parse(text.as_bytes()).map_err(no)?);
    read.map_err(|fault| if fault.message.is_empty() { wrong("it") } else { fault })
}

fn wrong(name: &str) -> Fault {
    Fault::new("malformed", format!("{name} is missing, unknown, or of another kind."))
}

/// An object of which every member is known.
#[derive(Clone, Copy)]
struct Members<'t>(Object<'t>);

impl<'t> Members<'t> {
    fn of(value: Value<'t>, known: &[&str]) -> Read<Self> {
        let object = value.object().ok_or_else(|| wrong("an object"))?;
        let stranger = object.members().find(|(name, _)| !known.contains(&&**name));
        stranger.map_or(Ok(Self(object)), |(name, _)| Err(wrong(&name)))
    }

    fn get<T: FromJson>(self, name: &str) -> Read<T> {
        T::read(self.0.get(name).ok_or_else(|| wrong(name))?)
            .map_err(|fault| if fault.message.is_empty() { wrong(name) } else { fault })
    }

    fn maybe<T: FromJson>(self, name: &str) -> Read<Option<T>> {
        match self.0.get(name).filter(|value| !value.is_null()) {
            Some(_) => self.get(name).map(Some),
            None => Ok(None),
        }
    }
}

/// A value that is not what it must be; whoever knows its name says so.
fn odd() -> Fault {
    Fault::new("malformed", "")
}

impl FromJson for String {
    fn read(value: Value<'_>) -> Read<Self> {
        value.string().map(alloc::borrow::Cow::into_owned).ok_or_else(odd)
    }
}

impl FromJson for u64 {
    fn read(value: Value<'_>) -> Read<Self> {
        value.integer().ok_or_else(odd)
    }
}

impl FromJson for u32 {
    fn read(value: Value<'_>) -> Read<Self> {
        Self::try_from(u64::read(value)?).map_err(|_| odd())
    }
}

impl FromJson for u16 {
    fn read(value: Value<'_>) -> Read<Self> {
        Self::try_from(u64::read(value)?).map_err(|_| odd())
    }
}

impl FromJson for bool {
    fn read(value: Value<'_>) -> Read<Self> {
        value.boolean().ok_or_else(odd)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn read(value: Value<'_>) -> Read<Self> {
        value.array().ok_or_else(odd)?.map(T::read).collect()
    }
}

impl FromJson for (String, String) {
    fn read(value: Value<'_>) -> Read<Self> {
        let pair: [String; 2] = Vec::read(value)?.try_into().map_err(|_| odd())?;
        Ok(pair.into())
    }
}

/// The one of `all` that is written so.
fn word<T: Copy + Serialize>(all: &[T], value: Value<'_>) -> Read<T> {
    let is_written = |it: &&T| serde_json::to_string(it).is_ok_and(|text| text == value.text());
    all.iter().find(is_written).copied().ok_or_else(odd)
}

macro_rules! words {
    ($($type:ty: $all:expr;)*) => {$(
        impl FromJson for $type {
            fn read(value: Value<'_>) -> Read<Self> {
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
    fn read(value: Value<'_>) -> Read<Self> {
        Ok(Vec::<Defence>::read(value)?.into_iter().collect())
    }
}

impl FromJson for Config {
    fn read(value: Value<'_>) -> Read<Self> {
        let members = Members::of(value, &["seed", "app", "offers_evil", "without"])?;
        Ok(Self {
            seed: members.get("seed")?,
            app: members.get("app")?,
            offers_evil: members.maybe("offers_evil")?.unwrap_or_default(),
            without: members.maybe("without")?.unwrap_or_default(),
        })
    }
}

impl FromJson for SentRequest {
    fn read(value: Value<'_>) -> Read<Self> {
        let members = Members::of(value, &["method", "url", "headers", "body"])?;
        Ok(Self {
            method: members.get("method")?,
            url: members.get("url")?,
            headers: members.get("headers")?,
            body: members.get("body")?,
        })
    }
}

impl FromJson for SentAnswer {
    fn read(value: Value<'_>) -> Read<Self> {
        let members = Members::of(value, &["status", "headers", "body"])?;
        Ok(Self {
            status: members.get("status")?,
            headers: members.get("headers")?,
            body: members.get("body")?,
        })
    }
}

impl FromJson for Edit {
    fn read(value: Value<'_>) -> Read<Self> {
        let members = Members::of(value, &["method", "url", "status", "headers", "body"])?;
        Ok(Self {
            method: members.maybe("method")?,
            url: members.maybe("url")?,
            status: members.maybe("status")?,
            headers: members.maybe::<Fields>("headers")?,
            body: members.maybe("body")?,
        })
    }
}

impl FromJson for Input {
    fn read(value: Value<'_>) -> Read<Self> {
        let is = value.object().and_then(|object| object.get("do")?.string());
        let all = |known: &[&str]| Members::of(value, &[&["do"], known].concat());
        Ok(match is.as_deref().unwrap_or_default() {
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
            _ => return Err(wrong("do")),
        })
    }
}

impl FromJson for Setup {
    fn read(value: Value<'_>) -> Read<Self> {
        let members = Members::of(value, &["app", "offers_evil", "without"])?;
        Ok(Self {
            app: members.get("app")?,
            offers_evil: members.maybe("offers_evil")?.unwrap_or_default(),
            without: members.maybe("without")?.unwrap_or_default(),
        })
    }
}

impl FromJson for Entry {
    fn read(value: Value<'_>) -> Read<Self> {
        let members = Members::of(value, &["at", "actor", "input"])?;
        let (at, actor) = (members.get("at")?, members.get("actor")?);
        Ok(Self { at, actor, input: members.get("input")? })
    }
}

impl FromJson for Mark {
    fn read(value: Value<'_>) -> Read<Self> {
        let members = Members::of(value, &["at", "name"])?;
        Ok(Self { at: members.get("at")?, name: members.get("name")? })
    }
}

impl FromJson for Expect {
    fn read(value: Value<'_>) -> Read<Self> {
        Ok(Self { digest: Members::of(value, &["digest"])?.get("digest")? })
    }
}

impl FromJson for Trace {
    fn read(value: Value<'_>) -> Read<Self> {
        let known = ["v", "core", "seed", "config", "log", "marks", "expect", "redacted"];
        let members = Members::of(value, &known)?;
        Ok(Self {
            v: members.get("v")?,
            core: members.get("core")?,
            seed: members.get("seed")?,
            config: members.get("config")?,
            log: members.get("log")?,
            marks: members.maybe("marks")?.unwrap_or_default(),
            expect: members.maybe("expect")?,
            redacted: members.maybe("redacted")?.unwrap_or_default(),
        })
    }
}

/// The version that a trace says it has, whatever else is in it.
pub(crate) fn version(text: &str) -> Read<u32> {
    let no =
        |error| Fault::new("malformed", format!("That is no JSON as it is read here: {error:?}."));
    let object = json::parse_object(text.as_bytes()).map_err(no)?;
    Members(object).get("v")
}
