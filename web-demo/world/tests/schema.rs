//! The schema of a trace is committed, and is what the types say.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

#[test]
fn the_schema_is_what_the_types_say() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/trace.schema.json");
    let hint = "run `cargo run -p grantflow-world --features schema --example write`";
    assert!(fs::read_to_string(file).unwrap() == grantflow_world::schema::schema(), "{hint}");
}
