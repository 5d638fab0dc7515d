//! Tabs of one browser and their server, as one value.

mod aiming;
mod ends;
mod keys;
mod leaving;
mod look;
mod lost;
mod orders;
mod past;
mod proving;
mod rules;
mod search;
mod server;
mod sharing;
mod trips;
mod user;

use alloc::borrow::ToOwned as _;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use self::server::{Server, described};
use super::state::Live;
use super::tabs::{self, Kept};
use super::{
    Area, Delivery, Effect, Fault, How, Id, Input, Machine, Now, Settled, Snapshot, Ticket,
};
use crate::client::callback::LONGEST_LOGIN;
use crate::client::resource::Tokens;
use crate::client::testing::{profile, tokens};
use crate::client::{Asked, Client, ProofKey, ReturnTo, Seed};
use crate::entropy::Entropy;
use crate::scope::ScopeSet;
use crate::secret::Secret;
use crate::time::UnixTime;
use crate::uri::RedirectUri;
use crate::wire::form::Form;
use crate::wire::http::Request;

const NOW: u64 = 1_700_000_000;
const HOME: &str = "https://app.test/cb";
const RELAY: &str = "https://app.test/relay";
const LIFE: Duration = Duration::from_secs(30);

#[derive(Debug)]
struct Tab {
    machine: Machine,
    is_open: bool,
    session: BTreeMap<String, String>,
    url: String,
    left: Vec<(How, String)>,
    settled: Vec<(Ticket, Result<Settled, Fault>)>,
    inbox: VecDeque<Secret>,
    http: Vec<(Id, Request)>,
    /// What a store that takes its time is still to do.
    errands: VecDeque<Effect>,
    /// The keys that it has signed with.
    used: BTreeSet<String>,
    wake: Option<Duration>,
    emits: usize,
    tickets: u32,
}

#[derive(Debug)]
struct World {
    tabs: Vec<Tab>,
    /// How many were opened.
    pages: u8,
    local: BTreeMap<String, String>,
    cookies: BTreeMap<String, String>,
    denied: Vec<Area>,
    /// The store that takes its time.
    slow: Option<Area>,
    lock: Option<usize>,
    queue: VecDeque<(usize, Id)>,
    server: Server,
    /// Whether pages prove keys, and take no tokens without.
    proves: Option<bool>,
    /// The keys that all tabs have, each with when it was made; how many were, and whether any more
    /// are.
    keys: BTreeMap<String, u64>,
    made: u8,
    makes: bool,
    /// Whether whoever has them takes their time.
    keys_are_slow: bool,
    /// How many words were told.
    said: usize,
    wall: u64,
    mono: Duration,
}

impl World {
    fn new(keep: Option<Area>, tabs: usize) -> Self {
        let mut world = Self {
            tabs: Vec::new(),
            pages: 0,
            local: BTreeMap::new(),
            cookies: BTreeMap::new(),
            denied: Vec::new(),
            slow: None,
            lock: None,
            queue: VecDeque::new(),
            server: Server::new(),
            proves: None,
            keys: BTreeMap::new(),
            made: 0,
            makes: true,
            keys_are_slow: false,
            said: 0,
            wall: NOW,
            mono: Duration::ZERO,
        };
        for _ in 0..tabs {
            world.open(keep);
        }
        world
    }

    fn open(&mut self, keep: Option<Area>) -> usize {
        let mut machine = Machine::new(profile(), RedirectUri::parse(RELAY).ok(), keep);
        if let Some(is_required) = self.proves {
            machine = machine.proving(is_required, self.seed());
        }
        self.tabs.push(Tab {
            machine,
            is_open: true,
            session: BTreeMap::new(),
            url: HOME.into(),
            left: Vec::new(),
            settled: Vec::new(),
            inbox: VecDeque::new(),
            http: Vec::new(),
            errands: VecDeque::new(),
            used: BTreeSet::new(),
            wake: None,
            emits: 0,
            tickets: 0,
        });
        self.tabs.len() - 1
    }

    /// The page is loaded anew in the same tab.
    fn reload(&mut self, tab: usize, url: &str, keep: Option<Area>) {
        self.load(tab, url, keep);
        self.start(tab);
    }

