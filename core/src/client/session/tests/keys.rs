//! A key for each login: made when the user sets out, gone with what is bound to it.

use super::search::{Act, Budget, Choice, Run, Scenario, walk};
use super::*;
use crate::base64url;

impl World {
    /// One tab of an app whose tokens the server binds.
    pub(super) fn binding(is_required: bool, keep: Option<Area>) -> Self {
        let mut world = Self::new(keep, 0);
        world.proves = Some(is_required);
        world.open(keep);
        world.server.binds = true;
        world.start(0);
        world
    }

    /// Other bytes for each page.
    pub(super) fn seed(&mut self) -> Entropy {
        self.pages += 1;
        Entropy::new([self.pages; 32])
    }

    pub(super) fn make_key(&mut self) -> String {
        self.made += 1;
        let key = jwk(self.made);
        self.keys.insert(key.clone(), self.wall);
        key
    }

    /// The one that there is.
    pub(super) fn key(&self) -> ProofKey {
        assert_eq!(self.keys.len(), 1);
        ProofKey::parse(self.keys.keys().next().unwrap(), true).unwrap()
    }
}

fn jwk(number: u8) -> String {
    format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64url::encode([number; 32]))
}

/// One that no login has.
pub(super) fn any_key(is_required: bool) -> ProofKey {
    ProofKey::parse(&jwk(u8::MAX), is_required).unwrap()
}
#[test]
fn tokens_whose_key_is_gone_are_not_taken_up_again() {
    let mut world = World::binding(false, Some(Area::Local));
    world.sign_in(0, Some(Area::Local));
    world.reload(0, HOME, Some(Area::Local));
    assert!(world.is_in(0) && world.tabs[0].machine.is_bound());
    let keys = core::mem::take(&mut world.keys);
    for proves in [Some(false), None] {
        world.proves = proves;
        world.reload(0, HOME, Some(Area::Local));
        world.run_out();
        assert_eq!((world.status(0), world.code(0)), ("storage-lost", Some("dpop_key_lost")));
    }
    (world.keys, world.proves) = (keys, Some(false));
    world.reload(0, HOME, Some(Area::Local));
    assert!(world.is_in(0), "the key is there again");
}

#[test]
fn where_a_key_is_required_tokens_without_one_are_not_taken_up() {
    let keep = Some(Area::Local);
    let mut world = World::new(keep, 1);
    world.start(0);
    world.sign_in(0, keep);
    world.proves = Some(false);
    world.reload(0, HOME, keep);
    assert!(world.is_in(0));
    world.proves = Some(true);
    world.reload(0, HOME, keep);
    world.run_out();
    assert_eq!((world.status(0), world.code(0)), ("storage-lost", Some("dpop_key_lost")));
}

#[test]
fn tabs_share_tokens_and_keys_and_one_that_proves_none_takes_none() {
    let mut world = World::binding(true, None);
    world.sign_in(0, None);
    let second = world.open(None);
    world.start(second);
    world.run_out();
    assert!(world.is_in(second));
    let ticket = world.ticket(second);
    let (method, url) = ("GET".into(), "https://api.test/".into());
    world.feed(second, Input::Prove { ticket, method, url, token: Secret::new("at0") });
    assert!(world.end(second, ticket).contains('.'), "it has the key, too");
    world.proves = None;
    let third = world.open(None);
    world.start(third);
    world.run_out();
    assert!(!world.is_in(third));
    // Both are signed in then, one without a key, and neither corrects the other.
    world.server.binds = false;
    world.sign_in(third, None);
    assert!(world.is_in(0) && world.is_in(second) && world.is_in(third));
    assert!(world.tabs.iter().all(|tab| tab.inbox.is_empty()));
}

#[test]
fn tokens_that_went_on_with_a_key_are_not_sent_again_without_it() {
    let keep = Some(Area::Local);
    let mut world = World::new(keep, 1);
    world.start(0);
    world.sign_in(0, keep);
    let live = world.tabs[0].machine.live.as_ref().unwrap();
    let mut kept = Kept::decode(tabs::record(live).expose(), &profile()).unwrap();
    kept.turn += 1;
    kept.tokens.key = Some(any_key(false));
    let theirs = tabs::record(&Live::of(kept)).expose().to_string();
    let (_, name) = world.tabs[0].machine.common();
    world.local.insert(name.clone(), theirs.clone());
    world.pass(4000);
    let ticket = world.token(0);
    world.run();
    assert_eq!((world.end(0, ticket).as_str(), world.status(0)), ("session_gone", "storage-lost"));
    assert_eq!((world.local.get(&name), world.lock), (Some(&theirs), None));
    assert_eq!(world.server.turn, 0, "nothing was sent");
}

#[test]
fn each_login_has_a_key_of_its_own_and_the_last_one_goes() {
    let keep = Some(Area::Local);
    let mut world = World::binding(false, keep);
    world.sign_in(0, keep);
    let first = world.key();
    world.sign_in(0, keep);
    assert_eq!(world.keys.len(), 2, "whoever is under way has what is so new");
    world.pass(LONGEST_LOGIN.as_secs());
    world.sign_in(0, keep);
    let last = world.key();
    assert_eq!(world.made, 3);
    world.pass(4000);
    let ticket = world.token(0);
    world.run();
    assert_eq!(world.end(0, ticket), "at1");
    let used: Vec<_> = world.server.proofs.iter().map(|proof| proof.key.thumbprint()).collect();
    assert_eq!((used[0], used.len()), (first.jkt(), 4));
    assert!(used[1] != first.jkt() && used[1] != last.jkt());
    assert_eq!(used[2..], [last.jkt(), last.jkt()]);
}

