//! The table says what there is: every row, and tests that are in the tree.

use std::collections::BTreeSet;

use grantflow_tests::tree::{read, root, sources};

/// The numbers of the rows, by section.
const IDS: &[std::ops::RangeInclusive<u8>] =
    &[1..=24, 30..=43, 50..=55, 60..=74, 80..=91, 100..=108, 110..=118, 120..=131, 140..=145];

const LEVELS: &[&str] = &["core", "client", "HTTP", "page", "browser"];

struct Row {
    id: u8,
    level: String,
    refused_by: Vec<String>,
    let_through_by: Vec<String>,
}

#[test]
fn every_row_is_there_once_and_in_order() {
    let there: Vec<u8> = rows().iter().map(|row| row.id).collect();
    let all: Vec<u8> = IDS.iter().cloned().flatten().collect();
    assert_eq!(there, all);
}

#[test]
fn every_row_names_who_refuses_and_who_lets_through() {
    let tests = tests();
    for Row { id, level, refused_by, let_through_by } in rows() {
        assert!(level.split(", ").all(|level| LEVELS.contains(&level)), "A-{id:02}: {level}");
        assert!(!refused_by.is_empty() && !let_through_by.is_empty(), "A-{id:02} names no test");
        for name in refused_by.iter().chain(&let_through_by) {
            assert!(tests.contains(name), "A-{id:02} names {name}, which is no test");
        }
        for name in &refused_by {
            assert!(ids(name).contains(&id), "{name} does not carry A-{id:02}");
        }
    }
}

#[test]
fn every_test_that_carries_a_number_carries_that_of_a_row() {
    let mut count = 0;
    for test in tests() {
        for id in ids(&test) {
            count += 1;
            assert!(IDS.iter().any(|section| section.contains(&id)), "{test}: there is no A-{id}");
        }
    }
    assert!(count > 200, "{count} tests carry a number");
}

#[test]
fn a_test_is_known_by_what_makes_it_one() {
    let mut names = BTreeSet::new();
    rust(
        "#[test]\nfn one() {}\nfn helper() {}\n#[tokio::test(x)]\n#[y]\nasync fn other() {}",
        &mut names,
    );
    node("test('a-1 x', () => {})\n// test('no', x)\nvisit(\"it's\", {})", &mut names);
    node("{\n  row: 'A-07',\n  name: 'a page',\n}\n{ row: 'A-08', name: 'b' }", &mut names);
    let expected = [
        "A-07 refuses a page",
        "A-07 takes a page",
        "A-08 refuses b",
        "A-08 takes b",
        "a-1 x",
        "it's",
        "one",
        "other",
    ];
    assert!(names.iter().eq(&expected), "{names:?}");
    assert_eq!(ids("a_07_a_108_some_a_12_x"), [7, 108, 12]);
    assert_eq!(ids("A-07 x"), [7]);
    assert!(ids("alpha_07_x a_7_x a_page").is_empty());
}

/// The rows of the table, as it is written.
fn rows() -> Vec<Row> {
    let table = read(&root("tests/attacks/ROWS.md"));
    let rows = table.lines().filter_map(|line| line.strip_prefix("| A-"));
    rows.map(|line| {
        let cells: Vec<&str> = line.trim_end_matches(" |").split(" | ").collect();
        let [id, tried, stops, level, refused_by, let_through_by] = cells[..] else {
            panic!("{line}: {} cells", cells.len())
        };
        assert!(!tried.is_empty() && !stops.is_empty());
        Row {
            id: id.parse().unwrap(),
            level: level.into(),
            refused_by: quoted(refused_by),
            let_through_by: quoted(let_through_by),
        }
    })
    .collect()
}

/// What stands between backticks, which must be all of it.
fn quoted(cell: &str) -> Vec<String> {
    cell.split("`, `").map(|name| name.trim_matches('`').to_owned()).collect()
}

/// The numbers that a test carries: `a_07_` in Rust, `A-07 ` in JavaScript.
fn ids(name: &str) -> Vec<u8> {
    let mut ids = Vec::new();
    let words: Vec<&str> = name.split(['_', '-', ' ']).collect();
    for pair in words.windows(2) {
        if matches!(pair[0], "a" | "A") && pair[1].len() >= 2 {
            ids.extend(pair[1].parse::<u8>());
        }
    }
    ids
}

/// Every test in the tree.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["core/src", "server", "tests"] {
        for (_, text) in sources(folder, "rs") {
            rust(&text, &mut names);
        }
    }
    for (_, text) in sources("tests", "mjs") {
        node(&text, &mut names);
    }
    names
}

/// Functions that are marked as tests.
fn rust(text: &str, names: &mut BTreeSet<String>) {
    let mut is_marked = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_marked = true;
        } else if !line.starts_with("#[") {
            let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
            if let Some((name, _)) = function.and_then(|after| after.split_once('('))
                && is_marked
            {
                names.insert(name.into());
            }
            is_marked = false;
        }
    }
}

/// Titles as they stand, and those that are put together of a row and what its trial is called.
fn node(text: &str, names: &mut BTreeSet<String>) {
    let mut row = None;
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
        for call in ["test(", "visit("] {
            names.extend(line.strip_prefix(call).and_then(literal));
        }
        let after = |name: &str| line.split_once(name).and_then(|(_, after)| literal(after));
        row = after("row: ").or(row);
        if let Some(name) = after("name: ")
            && let Some(row) = row.take()
        {
            names.extend(["refuses", "takes"].map(|verb| format!("{row} {verb} {name}")));
        }
    }
}

/// The string that a text begins with, if it holds nothing that varies.
fn literal(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"' | '`'))?;
    let string = text[1..].split_once(quote)?.0;
    (!string.contains("${")).then(|| string.to_owned())
}
