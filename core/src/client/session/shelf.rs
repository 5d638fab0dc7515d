//! The names of what outlives the page, and what they tell without a look inside.
//!
//! `grantflow.OWNER.login.BORN.KEY` waits for its callback, `done` in place of `login` is the
//! receipt of one that was finished, and `fail` with an error's code in place of `KEY` one that came to
//! nothing. The owner is one client of one server; they share storage with others.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::input::Area;
use super::state::SLEEP;
use crate::client::callback::{AcceptError, LONGEST_LOGIN, storage_key, storage_key_of};
use crate::client::profile::Profile;
use crate::text::{cut, number, push_digits, until};
use crate::time::UnixTime;

/// What the names of all records begin with.
pub const PREFIX: &str = "grantflow.";

/// How long a callback that is opened again is known to be done.
pub const RECEIPT_LIFE: Duration = Duration::from_secs(10 * 60);

/// Most logins that wait at once; the oldest goes.
pub const MOST_LOGINS: usize = 20;

/// Of these in cookies: every request to the app carries them, and servers take so much and no more.
const MOST_LOGINS_IN_COOKIES: usize = 2;

/// So many logins may come to nothing within [`LOOP_WINDOW`].
pub const MOST_VAIN_LOGINS: usize = 2;

/// See [`MOST_VAIN_LOGINS`].
pub const LOOP_WINDOW: Duration = Duration::from_secs(60);

/// After that, no record of a login is of use to anyone.
const LONGEST_RECORD: Duration = Duration::from_secs(25 * 60);

#[derive(Debug)]
pub(super) struct Shelf {
    owner: String,
    names: Vec<(Area, String)>,
    /// Logins that this page began, and has not left for.
    begun: Vec<String>,
}

/// What the page was opened with.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Arrival {
    /// Nothing of ours.
    Nothing,
    /// The answer to a login that waits or is done.
    Ours(Place),
    /// An answer that belongs to no login; whether it is for this page.
    Stray(AcceptError, bool),
}

/// Where the record of a login is, and of what came of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Place {
    pub(super) area: Area,
    /// Where the login waits.
    pub(super) login: String,
    /// Where its receipt is.
    pub(super) done: String,
    pub(super) key: String,
    pub(super) born: UnixTime,
}

/// What a name tells.
struct Parts<'n> {
    owner: &'n str,
    kind: &'n str,
    born: UnixTime,
    tail: &'n str,
}

fn parts(name: &str) -> Option<Parts<'_>> {
    let (_, rest) = cut(name, b'.')?;
    let (owner, rest) = cut(rest, b'.')?;
    let (kind, rest) = cut(rest, b'.')?;
    let (born, tail) = cut(rest, b'.')?;
    Some(Parts { owner, kind, born: UnixTime::from_secs(number(born)?), tail })
}

impl Shelf {
    pub(super) fn of(profile: &Profile) -> Self {
        let mut both = profile.issuer().as_str().to_owned();
        both.push(' ');
        both.push_str(profile.client_id());
        Self { owner: storage_key(&both), names: Vec::new(), begun: Vec::new() }
    }

    pub(super) fn fill(&mut self, names: Vec<(Area, String)>) {
        self.names = names;
    }

    /// The name of the one record of its kind.
    pub(super) fn name(&self, kind: &str) -> String {
        let mut name = PREFIX.to_owned();
        name.push_str(&self.owner);
        name.push('.');
        name.push_str(kind);
        name
    }

    fn full(&self, kind: &str, born: UnixTime, tail: &str) -> String {
        let mut name = self.name(kind);
        name.push('.');
        push_digits(&mut name, born.as_secs());
        name.push('.');
        name.push_str(tail);
        name
    }

    pub(super) fn place(&self, area: Area, born: UnixTime, key: &str) -> Place {
        let (login, done) = (self.full("login", born, key), self.full("done", born, key));
        Place { area, login, done, key: key.to_owned(), born }
    }

    pub(super) fn fail(&self, born: UnixTime, code: &str) -> String {
        self.full("fail", born, code)
    }

    pub(super) fn add(&mut self, area: Area, name: String) {
        if !self.names.iter().any(|known| known.0 == area && known.1 == name) {
            self.names.push((area, name));
        }
    }

    /// Adds a login that this page is about to leave for.
    pub(super) fn begin(&mut self, area: Area, name: String) {
        self.begun.push(name.clone());
        self.add(area, name);
    }

    pub(super) fn drop(&mut self, gone: &str) {
        while let Some(at) = self.names.iter().position(|(_, name)| name == gone) {
            self.names.swap_remove(at);
        }
    }

    pub(super) fn has(&self, wanted: &str) -> bool {
        self.names.iter().any(|(_, name)| name == wanted)
    }

    fn all(&self) -> Vec<(Area, Parts<'_>)> {
        let mut all = Vec::new();
        for (area, name) in &self.names {
            if let Some(parts) = parts(name) {
                all.push((*area, parts));
            }
        }
        all
    }

    fn ours(&self) -> Vec<(Area, Parts<'_>)> {
        let mut ours = Vec::new();
        for (area, parts) in self.all() {
            if parts.owner == self.owner {
                ours.push((area, parts));
            }
        }
        ours
    }

