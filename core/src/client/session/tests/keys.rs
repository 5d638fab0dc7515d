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

    /// The site's data is cleared, and the pages are loaded anew.
    pub(super) fn lose_keys(&mut self) {
        self.keys.clear();
        self.tabs.iter_mut().for_each(|tab| tab.used.clear());
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
fn tabs_share_tokens_and_keys_and_one_that_proves_none_takes_none() {
    let mut world = World::binding(true, None);
    world.sign_in(0, None);
    let second = world.join(None);
    assert!(world.is_in(second));
    let ticket = world.prove(second);
    assert!(world.end(second, ticket).contains('.'), "it has the key, too");
    world.proves = None;
    let third = world.join(None);
    assert!(!world.is_in(third));
    // Both are signed in then, one without a key, and neither corrects the other.
    world.server.binds = false;
    world.sign_in(third, None);
    assert!(world.is_in(0) && world.is_in(second) && world.is_in(third));
    assert!(world.tabs.iter().all(|tab| tab.inbox.is_empty()));
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
    let second = world.join(keep);
    let url = world.leave(second);
    assert_eq!(world.keys.len(), 2);
    world.pass(5);
    let ticket = world.logout(0);
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
    let end = |gives_up: fn(&mut World, Ticket)| {
        let mut world = World::binding(false, None);
        world.sign_in(0, None);
        world.keys_are_slow = true;
        let left = world.tabs[0].left.len();
        let ticket = world.login(0, How::Page);
        gives_up(&mut world, ticket);
        world.run();
        assert_eq!((world.tabs[0].left.len(), world.made), (left, 2));
        (world.end(0, ticket), world.status(0), world.keys.len())
    };
    let cancel = |world: &mut World, ticket| world.feed(0, Input::Cancel(ticket));
    assert_eq!(end(cancel), ("aborted".into(), "in", 1));
    let out = |world: &mut World, _| {
        let ticket = world.ticket(0);
        world.feed(0, Input::Logout { ticket, everywhere: false, page: None });
    };
    assert_eq!(end(out), ("aborted".into(), "user", 0));
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

/// Signs out in a tab, and hears the end of it everywhere.
fn sign_out(world: &mut World, tab: usize) {
    world.pass(5);
    world.logout(tab);
    world.run_out();
}

#[test]
fn a_sign_out_destroys_the_key_whichever_tab_it_is_in() {
    // One that does not know yet who is in.
    let mut world = World::binding(true, None);
    world.sign_in(0, None);
    let second = world.open(None);
    world.start(second);
    world.tabs[0].inbox.clear();
    world.run_out();
    sign_out(&mut world, second);
    assert_eq!((world.status(0), world.keys.len()), ("other-tab", 0));

    // One in which it has ended by itself.
    let keep = Some(Area::Local);
    let mut world = World::binding(true, keep);
    world.server.gives_refresh = false;
    world.sign_in(0, keep);
    world.pass(4000);
    world.feed(0, Input::Tick);
    assert_eq!((world.status(0), world.keys.len()), ("expired", 1));
    sign_out(&mut world, 0);
    assert_eq!(world.keys.len(), 0);

    // And that of a login that is given up for it.
    let mut world = World::binding(true, None);
    world.login(0, How::Popup);
    world.run();
    let url = world.consent(0);
    world.feed(0, Input::Relayed(Secret::new(url)));
    sign_out(&mut world, 0);
    assert_eq!((world.server.is_revoked, world.keys.len()), (true, 0));
}

#[test]
fn a_login_in_vain_leaves_no_key() {
    let mut world = World::binding(true, None);
    for how in [How::Frame, How::Popup] {
        let ticket = world.login(0, how);
        world.run();
        let url = world.consent(0).replace("code=c", "error=login_required");
        world.feed(0, Input::Relayed(Secret::new(url)));
        assert_eq!((world.end(0, ticket).as_str(), world.keys.len()), ("login_required", 0));
        let ticket = world.login(0, how);
        world.run();
        world.feed(0, Input::Cancel(ticket));
        assert_eq!((world.end(0, ticket).as_str(), world.keys.len()), ("aborted", 0));
        world.pass(5);
    }
    let ticket = world.login(0, How::Popup);
    world.run();
    world.logout(0);
    assert_eq!((world.end(0, ticket).as_str(), world.keys.len()), ("aborted", 0));

    let mut world = World::binding(true, None);
    world.server.binds = false;
    let ticket = world.login(0, How::Page);
    world.run();
    assert_eq!((world.end(0, ticket).as_str(), world.made), ("unsupported", 0));
}

#[test]
fn a_key_that_the_server_does_not_take_or_that_has_another_name_is_said() {
    let login = |is_required, change: fn(String) -> String| {
        let mut world = World::binding(is_required, None);
        world.keys_are_slow = true;
        let ticket = world.login(0, How::Page);
        while world.tabs[0].errands.is_empty() {
            assert!(world.answer(0), "the server is looked for");
        }
        let Some(Effect::MakeKey(id)) = world.tabs[0].errands.pop_front() else { panic!() };
        world.feed(0, Input::KeyMade(id, Some(change(jwk(1)))));
        let is_bound = world.tabs[0].left.last().map(|(_, url)| url.contains("dpop_jkt="));
        (world.end(0, ticket), is_bound)
    };
    let other = |key: String| {
        key.replace(r#"{"crv":"Ed25519","kty":"OKP""#, r#"{"kty":"OKP","crv":"Ed25519""#)
    };
    for is_required in [false, true] {
        assert_eq!(login(is_required, other), ("config_invalid".into(), None));
        assert_eq!(login(is_required, |_| "{}".into()), ("config_invalid".into(), None));
        assert_eq!(login(is_required, |key| key), ("done".into(), Some(true)));
    }
    let rsa = |_| {
        let n = base64url::encode([0xff; 256]);
        format!(r#"{{"e":"AQAB","kty":"RSA","n":"{n}"}}"#)
    };
    assert_eq!(login(false, rsa), ("done".into(), Some(false)));
    assert_eq!(login(true, rsa), ("unsupported".into(), None));
}
