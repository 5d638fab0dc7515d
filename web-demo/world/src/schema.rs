//! The format of a trace as JSON Schema, from the types that read it.

use crate::trace::Trace;

/// The schema, as it is committed.
#[must_use]
pub fn schema() -> String {
    let schema = schemars::schema_for!(Trace);
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}
