//! What holds of every input, and not only of those that somebody thought of.
//!
//! Every run is the same: the cases come from one seed. `PROPTEST_CASES` asks for more of them and
//! `PROPTEST_RNG_SEED` for others; what once failed is in `regressions.txt` and is tried first.

mod arbitrary;
mod bytes;
mod corpus;
mod determinism;
mod differential;
mod expiry;
mod hunt;
mod life;
mod metadata;
mod secrets;
mod stored;
mod wire;

#[expect(unreachable_pub, reason = "a crate of its own for cargo-fuzz")]
#[path = "../../fuzz/src/lib.rs"]
mod fuzz;

use proptest::test_runner::{Config, FileFailurePersistence, RngSeed};

/// So many cases, always the same ones unless the environment asks for others.
fn cases(count: u32) -> Config {
    let said = Config::default();
    let is_said = |name| std::env::var_os(name).is_some();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/properties/regressions.txt");
    Config {
        cases: if is_said("PROPTEST_CASES") { said.cases } else { count },
        rng_seed: match said.rng_seed {
            RngSeed::Random => RngSeed::Fixed(0x6772_616e_7466_6c6f),
            fixed @ RngSeed::Fixed(_) => fixed,
        },
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(file))),
        ..said
    }
}
