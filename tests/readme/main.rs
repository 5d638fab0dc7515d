//! The front page, held to its word: its Rust is this folder's, and signs a user in on both sides.

mod app;
mod host;

#[test]
fn the_front_pages_rust_is_this_folders() {
    let blocks: Vec<&str> =
        include_str!("../../README.md").split("```rust,ignore\n").skip(1).collect();
    assert_eq!(blocks.len(), 2);
    for (block, file) in blocks.into_iter().zip([include_str!("host.rs"), include_str!("app.rs")]) {
        assert!(file.contains(block.split("```").next().unwrap()));
    }
}

#[test]
fn the_front_page_names_only_files_that_are_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for link in include_str!("../../README.md").split("](").skip(1) {
        let path = link.split([')', '#']).next().unwrap();
        assert!(root.join(path).exists(), "{path}");
    }
}