    /// The same, as far as the app has not begun.
    fn load(&mut self, tab: usize, url: &str, keep: Option<Area>) {
        let there = self.open(keep);
        let mut new = self.tabs.swap_remove(there);
        new.session = core::mem::take(&mut self.tabs[tab].session);
        new.url = url.into();
        self.tabs[tab] = new;
    }

    fn now(&self) -> Now {
        Now { wall: UnixTime::from_secs(self.wall), mono: self.mono }
    }

    fn pass(&mut self, seconds: u64) {
        self.wall += seconds;
        self.server.now += seconds;
        self.mono += Duration::from_secs(seconds);
    }

    fn ticket(&mut self, tab: usize) -> Ticket {
        self.tabs[tab].tickets += 1;
        Ticket(self.tabs[tab].tickets)
    }

    fn feed(&mut self, tab: usize, input: Input) {
        let now = self.now();
        self.tabs[tab].machine.handle(now, input);
        while let Some(effect) = self.tabs[tab].machine.poll() {
            self.perform(tab, effect);
        }
    }

    fn start(&mut self, tab: usize) -> Ticket {
        let ticket = self.ticket(tab);
        let mut names = Vec::new();
        for (area, records) in [
            (Area::Session, &self.tabs[tab].session),
            (Area::Local, &self.local),
            (Area::Cookie, &self.cookies),
        ] {
            names.extend(records.keys().map(|name| (area, name.clone())));
        }
        let href = Secret::new(self.tabs[tab].url.clone());
        self.feed(tab, Input::Start { ticket, href, names });
        ticket
    }

    fn records(&mut self, tab: usize, area: Area) -> &mut BTreeMap<String, String> {
        match area {
            Area::Session => &mut self.tabs[tab].session,
            Area::Local | Area::App => &mut self.local,
            Area::Cookie => &mut self.cookies,
        }
    }

    fn perform(&mut self, tab: usize, effect: Effect) {
        assert!(!format!("{effect:?}").contains("rt "), "a token prints: {effect:?}");
        let errands = &mut self.tabs[tab].errands;
        // Who has the lock next is to find what was stored with it.
        let is_slow = self.slow.is_some_and(|area| is_of(area, &effect))
            || self.keys_are_slow && matches!(effect, Effect::MakeKey(_) | Effect::Sign { .. });
        let waits = is_slow || matches!(effect, Effect::Unlock) && !errands.is_empty();
        if waits { errands.push_back(effect) } else { self.do_now(tab, effect) }
    }

    /// The store has done what was next.
    fn store(&mut self, tab: usize) -> bool {
        let Some(effect) = self.tabs[tab].errands.pop_front() else { return false };
        self.do_now(tab, effect);
        true
    }

