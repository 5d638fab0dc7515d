//! The front page and the guide for Rust, held to their word: their Rust is this folder's, and signs users in
//! on both sides.

mod app;
mod guide;
mod host;

/// The lines of a text without what they are indented by.
fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).collect()
}

#[test]
fn the_rust_of_the_pages_is_this_folders() {
    let files = [include_str!("app.rs"), include_str!("guide.rs"), include_str!("host.rs")];
    let files = files.map(lines);
    let mut count = 0;
    for page in [include_str!("../../README.md"), include_str!("../../docs/guide-rust.md")] {
        for block in page.split("```rust").skip(1) {
            let (_, block) = block.split_once('\n').unwrap();
            let block = lines(block.split("```").next().unwrap());
            let is_here = |file: &Vec<&str>| file.windows(block.len()).any(|part| part == block);
            assert!(files.iter().any(is_here), "no file has {block:#?}");
            count += 1;
        }
    }
    assert!(count > 5, "{count} blocks are found");
}