#[test]
fn who_signs_out_leaves_no_key_behind_and_a_login_under_way_elsewhere_keeps_its_own() {
    let keep = Some(Area::Local);
    let mut world = World::binding(false, keep);
    world.sign_in(0, keep);
    let second = world.open(keep);
    world.start(second);
    world.run_out();
    let url = world.leave(second);
    assert_eq!(world.keys.len(), 2);
    world.pass(5);
    let ticket = world.ticket(0);
    world.feed(0, Input::Logout { ticket, everywhere: false, page: None });
    world.run();
    assert_eq!((world.end(0, ticket).as_str(), world.keys.len()), ("done", 1));
    world.server.is_revoked = false;
    world.reload(second, &url, keep);
    world.run();
    assert!(world.is_in(second) && world.tabs[second].machine.is_bound());
    assert_eq!(world.keys.len(), 1);
}

#[test]
fn a_window_has_a_key_of_its_own_and_the_page_takes_it_over() {
    let mut world = World::binding(true, None);
    world.sign_in(0, None);
    world.pass(LONGEST_LOGIN.as_secs());
    let ticket = world.login(0, How::Popup);
    world.run();
    assert_eq!(world.keys.len(), 2);
    let url = world.consent(0);
    world.feed(0, Input::Relayed(Secret::new(url)));
    world.run();
    assert_eq!(world.end(0, ticket), "done");
    let tokens = world.tabs[0].machine.live.as_ref().unwrap().session.tokens();
    assert_eq!(tokens.key, Some(world.key()));
}

#[test]
fn a_login_that_is_given_up_while_its_key_is_made_does_not_leave() {
    let end = |input: fn(Ticket) -> Input| {
        let mut world = World::binding(false, None);
        world.sign_in(0, None);
        world.makes_late = true;
        let left = world.tabs[0].left.len();
        let ticket = world.login(0, How::Page);
        let id = world.late.expect("a key is made");
        let other = world.ticket(0);
        world.feed(0, input(if matches!(input(other), Input::Cancel(_)) { ticket } else { other }));
        let key = world.make_key();
        world.feed(0, Input::KeyMade(id, Some(key.clone())));
        world.run();
        assert_eq!(world.tabs[0].left.len(), left);
        assert!(!world.keys.contains_key(&key));
        (world.end(0, ticket), world.status(0))
    };
    assert_eq!(end(Input::Cancel), ("aborted".into(), "in"));
    let out = |ticket| Input::Logout { ticket, everywhere: false, page: None };
    assert_eq!(end(out), ("aborted".into(), "user"));
}

#[test]
fn where_no_key_can_be_kept_the_login_goes_without_or_says_so() {
    let mut world = World::binding(true, None);
    world.makes = false;
    let ticket = world.login(0, How::Page);
    world.run();
    assert_eq!(world.end(0, ticket), "storage_denied");
    assert_eq!(world.tabs[0].machine.fault().and_then(Fault::subject), Some("dpop"));
    assert!(world.tabs[0].left.is_empty());

    let mut world = World::binding(false, None);
    world.makes = false;
    world.login(0, How::Page);
    world.run();
    let (_, url) = world.tabs[0].left.last().unwrap();
    assert!(!url.contains("dpop_jkt"), "{url}");
}

#[test]
fn however_tabs_interleave_whoever_is_in_has_the_key() {
    const ACTS: &[(usize, Act)] = &[(0, Act::Token), (1, Act::Login), (1, Act::Logout)];
    const TWICE: &[(usize, Act)] = &[(0, Act::Login), (1, Act::Login), (1, Act::Token)];
    let has_keys = |run: &Run, path: &[Choice]| {
        assert!(!run.world.server.was_robbed, "{path:?}");
        for tab in run.world.tabs.iter().filter(|tab| tab.is_open) {
            let live = tab.machine.live.as_ref();
            let key = live.map(|live| live.session.tokens().key.as_ref().unwrap().jwk());
            assert!(key.is_none_or(|key| run.world.keys.contains_key(key)), "{path:?}");
            let lost = tab.settled.iter().filter(|(_, end)| *end == Err(Fault::KeyLost));
            assert_eq!(lost.count(), 0, "{path:?}");
        }
    };
    for keep in [None, Some(Area::Local)] {
        for acts in [ACTS, TWICE] {
            let scenario = Scenario { binds: true, ..Scenario::of(keep, 2, acts) };
            let states = scenario.explore(&mut |run, path| has_keys(run, path));
            assert!(states > 20, "{states}");
            // A tab that misses words may have a key that is gone, and finds that out.
            let budget = Budget { drops: 2, losses: 1, closes: 1, timeouts: 1 };
            let scenario = Scenario { budget, ..scenario };
            for number in 0..100 {
                let (run, path) = walk(&scenario, number);
                assert!(!run.world.server.was_robbed, "{path:?}");
            }
        }
    }
}

#[test]
fn a_tab_that_missed_a_later_login_finds_that_its_key_is_gone_and_takes_that_up() {
    let mut world = World::binding(false, None);
    world.sign_in(0, None);
    let second = world.open(None);
    world.start(second);
    world.run_out();
    world.pass(LONGEST_LOGIN.as_secs());
    world.tabs[0].is_open = false;
    world.sign_in(second, None);
    world.tabs[0].is_open = true;
    let ticket = world.ticket(0);
    let (method, url) = ("GET".into(), "https://api.test/".into());
    world.feed(0, Input::Prove { ticket, method, url, token: Secret::new("at0") });
    assert_eq!(world.end(0, ticket), "dpop_key_lost");
    let ticket = world.token(0);
    world.run_out();
    assert_eq!(world.end(0, ticket), "at0");
    assert!(world.is_in(0));
    let tokens = world.tabs[0].machine.live.as_ref().unwrap().session.tokens();
    assert_eq!(tokens.key, Some(world.key()));
}
