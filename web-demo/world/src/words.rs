//! What happened, in the core's own words, for each way in which the client refuses.

use grantflow::client::help::GROUPS;

use crate::message::{Refused, Side};
use crate::prelude::*;

const fn count() -> usize {
    let (mut groups, mut count) = (GROUPS, 0);
    while let Some((group, others)) = groups.split_first() {
        count += group.rows.len();
        groups = others;
    }
    count
}

/// Each code with what happened. Of the core's table this alone is in the file that a page loads:
/// the rest is for whoever mends it.
#[expect(clippy::indexing_slicing, reason = "the compiler does it")]
static HAPPENED: [(&str, &str); count()] = {
    let mut all = [("", ""); count()];
    let (mut groups, mut at) = (GROUPS, 0);
    while let Some((group, others)) = groups.split_first() {
        groups = others;
        let mut rows = group.rows;
        while let Some((row, later)) = rows.split_first() {
            rows = later;
            all[at] = (row.code, row.happened);
            at += 1;
        }
    }
    all
};

/// What happened, for people.
fn happened(code: &str) -> String {
    let found = HAPPENED.iter().find(|(it, _)| *it == code);
    found.map_or_else(String::new, |(_, happened)| (*happened).to_owned())
}

impl Refused {
    /// The client refuses; `said` is what the server says of it, if it does.
    pub(crate) fn by_client(code: &str, said: Option<String>) -> Self {
        let message = said.filter(|it| !it.is_empty()).unwrap_or_else(|| happened(code));
        Self { by: Side::Client, code: code.into(), message }
    }
}

#[test]
fn each_code_of_the_client_has_words() {
    let rows: Vec<_> = GROUPS.iter().flat_map(|group| group.rows).collect();
    assert_eq!(HAPPENED.len(), rows.len());
    for row in rows {
        assert_eq!(happened(row.code), row.happened, "{}", row.code);
    }
    assert_eq!(Refused::by_client("offline", Some("No.".into())).message, "No.");
    assert!(!Refused::by_client("offline", Some(String::new())).message.is_empty());
    assert_eq!(happened("no code"), "");
}
