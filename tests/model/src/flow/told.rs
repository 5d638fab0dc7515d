//! Acts as inputs of the demo's World, so that what the model found can be seen, stepped through and
//! changed. World plays the shipping code of both sides, too: the end is judged there, not here.

use grantflow::server::path;
use grantflow::wire::credentials::{basic, parse_basic};
use grantflow::wire::form::Form;
use grantflow::wire::http::Request;
use grantflow_world::cast::{
    AS, Actor, CALLBACK, CLIENT_ID, EVIL, EVIL_CALLBACK, EVIL_CLIENT, Person as Who,
};
use grantflow_world::input::{AppKind, Button, SentRequest};
use grantflow_world::{Config, Defences, Input, Property, WEAK_SECRET, World, script};
use stateright::Model;

use crate::book::Id;
use crate::cast::{self, Proof};
use crate::host::Person;

use super::scene::{Said, Scene, is_at};
use super::{Act, At, Flow, Forged, State};

impl Flow {
    /// Plays these acts in a world without these defences, and looks then at what is at stake.
    pub(crate) fn tell(
        &self,
        acts: &[Act],
        (seed, without): (&str, Defences),
        property: Property,
    ) -> Said<World> {
        let app = match self.lineup.proof {
            Proof::Public => AppKind::Public,
            Proof::Secret => AppKind::Confidential,
            Proof::Statement => return Err("World's app signs no statements".into()),
        };
        let offers_evil = self.has_evil_server();
        let config = Config { seed: seed.into(), app, offers_evil, without };
        let world = World::new(config).map_err(|fault| fault.message)?;
        let none = vec![None; self.lineup.slots.len()];
        let (begun, states, brought) = (none.clone(), none.clone(), none);
        let (codes, letters) = (Vec::new(), Vec::new());
        let mut told = Scene { world, begun, states, codes, letters, brought, at: None };
        if offers_evil {
            // World's evil server would send Alice on by itself; the model's waits.
            told.serves("/authorize", "text/html", "")?;
            told.does(Input::Hold { to: Actor::Evil, path: "/token".into(), on: true })?;
        }
        let mut state = self.init_states().remove(0);
        for act in acts {
            let next = self.next_state(&state, *act).ok_or("an act that does nothing")?;
            self.tell_one(&mut told, &state, &next, *act)?;
            told.world.mark(&short(&self.format_action(act)));
            state = next;
        }
        told.looks(property)?;
        Ok(told.world)
    }

    fn tell_one(&self, told: &mut Scene, state: &State, next: &State, act: Act) -> Said {
        // The grant that is new, and the callback that goes with it.
        let is_new = |issued| !state.grants.iter().any(|old| old.issued == issued);
        let new = next.grants.iter().find(|grant| is_new(grant.issued)).map(|grant| grant.issued);
        let new = new.map(|issued| self.server.issued.get(issued));
        let given = new.map(|issued| (issued.code, issued.location));
        match act {
            Act::Begin(slot) => self.tell_begin(told, slot),
            Act::Agree(slot) => {
                let (begun, given) = (told.begun[slot], given.ok_or("no grant")?);
                if told.at != Some(slot) {
                    let begun = begun.and_then(|id| told.world.message(id)).ok_or("not begun")?;
                    let url = begun.request.url.clone();
                    told.does(Input::Open { who: Who::Alice, url })?;
                }
                self.tell_yes(told, Who::Alice, given)
            }
            Act::Lure(request) | Act::Own(request) => {
                let who = if matches!(act, Act::Own(_)) { Who::Eve } else { Who::Alice };
                let url = self.tell_link(told, request)?;
                told.does(Input::Open { who, url })?;
                self.tell_yes(told, who, given.ok_or("no grant")?)
            }
            Act::Deliver { letter, slot, with } => {
                let (_, url) = state.letters[letter];
                let place = told.letters.iter().position(|(it, _)| *it == url);
                let (_, message) = told.letters.remove(place.ok_or("no such callback")?);
                told.does(Input::Deliver { message })?;
                told.brings((slot, with))
            }
            Act::Inject { is_tapped: true, .. } => Err("World's network has TLS".into()),
            Act::Inject { url, browser, slot, with, is_tapped: false } => {
                let url = self.tell_callback(told, &self.server.texts.get(url))?;
                told.does(Input::Open { who: who(browser), url })?;
                told.brings((slot, with))
            }
            Act::Answer { slot, says } => self.tell_answer(told, slot, says),
            Act::Twin(_) => {
                let message = told.last(|it| it.to == Actor::As && is_at(it, path::TOKEN))?;
                told.does(Input::Duplicate { message })
            }
            Act::Redeem(request) => self.tell_redemption(told, request),
            Act::Tick => Err("World's clock is turned elsewhere".into()),
        }
    }

