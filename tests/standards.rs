//! The pages of standards, of states and of errors say what their sources say, and every test and every section that
//! they name is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use grantflow::states::{Effect, Event, Machine, State, TRANSITIONS, Transition};
use grantflow_tests::tree::{read, root, sources};
use standards::{PAGE, SOURCES, Section, Specification, Standards, Status};

#[path = "../xtask/src/errors.rs"]
mod errors;
#[path = "../xtask/src/markdown.rs"]
mod markdown;
#[path = "../xtask/src/gen.rs"]
mod standards;
#[path = "../xtask/src/states.rs"]
mod states;

/// Most bytes of a note: it is one short sentence.
const LONGEST_NOTE: usize = 200;

#[test]
fn the_page_is_what_its_sources_say() {
    let page = read(&root(PAGE));
    assert!(page == standards().page(), "run `cargo xtask gen`");
}

#[test]
fn the_page_of_states_is_what_the_table_says() {
    let standards = standards();
    let url = |section: &str| {
        standards.url(section).unwrap_or_else(|| panic!("{section} is not in {SOURCES}"))
    };
    assert!(read(&root(states::PAGE)) == states::page(&url), "run `cargo xtask gen`");
    let data = read(&root(states::DATA));
    assert!(data == states::data(&url), "run `cargo xtask gen`");

    let front = read(&root(states::FRONT));
    assert!(Some(&front) == states::front(&front).as_ref(), "run `cargo xtask gen`");
    let is_one = |row: &&Transition| row.to == State::Approved || row.on == Event::Approve;
    let of_the_flow =
        |row: &&Transition| [Machine::Interaction, Machine::Grant].contains(&row.machine);
    for row in TRANSITIONS.iter().filter(of_the_flow).filter(is_one) {
        let is_code = [State::Approved, State::Coded].contains(&row.to);
        assert_eq!(
            row.emits == Effect::Code,
            is_code,
            "{} is drawn as one with the other",
            row.id()
        );
    }

    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
    let machines = data["machines"].as_array().unwrap();
    let rows: Vec<_> = machines
        .iter()
        .flat_map(|machine| machine["transitions"].as_array().unwrap())
        .map(|row| (row["id"].as_str().unwrap(), row["section"].as_str().unwrap()))
        .collect();
    let table = TRANSITIONS.iter().map(|row| (row.id(), row.section));
    let table: Vec<_> = table.collect();
    assert!(rows.into_iter().eq(table.iter().map(|(id, section)| (id.as_str(), *section))));
}

#[test]
fn what_is_told_of_errors_is_what_the_table_says() {
    let standards = standards();
    let url = |section: &str| {
        standards.url(section).unwrap_or_else(|| panic!("{section} is not in {SOURCES}"))
    };
    for (path, text) in [
        (errors::PAGE, errors::page(&url)),
        (errors::TYPES, errors::types()),
        (errors::WORDS, errors::words(&url)),
    ] {
        assert!(read(&root(path)) == text, "{path}: run `cargo xtask gen`");
    }
}

#[test]
fn every_test_that_is_named_is_there() {
    let standards = standards();
    let sections = standards.specifications.iter().flat_map(|it| &it.sections);
    let mentions = standards.neighbours.iter().chain(&standards.used);
    let tests = sections.map(|it| &it.tests).chain(mentions.map(|it| &it.tests));
    let mut files = BTreeMap::<_, BTreeSet<_>>::new();
    for test in tests.flatten() {
        let (path, name) = standards::parts(test).unwrap_or_else(|| panic!("{test} names no test"));
        files.entry(path).or_default().insert(name);
    }
    for (path, mut names) in files {
        let there = Tests::of(path, &read(&root(path)));
        names.retain(|name| !there.have(name));
        assert!(names.is_empty(), "{path} has none of {names:#?}");
    }
}

#[test]
fn a_test_is_known_by_what_makes_it_one() {
    let rust = "#[test]\nfn plain() {}\n#[tokio::test]\nasync fn waiting() {}\nfn helper() {}\n\
                #[test]\n#[ignore = \"x\"]\nfn more() {}\nmacro_rules! plan {}\nplan!(\n    made\n);";
    let there = Tests::of("a.rs", rust);
    for name in ["plain", "waiting", "more", "made"] {
        assert!(there.have(name), "{name}");
    }
    for name in ["helper", "plai", "plain()", "other", ""] {
        assert!(!there.have(name), "{name}");
    }
    let node = "// refuses all\ntest('refuses a state', () => {});\nname: \"goes on\",\n\
                  test(`${kind} goes back`, () => {});";
    let there = Tests::of("a.test.mjs", node);
    for name in ["refuses a state", "refuses a", "goes on", "goes back"] {
        assert!(there.have(name), "{name}");
    }
    for name in ["refuses all", "fuses", "oes on", ""] {
        assert!(!there.have(name), "{name}");
    }
}