    fn do_now(&mut self, tab: usize, effect: Effect) {
        match effect {
            Effect::Http { id, request, .. } => {
                let body = String::from_utf8(request.body.clone()).unwrap();
                let twin = |(_, other): &(Id, Request)| {
                    body.contains("refresh_token=") && other.body == request.body
                };
                let is_live = self.tabs.iter().any(|tab| tab.http.iter().any(twin));
                assert!(!is_live || request.url.ends_with("revoke"), "sent twice at once: {body}");
                self.tabs[tab].http.push((id, request));
            }
            Effect::Read(id, area, name) => {
                let value = self.records(tab, area).get(&name).map(Secret::new);
                self.feed(tab, Input::Took(id, value));
            }
            Effect::Take(id, area, name) => {
                let value = self.records(tab, area).remove(&name).map(Secret::new);
                self.feed(tab, Input::Took(id, value));
            }
            Effect::Put(id, area, name, value) => {
                let is_stored = !self.denied.contains(&area);
                if is_stored {
                    self.records(tab, area).insert(name, value.expose().into());
                }
                self.feed(tab, Input::Stored(id, is_stored));
            }
            Effect::Forget(area, name) => drop(self.records(tab, area).remove(&name)),
            Effect::Lock(id) => self.queue.push_back((tab, id)),
            Effect::Unlock => {
                assert_eq!(self.lock, Some(tab), "let go of what is not held");
                self.lock = None;
            }
            Effect::Verify { id, .. } => {
                let is_good = self.server.good_signature;
                self.feed(tab, Input::Verified(id, is_good));
            }
            Effect::MakeKey(id) => {
                let key = self.makes.then(|| self.make_key());
                self.feed(tab, Input::KeyMade(id, key));
            }
            Effect::Sign { id, jwk, .. } => {
                // A page that has used a key has it still.
                let has_key = self.keys.contains_key(&jwk) || self.tabs[tab].used.contains(&jwk);
                let signature = has_key.then(|| b"signature".to_vec());
                if has_key {
                    self.tabs[tab].used.insert(jwk);
                }
                self.feed(tab, Input::Signed(id, signature));
            }
            Effect::DropKey(jwk) => {
                self.keys.remove(&jwk);
                self.tabs[tab].used.remove(&jwk);
            }
            Effect::DropOldKeys(jwk) => {
                let old = self.wall.saturating_sub(LONGEST_LOGIN.as_secs());
                self.keys.retain(|key, made| Some(key) == jwk.as_ref() || *made > old);
            }
            Effect::Navigate(how, _, url) => {
                self.tabs[tab].left.push((how, url.expose().into()));
            }
            Effect::ReplaceUrl(url) => {
                let origin = if url.starts_with('/') { "https://app.test" } else { "" };
                self.tabs[tab].url = format!("{origin}{url}");
            }
            Effect::Tell(word) => {
                self.said += 1;
                for (other, there) in self.tabs.iter_mut().enumerate() {
                    if other != tab && there.is_open {
                        there.inbox.push_back(word.clone());
                    }
                }
            }
            Effect::WakeAt(at) => self.tabs[tab].wake = Some(at),
            Effect::Emit => self.tabs[tab].emits += 1,
            Effect::Settle(ticket, result) => {
                let settled = &mut self.tabs[tab].settled;
                assert!(!settled.iter().any(|(there, _)| *there == ticket), "settled twice");
                settled.push((ticket, result));
            }
        }
    }

    fn grant(&mut self) -> bool {
        if self.lock.is_some() {
            return false;
        }
        let Some((tab, id)) = self.queue.pop_front() else { return false };
        self.lock = Some(tab);
        self.feed(tab, Input::Locked(id));
        true
    }

    fn deliver(&mut self, tab: usize) -> bool {
        let Some(word) = self.tabs[tab].inbox.pop_front() else { return false };
        self.feed(tab, Input::Heard(word));
        true
    }

    fn answer(&mut self, tab: usize) -> bool {
        if self.tabs[tab].http.is_empty() {
            return false;
        }
        let (id, request) = self.tabs[tab].http.remove(0);
        let response = self.server.serve(&request);
        self.feed(tab, Input::Http(id, Ok(response)));
        true
    }

    fn lose(&mut self, tab: usize, delivery: Delivery, arrives: bool) {
        let (id, request) = self.tabs[tab].http.remove(0);
        if arrives {
            self.server.serve(&request);
        }
        self.feed(tab, Input::Http(id, Err(delivery)));
    }

    fn close(&mut self, tab: usize) {
        self.tabs[tab].is_open = false;
        self.tabs[tab].http.clear();
        self.tabs[tab].inbox.clear();
        self.tabs[tab].errands.clear();
        self.queue.retain(|(there, _)| *there != tab);
        self.lock = self.lock.filter(|there| *there != tab);
    }

    /// Everything happens that can, in order, but for time.
    fn run(&mut self) {
        for _ in 0..200 {
            let mut is_busy = self.grant();
            for tab in 0..self.tabs.len() {
                is_busy |= self.answer(tab) || self.deliver(tab) || self.store(tab);
            }
            if !is_busy {
                return;
            }
        }
        panic!("it never ends");
    }

    /// The same, and nobody waits for a limit in vain.
    fn run_out(&mut self) {
        self.run();
        let soon = self.mono + Duration::from_secs(15);
        for tab in 0..self.tabs.len() {
            if self.tabs[tab].wake.is_some_and(|at| at <= soon) {
                self.mono = self.mono.max(self.tabs[tab].wake.take().unwrap());
                self.feed(tab, Input::Tick);
                self.run();
            }
        }
    }
}

fn is_of(store: Area, effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Read(_, area, _)
            | Effect::Take(_, area, _)
            | Effect::Put(_, area, ..)
            | Effect::Forget(area, _) if *area == store
    )
}
