//! What must hold whatever the bytes are: one function for each target of cargo-fuzz.
//!
//! `cargo xtask fuzz` runs them with whatever libFuzzer makes up, and `tests/properties`, which is
//! compiled with this file, too, with the corpora and with damage done to them.

pub mod client;
pub mod damage;
pub mod differ;
pub mod host;
pub mod judge;
pub mod pair;
pub mod server;
pub mod stored;
pub mod tape;
pub mod wire;
pub mod world;

/// What a target does with its bytes.
pub type Body = fn(&[u8]);

/// Every target by its name, which is that of its corpus, too.
pub const TARGETS: [(&str, Body); 19] = [
    ("callback", wire::callback),
    ("claims", wire::claims),
    ("claims_request", wire::claims_request),
    ("client", client::client),
    ("form", wire::form),
    ("header", wire::header),
    ("json", differ::json),
    ("jwks", wire::jwks),
    ("jws", wire::jws),
    ("login_record", stored::login_record),
    ("metadata", wire::metadata),
    ("names", stored::names),
    ("pair", pair::pair),
    ("record", stored::record),
    ("registration", wire::registration),
    ("server", server::server),
    ("token_response", wire::token_response),
    ("uri", differ::uri),
    ("words", differ::words),
];
