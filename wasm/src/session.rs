//! The life of an app in one tab: what happened goes in, what is to be done comes out, as JSON.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use grantflow::base64url;
use grantflow::client::callback::LONGEST_LOGIN;
use grantflow::client::session::{
    Area, Delivery, Effect, How, Id, Input, Machine, Now, Settled, Snapshot, Ticket,
};
use grantflow::client::{Asked, Challenge, Profile, Renewal};
use grantflow::scope::ScopeSet;
use grantflow::secret::Secret;
use grantflow::time::UnixTime;
use grantflow::uri::RedirectUri;
use grantflow::wire::dpop::HEADER;
use grantflow::wire::json::{self, Writer};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::fault::{Fault, of_session};
use crate::question::{Question, user};

/// The session of one client of one server.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Session(Option<Box<Machine>>);

#[wasm_bindgen]
impl Session {
    /// A session of which nothing is known: the first word is `open`.
    #[must_use]
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Hears what happened and gives an array of what is to be done.
    ///
    /// `body` is what may be long: a response, a record, a word from another tab, a token.
    pub fn tell(&mut self, word: &[u8], body: Vec<u8>) -> Vec<u8> {
        let mut out = String::from("[");
        let heard = match json::parse_object(word) {
            Ok(word) => self.hear(Question(word), body, &mut out),
            Err(_) => Err(Fault::Misuse("word")),
        };
        if let Err(fault) = heard {
            let ticket = json::parse_object(word).ok();
            let ticket = ticket.and_then(|word| word.get("ticket")?.integer()).unwrap_or_default();
            let settle = does("settle").integer("ticket", ticket);
            push(&mut out, settle.raw("fault", &fault.facts().finish()));
        }
        while let Some((machine, effect)) = self.0.as_mut().and_then(|m| m.poll().map(|e| (m, e))) {
            push(&mut out, effect_of(effect, machine));
        }
        out.push(']');
        out.into_bytes()
    }

    fn hear(&mut self, word: Question<'_>, body: Vec<u8>, out: &mut String) -> Result<(), Fault> {
        let Some(machine) = &mut self.0 else {
            let relay = word.maybe("relayUri").and_then(|uri| RedirectUri::parse(&uri).ok());
            let profile: Profile = word.profile()?;
            let keep = word.maybe("store").and_then(|name| area(&name));
            let mut machine = Machine::new(profile, relay, keep);
            if word.maybe("seed").is_some() {
                machine = machine.proving(word.is("bound"), word.entropy()?);
            }
            push(out, does("open").string("name", &machine.name()));
            self.0 = Some(Box::new(machine));
            return Ok(());
        };
        let millis = |name| word.whole(name).map(Option::unwrap_or_default);
        let wall = UnixTime::from_secs(millis("wall")? / 1000);
        let now = Now { wall, mono: Duration::from_millis(millis("mono")?) };
        let number = |name| {
            let number = word.whole(name).ok().flatten();
            number.and_then(|number| u32::try_from(number).ok()).unwrap_or_default()
        };
        let (id, ticket) = (Id(number("id")), Ticket(number("ticket")));
        let is_good = word.is("ok");
        let text = |body: Vec<u8>| String::from_utf8(body).unwrap_or_default();
        let input = match word.text("kind").as_str() {
            "start" => {
                let mut names = Vec::new();
                for name in word.strings("names") {
                    let (first, name) = name.split_at_checked(1).unwrap_or_default();
                    if let Some(area) = area(first) {
                        names.push((area, name.into()));
                    }
                }
                Input::Start { ticket, href: Secret::new(text(body)), names }
            }
            "login" => {
                let how = match word.text("how").as_str() {
                    "popup" => How::Popup,
                    "frame" => How::Frame,
                    _ => How::Page,
                };
                let (seed, asked) = (word.seed()?, Box::new(word.asked()?));
                Input::Login { ticket, seed, asked, how }
            }
            "unopened" => Input::Unopened(ticket),
            "token" => {
                let life = Duration::from_millis(millis("life")?);
                let (scope, resource) = (word.maybe("scope"), word.maybe("resource"));
                if scope.is_none() && resource.is_none() {
                    Input::Token { ticket, life }
                } else {
                    let scope = scope.map(|text| ScopeSet::parse(&text)).transpose();
                    let scope = scope.map_err(|_| Fault::Misuse("scope"))?;
                    Input::Other { ticket, life, renewal: Renewal { scope, resource } }
                }
            }
            "challenged" => {
                // The reader of whole challenges is 5 KB; the facade reads these two words.
                if let (scope @ Some(_), Snapshot::SignedIn { tokens, .. }) =
                    (word.maybe("scope"), machine.snapshot())
                {
                    let error = Some("insufficient_scope".into());
                    let challenge = Challenge { error, scope, ..Challenge::default() };
                    if let Some(more) = Asked::more(tokens, &challenge) {
                        push(out, does("more").string("scope", &more.scope.to_text()));
                    }
                    return Ok(());
                }
                Input::Challenged(Secret::new(text(body)))
            }
            "cancel" => Input::Cancel(ticket),
            "logout" => Input::Logout { ticket, everywhere: is_good, page: word.maybe("page") },
            "http" => Input::Http(id, Ok(word.response(body)?)),
            "unsent" => Input::Http(id, Err(Delivery::NotSent)),
            "lost" => Input::Http(id, Err(Delivery::Unknown)),
            "took" => Input::Took(id, is_good.then(|| Secret::new(text(body)))),
            "stored" => Input::Stored(id, is_good),
            "locked" if is_good => Input::Locked(id),
            "locked" => Input::LockTimedOut(id),
            "verified" => Input::Verified(id, is_good),
            "made" => Input::KeyMade(id, is_good.then(|| text(body))),
            "signed" => Input::Signed(id, is_good.then_some(body)),
            "prove" => {
                let (method, url) = (word.text("method"), word.text("url"));
                Input::Prove { ticket, method, url, token: Secret::new(text(body)) }
            }
            "nonce" => Input::Nonce { ticket, url: word.text("url"), nonce: text(body) },
            "relayed" => Input::Relayed(Secret::new(text(body))),
            "heard" => Input::Heard(Secret::new(text(body))),
            "online" => Input::Online,
            "visible" => Input::Visible,
            "back" => Input::Back,
            _ => Input::Tick,
        };
        machine.handle(now, input);
        Ok(())
    }
}

