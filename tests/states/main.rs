//! The table of transitions says all that happens, and nothing that does not.
//!
//! That nothing happens outside it every test here sees to: `grantflow_tests` holds each step of each
//! server and client under test against the table. That everything in it happens is seen to below.

use std::collections::BTreeMap;
use std::thread;

use grantflow::states::{TRANSITIONS, Transition};
use grantflow_tests::states::taken;
use grantflow_tests::{CALLBACK, CLIENT_ID, World, query};

mod client;
mod every;
mod person;
mod store;

/// A conversation, and what it is called.
pub(crate) type Scenario = (&'static str, fn());

/// Conversations that together take every row.
const SCENARIOS: &[&[Scenario]] =
    &[person::SCENARIOS, store::SCENARIOS, client::SCENARIOS, every::SCENARIOS];

#[test]
fn every_row_is_taken_by_a_scenario_and_no_scenario_is_idle() {
    let mut by = BTreeMap::new();
    for &(name, run) in SCENARIOS.iter().copied().flatten() {
        // Steps are counted by thread.
        let steps = thread::spawn(move || (run(), taken()).1).join();
        let steps = steps.unwrap_or_else(|_| panic!("{name} failed, see above"));
        let before = by.len();
        for step in steps {
            by.entry(step).or_insert(name);
        }
        assert!(by.len() > before, "{name} takes no row that those before it do not");
    }
    let left = TRANSITIONS.iter().filter(|row| !by.contains_key(&row.step()));
    let left: Vec<_> = left.map(Transition::step).collect();
    assert!(left.is_empty(), "no scenario takes {left:#?}");
    for row in TRANSITIONS {
        println!("{:?}: {}", row.step(), by[&row.step()]);
    }
}

/// The code of a grant that Alice has just agreed to, and that may be refreshed.
pub(crate) fn offline_code(world: &mut World) -> String {
    let asked = query(&[
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", "openid offline_access"),
        ("prompt", "consent"),
    ]);
    world.approve(&asked).one("code").unwrap().unwrap().to_owned()
}
