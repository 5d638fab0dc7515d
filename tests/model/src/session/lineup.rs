//! How many tabs, how the clock goes, and what may go wrong.

use std::time::Duration;

use grantflow::server::{Policy, path};
use grantflow::uri::Issuer;

use crate::book::{Book, Memo};
use crate::cast::{APP, CALLBACK, HONEST, Proof, Sender, app, form_to};
use crate::defence::{Defence, Defences};
use crate::host::{Flight, Host};
use crate::race::{Facts, Stage};
use crate::shelf::Honest;

use super::user::User;
use super::{Left, Tabs};

/// A session that is looked at as a whole.
#[derive(Clone, Copy)]
pub(crate) struct Lineup {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(super) tabs: usize,
    pub(super) clock: &'static [u32],
    pub(super) left: Left,
    pub(crate) removable: Defences,
    pub(crate) limits: &'static [&'static str],
}

/// The access token lives for 300 seconds, a spent refresh token gets its answer again for 10.
pub(crate) fn lineups(is_deep: bool) -> Vec<Lineup> {
    let tabs = Lineup {
        name: "session",
        about: "two tabs of one session whose token is too old; answers get lost, the server stumbles",
        tabs: if is_deep { 3 } else { 2 },
        clock: if is_deep { &[295, 300, 304] } else { &[300, 304] },
        left: Left { wants: 2, faults: 2, closed: 0, refusals: 0, ends: 0, backs: 0 },
        removable: Defences::of(&[Defence::Shared, Defence::Again]),
        limits: &[],
    };
    vec![
        tabs,
        Lineup {
            name: "session, refused",
            about: "two tabs, an API that calls a token invalid, and a user who signs out elsewhere",
            clock: &[100, 104],
            left: Left { faults: 1, refusals: 1, ends: 1, ..tabs.left },
            removable: Defences::NONE,
            ..tabs
        },
        Lineup {
            name: "session, back",
            about: "two tabs, and a clock that jumps back",
            clock: &[296, 300],
            left: Left { faults: 0, backs: 1, ..tabs.left },
            removable: Defences::NONE,
            ..tabs
        },
        Lineup {
            name: "limit: a closed tab",
            about: "a tab is closed while its refresh is under way, and the next request comes when the server's grace is over",
            clock: &[300, 330],
            left: Left { faults: 0, closed: 1, wants: 1, ..tabs.left },
            removable: Defences::NONE,
            limits: &["no replay", "staying signed in"],
            ..tabs
        },
    ]
}

impl Lineup {
    /// The tabs without these defences.
    pub(crate) fn tabs(&self, off: Defences) -> Tabs {
        let grace = if off.has(Defence::Again) { 0 } else { 10 };
        let policy = Policy {
            access_token_lifetime: Duration::from_secs(300),
            refresh_lifetime: Duration::from_secs(1000),
            refresh_grace: Duration::from_secs(grace),
            ..Policy::new(Issuer::parse(HONEST).unwrap())
        };
        let host = Host::new(policy, &[app(Proof::Secret, &[CALLBACK])]);
        let (first, start, end) = {
            let stage = Stage::set(&host, Proof::Secret, "offline_access");
            let mut store = Honest { host: &host, shelf: stage.shelf.clone() };
            let request = stage.first(0);
            let tokens = host.run(Flight::new(request, 3, 0), &mut store);
            let first = host.ends.get(tokens).tokens().unwrap();
            let token = first.refresh_token.as_ref().unwrap().expose();
            let end = form_to(path::REVOKE, Sender::Proved(APP), &[("token", token)]);
            (first, store.shelf, host.requests.id(end))
        };
        Tabs {
            lineup: *self,
            facts: Facts::new(Sender::Proved(APP)),
            user: User::new(first),
            start,
            end,
            is_split: off.has(Defence::Shared),
            looks: Book::new(),
            alone: Memo::new(),
            host,
        }
    }
}
