//! The pages of the project: what they link to is there, names of tests among it, and the front page is short.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use grantflow_tests::tree::{read, root};

/// The front page is read to its end.
const MOST_LINES: usize = 150;

/// Folders that are made, or somebody else's.
const NOT_OURS: [&str; 4] = ["node_modules", "target", ".git", "corpus"];

#[test]
fn every_link_leads_somewhere() {
    let mut count = 0;
    for page in pages() {
        for link in links(&prose(&read(&page))) {
            let Some(there) = target(&page, &link.to) else { continue };
            let at = format!("{} links to {}", page.display(), link.to);
            assert!(there.exists(), "{at}, which is not there");
            if let Some((_, anchor)) = link.to.split_once('#') {
                assert!(anchors(&read(&there)).contains(anchor), "{at}, which has no such heading");
            }
            count += 1;
        }
    }
    assert!(count > 1_000, "{count} links are found");
}

#[test]
fn a_name_in_code_that_links_to_a_source_is_in_it() {
    let mut count = 0;
    for page in pages() {
        for link in links(&prose(&read(&page))) {
            let name = link.text.strip_prefix('`').and_then(|text| text.strip_suffix('`'));
            let there = target(&page, &link.to);
            let (Some(name), Some(there)) = (name, there) else { continue };
            let is_source = |end: &str| there.extension().is_some_and(|it| it == end);
            if ["rs", "mjs", "ts", "toml"].into_iter().any(is_source) {
                assert!(read(&there).contains(name), "{} has no {name}", there.display());
                count += 1;
            }
        }
    }
    assert!(count >= 10, "{count} names are found");
}

#[test]
fn the_front_page_is_short() {
    let lines = read(&root("README.md")).lines().count();
    assert!(lines <= MOST_LINES, "{lines} lines");
}

#[test]
fn the_index_for_agents_lists_every_page_of_the_documentation() {
    let page = root("llms.txt");
    let listed: BTreeSet<PathBuf> = links(&read(&page))
        .iter()
        .map(|link| target(&page, &link.to).unwrap())
        .inspect(|there| assert!(there.exists(), "{} is not there", there.display()))
        .map(|there| there.canonicalize().unwrap())
        .collect();
    for page in pages().into_iter().filter(|page| page.parent().unwrap().ends_with("docs")) {
        let page = page.canonicalize().unwrap();
        assert!(listed.contains(&page), "{} is not listed", page.display());
    }
}

#[test]
fn links_and_headings_are_read_as_they_are_shown() {
    let text = "# A `b_c`: d, [e](f) – g!\n[x](y.md#z), `[no](no)`\n```sh\n# no\n[no](no)\n```\n# A\n# A\n\
                <img src=\"p.png\"> [`Turn`](server::Turn)";
    let found = links(&prose(text));
    let to: Vec<_> = found.iter().map(|link| link.to.as_str()).collect();
    assert_eq!(to, ["f", "y.md#z", "server::Turn", "p.png"]);
    assert_eq!(target(Path::new("d/p.md"), "y.md#z"), Some("d/y.md".into()));
    assert_eq!(target(Path::new("d/p.md"), "#z"), Some("d/p.md".into()));
    for elsewhere in ["https://a.test/", "/docs", "server::Turn"] {
        assert_eq!(target(Path::new("d/p.md"), elsewhere), None);
    }
    let anchors = anchors(text);
    assert_eq!(
        anchors.iter().map(String::as_str).collect::<Vec<_>>(),
        ["a", "a-1", "a-b_c-d-e--g"]
    );
}

/// A link of a page.
struct Link {
    text: String,
    to: String,
}

/// Every page of the project.
fn pages() -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root("")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_ours = !NOT_OURS.iter().any(|name| path.ends_with(name));
            if path.is_dir() && is_ours {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// A page without its code.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let is_prose = |line: &&str| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    };
    text.lines().filter(is_prose).collect::<Vec<_>>().join("\n")
}

/// What a page links to: `[text](to)` outside of code, and pictures.
fn links(text: &str) -> Vec<Link> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("](") {
        let to = text[at + 2..].split(')').next().unwrap();
        let start = text[..at].rfind('[').map_or(at, |start| start + 1);
        // An odd number of ticks before it in the paragraph, and it is code.
        let paragraph = text[..start].rfind("\n\n").unwrap_or(0);
        if text[paragraph..start].matches('`').count().is_multiple_of(2) {
            found.push(Link { text: text[start..at].into(), to: to.into() });
        }
    }
    for mark in ["src=\"", "srcset=\""] {
        for (at, _) in text.match_indices(mark) {
            let to = text[at + mark.len()..].split('"').next().unwrap();
            found.push(Link { text: String::new(), to: to.into() });
        }
    }
    found
}

/// The file that a link of a page leads to; `None` if it leads out of the project, to the top of a site, or is a
/// path of Rust.
fn target(page: &Path, to: &str) -> Option<PathBuf> {
    if to.contains(':') || to.starts_with('/') {
        return None;
    }
    let path = to.split('#').next().unwrap_or_default();
    if path.is_empty() { Some(page.into()) } else { Some(page.parent()?.join(path)) }
}

/// What its headings are called in links.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for heading in prose(text).lines().filter(|line| line.starts_with('#')) {
        let mut shown = heading.trim_start_matches('#').trim().to_lowercase();
        while let Some((before, rest)) = shown.split_once("](") {
            let (_, after) = rest.split_once(')').unwrap();
            shown = before.to_owned() + after;
        }
        let name: String = shown
            .chars()
            .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        let mut twin = name.clone();
        for at in 1.. {
            if found.insert(twin) {
                break;
            }
            twin = format!("{name}-{at}");
        }
    }
    found
}