    fn waits(&self) -> bool {
        self.ours().iter().any(|(_, parts)| parts.kind == "login")
    }

    /// Forgets what is too old to be of use.
    pub(super) fn sweep(&mut self, now: UnixTime) -> Vec<(Area, String)> {
        let mut gone = Vec::new();
        self.names.retain(|(area, name)| {
            let stays = parts(name).is_none_or(|Parts { kind, born, .. }| {
                let life = if kind == "login" { LONGEST_LOGIN } else { LONGEST_RECORD };
                is_within(life, born, now)
            });
            if !stays {
                gone.push((*area, name.clone()));
            }
            stays
        });
        gone
    }

    /// Forgets the oldest of too many logins, to make room for one more in this area.
    pub(super) fn make_room(&mut self, area: Area) -> Vec<(Area, String)> {
        let in_cookies = area == Area::Cookie;
        let most = if in_cookies { MOST_LOGINS_IN_COOKIES } else { MOST_LOGINS };
        let mut gone = Vec::new();
        loop {
            let (mut count, mut oldest) = (0, None::<(Area, Parts<'_>)>);
            for (area, parts) in self.ours() {
                if parts.kind != "login" || (area == Area::Cookie) != in_cookies {
                    continue;
                }
                count += 1;
                if oldest.as_ref().is_none_or(|(_, other)| parts.born < other.born) {
                    oldest = Some((area, parts));
                }
            }
            let Some((area, login)) = oldest.filter(|_| count >= most) else { return gone };
            let place = self.place(area, login.born, login.tail);
            self.drop(&place.login);
            gone.push((place.area, place.login));
        }
    }

    /// What the last of too many logins ended with, if another would be one too many.
    pub(super) fn looped(&self, now: UnixTime) -> Option<String> {
        let ours = self.ours();
        let mut last = None;
        for (_, parts) in &ours {
            if parts.kind == "done" {
                last = last.max(Some(parts.born));
            }
        }
        let (mut count, mut failed) = (0, None);
        for (_, Parts { kind, born, tail, .. }) in &ours {
            if *kind == "done" || !is_within(LOOP_WINDOW, *born, now) || Some(*born) <= last {
                continue;
            }
            // A page that is still there is in no loop: the user stayed on it, or came back.
            if !self.begun.contains(&self.full(kind, *born, tail)) {
                count += 1;
            }
            if *kind == "fail" {
                failed = failed.max(Some((*born, *tail)));
            }
        }
        if count < MOST_VAIN_LOGINS {
            return None;
        }
        Some(failed.map_or("aborted", |(_, code)| code).to_owned())
    }

    /// What `href` has to do with the logins of this client, if it is the page where answers come.
    ///
    /// Anybody can open the page with any query, and the app may have a `code` of its own: what is
    /// not the answer to a login of ours is left where it is.
    pub(super) fn arrival(&self, href: &str, redirect_uri: &str) -> Arrival {
        let (page, rest) = until(href, b"?#");
        if !is_same_page(page, until(redirect_uri, b"?#").0) {
            return Arrival::Nothing;
        }
        let (query, fragment) = until(rest, b"#");
        let has = |text, name| !values(text, name).is_empty();
        let is_answer = has(query, "code") || has(query, "error");
        let is_in_fragment = has(fragment, "state") && self.waits();
        if !is_answer && !is_in_fragment {
            return Arrival::Nothing;
        }
        let mut keys = Vec::new();
        for part in [query, fragment] {
            for state in values(part, "state") {
                keys.push(storage_key(state));
            }
        }
        // Without `state`, it is ours only if we wait for one.
        if keys.is_empty() && !self.waits() {
            return Arrival::Nothing;
        }
        for (area, Parts { owner, kind, born, tail }) in self.all() {
            if kind == "fail" || !keys.iter().any(|key| key == tail) {
                continue;
            }
            return if owner == self.owner {
                Arrival::Ours(self.place(area, born, tail))
            } else {
                Arrival::Nothing
            };
        }
        if !is_answer {
            return Arrival::Nothing;
        }
        let error = storage_key_of(query).err().unwrap_or(AcceptError::WrongState);
        Arrival::Stray(error, keys.is_empty())
    }
}

/// Whether something is younger than `life`. What was born long after `now` was so by a clock that
/// was wrong, and tells nothing; pages differ by a moment in what time it is.
pub(super) fn is_within(life: Duration, born: UnixTime, now: UnixTime) -> bool {
    born <= now + SLEEP && now.since(born) < life
}

/// A URL of an origin alone has the path `/`, as browsers say it.
fn is_same_page(one: &str, other: &str) -> bool {
    let page = |url: &str| url.len() - usize::from(url.ends_with('/'));
    one.get(..page(one)) == other.get(..page(other))
}

/// The values of `name` as they were sent; a strict reader comes later.
fn values<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let mut values = Vec::new();
    let mut rest = text.get(1..).unwrap_or_default();
    while !rest.is_empty() {
        let (pair, more) = until(rest, b"&");
        rest = more.get(1..).unwrap_or_default();
        let (found, value) = cut(pair, b'=').unwrap_or((pair, ""));
        if found == name {
            values.push(value);
        }
    }
    values
}