    fn tell_begin(&self, told: &mut Scene, slot: usize) -> Said {
        let it = self.lineup.slots[slot];
        let person = who(it.person);
        let (issuer, page) = match it.at {
            At::Honest => (None, path::AUTHORIZE),
            At::Evil => (Some(EVIL.to_owned()), "/authorize"),
        };
        told.does(Input::Open { who: person, url: "https://app.example/".into() })?;
        let button = Button::SignIn;
        told.does(Input::Press { who: person, button, issuer, resource: None })?;
        let message = told.last(|it| it.from == person.actor() && is_at(it, page))?;
        if self.lineup.reads_requests && it.person == Person::Alice {
            told.does(Input::Leak { message })?;
        }
        told.begun[slot] = Some(message);
        told.states[slot] = told.sees(message).then_some(message);
        if it.person == Person::Alice {
            told.at = Some(slot);
        }
        Ok(())
    }

    /// Somebody logs in and agrees; the callback is stopped on its way to the app.
    fn tell_yes(
        &self,
        told: &mut Scene,
        person: Who,
        (code, location): (Id<String>, Id<String>),
    ) -> Said {
        let hold = |on| Input::Hold { to: Actor::App, path: "/callback".into(), on };
        told.does(hold(true))?;
        told.agrees(person)?;
        told.does(hold(false))?;
        told.at = None;
        let from = person.actor();
        let way = told.last(|it| it.from == from && is_at(it, path::CONSENT))?;
        let back = told.last(|it| it.from == from && it.id > way && is_at(it, "/callback"))?;
        if self.lineup.reads_responses && person == Who::Alice {
            told.does(Input::Leak { message: way })?;
            for slot in 0..told.states.len() {
                if self.server.texts.get(location).contains(self.app.state(slot)) {
                    told.states[slot] = told.states[slot].or(Some(way));
                }
            }
        }
        told.codes.extend([(code, way), (code, back)]);
        if told.world.message(back).is_some_and(|it| it.to == Actor::App) {
            if person == Who::Eve {
                told.does(Input::Drop { message: back })?;
            } else {
                told.letters.push((location, back));
            }
        }
        Ok(())
    }

    /// A link of the attacker's to our server.
    fn tell_link(&self, told: &Scene, request: Id<Request>) -> Said<String> {
        let request = self.server.host.requests.get(request);
        let form = Form::parse(request.query().as_bytes()).unwrap();
        let mut fields = vec![
            ("response_type", "code".to_owned()),
            ("client_id", client(form.field("client_id")).to_owned()),
            ("redirect_uri", address(form.field("redirect_uri"))?.to_owned()),
            ("scope", form.field("scope").to_owned()),
        ];
        for name in ["state", "code_challenge", "nonce"] {
            match (form.field(name), name) {
                ("", _) => {}
                (value, "code_challenge") if value == cast::challenge_of(&own()) => {
                    fields.push((name, script::CHALLENGE.into()));
                }
                (value, _) => fields.push((name, self.told_of(told, name, value)?)),
            }
        }
        if !form.field("code_challenge").is_empty() {
            fields.push(("code_challenge_method", "S256".into()));
        }
        Ok(format!("{AS}{}?{}", path::AUTHORIZE, query(&fields)))
    }

    /// A parameter of a login's that the attacker has seen.
    fn told_of(&self, told: &Scene, name: &str, value: &str) -> Said<String> {
        let mut slots = 0..self.lineup.slots.len();
        let slot = slots.find(|slot| self.app.parameter(*slot, name) == value);
        let slot = slot.ok_or("a parameter that nobody has made")?;
        let place = if name == "state" { told.states[slot] } else { told.begun[slot] };
        let place = place.filter(|message| told.sees(*message));
        place.map(|place| format!("{{{{{place}.{name}}}}}")).ok_or_else(|| unseen(name))
    }

    /// A callback that the attacker has made up.
    fn tell_callback(&self, told: &Scene, url: &str) -> Said<String> {
        let (_, made_up) = url.split_once('?').unwrap();
        let form = Form::parse(made_up.as_bytes()).unwrap();
        let mut fields = Vec::new();
        for (name, value) in form.iter() {
            let value = match (name, value) {
                ("iss", cast::HONEST) => AS.into(),
                ("iss", _) => EVIL.into(),
                ("code", _) => self.told_code(told, value)?,
                ("state", _) => self.told_of(told, name, value)?,
                (_, value) => value.into(),
            };
            fields.push((name, value));
        }
        Ok(format!("{CALLBACK}?{}", query(&fields)))
    }