#[test]
fn every_section_is_there_once_with_what_its_status_needs() {
    for Specification { name, sections, .. } in &standards().specifications {
        let mut numbers = BTreeSet::new();
        for Section { number, status, note, tests, .. } in sections {
            assert!(numbers.insert(number), "{name} §{number} is there twice");
            if *status != Status::NotApplicable {
                assert!(!tests.is_empty(), "{name} §{number} has no test");
            }
            if *status != Status::Implemented {
                assert!(note.is_some(), "{name} §{number} does not say why");
            }
            let is_short = |note: &String| note.len() <= LONGEST_NOTE && !note.contains(". ");
            assert!(note.as_ref().is_none_or(is_short), "the note of {name} §{number}");
        }
    }
}

#[test]
fn every_section_that_the_code_cites_is_listed() {
    let standards = standards();
    let used: Vec<&str> = standards.used.iter().map(|it| it.url.as_str()).collect();
    let mut count = 0;
    for (file, text) in
        ["core/src", "server/src", "wasm/src"].into_iter().flat_map(|folder| sources(folder, "rs"))
    {
        for link in text.lines().flat_map(linked) {
            count += 1;
            let (url, anchor) = link.split_once('#').unwrap_or((link, ""));
            let is_listed = used.contains(&url)
                || standards.specifications.iter().any(|it| it.url == url && lists(it, anchor));
            assert!(is_listed, "{} cites {link}, which is not in {SOURCES}", file.display());
        }
    }
    assert!(count > 200, "{count} links are found");
}

#[test]
fn links_are_found_in_comments_only() {
    let links = |line| linked(line).collect::<Vec<_>>();
    let two =
        "    /// ([RFC 1 §2](https://a.test/rfc1#section-2), [§3](https://a.test/rfc1#section-3)).";
    assert_eq!(links(two), ["https://a.test/rfc1#section-2", "https://a.test/rfc1#section-3"]);
    assert_eq!(links("//! [RFC 1]: https://a.test/rfc1"), ["https://a.test/rfc1"]);
    assert_eq!(links("/// As in `https://a.test`."), [""; 0]);
    assert_eq!(links("let link = \"[x](https://a.test)\";"), [""; 0]);
}

/// What a file names like a test.
enum Tests {
    /// Functions that are marked as one, and what a macro is told to make one of.
    Rust(BTreeSet<String>),
    /// Lines with a title.
    Node(Vec<String>),
}

impl Tests {
    fn of(path: &str, text: &str) -> Self {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        if Path::new(path).extension().is_some_and(|extension| extension == "mjs") {
            let is_titled = |line: &&&str| line.contains("test(") || line.contains("name:");
            return Self::Node(lines.iter().filter(is_titled).map(ToString::to_string).collect());
        }
        let function = |line: &str| -> Option<String> {
            let after = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
            after.split_once('(').map(|(name, _)| name.into())
        };
        let is_marked = |at: usize| {
            let mut attributes = lines[..at].iter().rev().take_while(|it| it.starts_with("#["));
            attributes.any(|it| ["#[test]", "#[tokio::test]"].contains(it))
        };
        let is_word = |line: &str| line.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let mut names: BTreeSet<_> = (0..lines.len())
            .filter(|at| is_marked(*at))
            .filter_map(|at| function(lines[at]))
            .collect();
        if text.contains("macro_rules!") {
            names.extend(lines.iter().filter(|line| is_word(line)).map(ToString::to_string));
        }
        names.remove("");
        Self::Rust(names)
    }

    /// Whether one is called that; in JavaScript, or begins like that, what differs from case to case
    /// left out.
    fn have(&self, name: &str) -> bool {
        match self {
            Self::Rust(names) => names.contains(name),
            Self::Node(lines) => {
                let begins =
                    |before| lines.iter().any(|it| it.contains(&format!("{before}{name}")));
                !name.is_empty() && ["'", "\"", "`", "} "].into_iter().any(begins)
            }
        }
    }
}

/// Whether the section of that anchor is listed, or sections of it are; no anchor is all of it.
fn lists(specification: &Specification, anchor: &str) -> bool {
    let mut anchors = specification.sections.iter().map(Section::anchor);
    anchor.is_empty() || anchors.any(|it| it == anchor || it.starts_with(&format!("{anchor}.")))
}

/// What the Markdown of a comment links to.
fn linked(line: &str) -> impl Iterator<Item = &str> {
    let comment = Some(line.trim_start()).filter(|line| line.starts_with("//")).unwrap_or_default();
    let ends = |c: char| c.is_whitespace() || matches!(c, ')' | '>');
    ["](https://", "]: https://"].into_iter().flat_map(move |mark| {
        let start = mark.len() - "https://".len();
        comment.match_indices(mark).map(move |(at, _)| {
            let rest = &comment[at + start..];
            &rest[..rest.find(ends).unwrap_or(rest.len())]
        })
    })
}

fn standards() -> Standards {
    Standards::read(&root("")).unwrap()
}