fn push(out: &mut String, effect: Writer) {
    if out.len() > 1 {
        out.push(',');
    }
    out.push_str(&effect.finish());
}

fn does(what: &str) -> Writer {
    Writer::object().string("do", what)
}

fn area(name: &str) -> Option<Area> {
    match name {
        "s" => Some(Area::Session),
        "l" => Some(Area::Local),
        "c" => Some(Area::Cookie),
        "a" => Some(Area::App),
        _ => None,
    }
}

const fn letter(area: Area) -> &'static str {
    match area {
        Area::Session => "s",
        Area::Local => "l",
        Area::Cookie => "c",
        Area::App => "a",
    }
}

fn at(what: &str, Id(id): Id, area: Area, name: &str) -> Writer {
    does(what).integer("id", id.into()).string("area", letter(area)).string("name", name)
}

fn effect_of(effect: Effect, machine: &Machine) -> Writer {
    match effect {
        Effect::Http { id, request, fresh } => does("http")
            .integer("id", id.0.into())
            .string("url", &request.url)
            .string("body", core::str::from_utf8(&request.body).unwrap_or_default())
            .maybe("proof", request.headers.first(HEADER))
            .boolean("fresh", fresh),
        Effect::Read(id, area, name) => at("read", id, area, &name),
        Effect::Take(id, area, name) => at("take", id, area, &name),
        Effect::Put(id, area, name, value) => {
            at("put", id, area, &name).string("value", value.expose())
        }
        Effect::Forget(area, name) => at("forget", Id(0), area, &name),
        Effect::Lock(id) => does("lock").integer("id", id.0.into()),
        Effect::Unlock => does("unlock"),
        Effect::Verify { id, alg, jwk, input, signature } => does("verify")
            .integer("id", id.0.into())
            .string("alg", alg.name())
            .string("jwk", &jwk)
            .string("input", input.expose())
            .string("signature", &base64url::encode(signature)),
        Effect::MakeKey(id) => does("make").integer("id", id.0.into()),
        Effect::Sign { id, jwk, input } => {
            does("sign").integer("id", id.0.into()).string("jwk", &jwk).string("input", &input)
        }
        Effect::DropKey(jwk) => does("drop").string("jwk", &jwk),
        Effect::DropOldKeys(jwk) => {
            does("sweep").integer("age", LONGEST_LOGIN.as_secs()).maybe("jwk", jwk.as_deref())
        }
        Effect::Navigate(how, ticket, url) => {
            let how = match how {
                How::Page => "page",
                How::Popup => "popup",
                How::Frame => "frame",
            };
            let all = does("navigate").string("how", how).integer("ticket", ticket.0.into());
            all.string("url", url.expose())
        }
        Effect::ReplaceUrl(url) => does("replace").string("url", &url),
        Effect::Tell(word) => does("tell").string("word", word.expose()),
        Effect::WakeAt(at) => {
            // Checked, it would be half a kilobyte of long multiplication.
            let millis = at.as_secs().wrapping_mul(1000);
            does("wake").integer("at", millis.wrapping_add(at.subsec_millis().into()))
        }
        Effect::Emit => does("emit").raw("snapshot", &snapshot(machine).finish()),
        Effect::Settle(ticket, result) => {
            let all = does("settle").integer("ticket", ticket.0.into());
            match result {
                Ok(Settled::Done) => all,
                Ok(Settled::Token(token)) => {
                    all.string("token", token.expose()).boolean("bound", machine.is_bound())
                }
                Err(fault) => all.raw("fault", &of_session(&fault).finish()),
            }
        }
    }
}

fn snapshot(machine: &Machine) -> Writer {
    let status = |name: &str| Writer::object().string("status", name);
    let all = match machine.snapshot() {
        Snapshot::Restoring => return status("restoring"),
        Snapshot::Leaving => return status("leaving"),
        Snapshot::SignedOut(why) => status("signed-out").string("why", why.as_str()),
        Snapshot::SignedIn { tokens, is_stale, is_in_doubt } => {
            let user = tokens.identity.as_ref().map(user);
            let mut all = status("signed-in")
                .raw("user", user.as_deref().unwrap_or("null"))
                .strings("scopes", tokens.scope.iter());
            all = match tokens.expires_at {
                Some(end) => all.integer("expiresAt", end.as_secs()),
                None => all.raw("expiresAt", "null"),
            };
            all.boolean("stale", is_stale).boolean("inDoubt", is_in_doubt)
        }
    };
    match machine.fault() {
        Some(fault) => all.raw("error", &of_session(fault).finish()),
        None => all,
    }
}