    fn told_code(&self, told: &Scene, code: &str) -> Said<String> {
        let code = self.server.text(code);
        let mut known =
            told.codes.iter().filter(|(it, message)| *it == code && told.sees(*message));
        known.next().map(|(_, it)| format!("{{{{{it}.code}}}}")).ok_or_else(|| unseen("code"))
    }

    fn tell_answer(&self, told: &mut Scene, slot: usize, says: Option<Forged>) -> Said {
        let message = told.brought[slot].ok_or("nobody waits for that answer")?;
        let id_token = match says {
            None => String::new(),
            Some(Forged { iss, sub, nonce }) => {
                let iss = if iss == At::Honest { AS } else { EVIL };
                let now = told.world.view().now / 1000;
                let nonce = match nonce {
                    None => String::new(),
                    Some(slot) => {
                        let value = self.app.parameter(slot, "nonce");
                        format!(r#","nonce":"{}""#, self.told_of(told, "nonce", &value)?)
                    }
                };
                let (sub, exp) = (who(sub).subject(), now + 3600);
                let claims = format!(
                    r#"{{"iss":"{iss}","sub":"{sub}","aud":"{CLIENT_ID}","iat":{now},"exp":{exp}{nonce}}}"#
                );
                told.does(Input::Forge { name: "identity".into(), alg: "EdDSA".into(), claims })?;
                r#","id_token":"{{forged.identity}}""#.to_owned()
            }
        };
        let body = format!(
            r#"{{"access_token":"made-up","token_type":"Bearer","expires_in":3600{id_token}}}"#
        );
        told.serves("/token", "application/json", &body)?;
        told.does(Input::Deliver { message })
    }

    fn tell_redemption(&self, told: &mut Scene, request: Id<Request>) -> Said {
        let request = self.server.host.requests.get(request);
        let form = Form::parse(&request.body).unwrap();
        let header = request.headers.first("authorization").and_then(|it| parse_basic(it).ok());
        let kind = ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned());
        let mut headers = vec![kind];
        let mut fields = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("redirect_uri", address(form.field("redirect_uri"))?.to_owned()),
            ("code", self.told_code(told, form.field("code"))?),
        ];
        match header {
            // World's app of the attacker is a page, and has no secret.
            Some((id, _)) if id == cast::EVIL_APP => fields.push(("client_id", EVIL_CLIENT.into())),
            Some((id, said)) => {
                let is_right = said.expose() == cast::secret(&id).expose();
                let secret = if is_right { WEAK_SECRET } else { "made up" };
                let value = basic(CLIENT_ID, &grantflow::secret::Secret::new(secret));
                headers.push(("authorization".into(), value));
            }
            None => fields.push(("client_id", client(form.field("client_id")).into())),
        }
        match form.field("code_verifier") {
            "" => {}
            verifier if verifier == own() => {
                fields.push(("code_verifier", script::VERIFIER.into()));
            }
            verifier => {
                let mut slots = 0..told.brought.len();
                let slot = slots.find(|slot| self.app.verifier(*slot) == verifier);
                let place = slot.and_then(|slot| told.brought[slot]);
                let place = place.ok_or_else(|| unseen("code_verifier"))?;
                fields.push(("code_verifier", format!("{{{{{place}.code_verifier}}}}")));
            }
        }
        let (method, url) = ("POST".into(), format!("{AS}{}", path::TOKEN));
        let request = SentRequest { method, url, headers, body: query(&fields) };
        told.does(Input::Send { request })
    }
}

const fn who(person: Person) -> Who {
    match person {
        Person::Alice => Who::Alice,
        Person::Mallory => Who::Eve,
    }
}

fn own() -> String {
    cast::verifier(super::attacker::OWN)
}

fn client(name: &str) -> &'static str {
    if name == cast::APP { CLIENT_ID } else { EVIL_CLIENT }
}

fn address(uri: &str) -> Said<&'static str> {
    match uri {
        cast::CALLBACK => Ok(CALLBACK),
        cast::EVIL_CALLBACK => Ok(EVIL_CALLBACK),
        _ => Err("World's app has no leaky page".into()),
    }
}

fn unseen(name: &str) -> String {
    format!("the attacker knows a `{name}` that was in no message he could see in World")
}

/// Fields as a query or a form. What is in `{{ }}` stays as it is.
fn query(fields: &[(&str, String)]) -> String {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, it)| (*name, it.as_str())).collect();
    script::query(&fields)
}

/// An act as the name of a place in a trace.
fn short(act: &str) -> String {
    let most = grantflow_world::limits::LONGEST_NAME;
    let text = act.replace("Mallory", "Eve").replace(".test", ".example");
    if text.len() <= most {
        return text;
    }
    let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at < most - 4).last();
    let cut = text.get(..end.unwrap_or(0)).unwrap_or_default();
    format!("{} …", cut.rsplit_once(' ').map_or(cut, |(before, _)| before))
}
