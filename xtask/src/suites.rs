//! Test runners, and what they count.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::shell::{Program, command, root};

/// Tests counted from the lines of the runners.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Count {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Count {
    /// Adds what a line of cargo's or Node's runner says.
    fn read(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("test result: ") {
            for part in rest.split([';', '.']) {
                let mut words = part.split_whitespace();
                let number = words.next().and_then(|word| word.parse().ok());
                match (number, words.next()) {
                    (Some(number), Some("passed")) => self.add(number, 0),
                    (Some(number), Some("failed")) => self.add(0, number),
                    _ => {}
                }
            }
        }
        let node = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# "));
        if let Some((name, number)) = node.and_then(|rest| rest.split_once(' ')) {
            let number = number.trim().parse().unwrap_or(0);
            match name {
                "pass" => self.add(number, 0),
                // A test that nobody runs proves nothing.
                "fail" | "cancelled" | "skipped" | "todo" => self.add(0, number),
                _ => {}
            }
        }
    }

    fn add(&mut self, passed: usize, failed: usize) {
        self.passed += passed;
        self.failed += failed;
    }
}

/// Runs a runner, and adds what it counts.
pub(crate) fn run(program: Program, count: &mut Count) -> Result<()> {
    let failed = count.failed;
    program.lines("A test failed, see above.", |line| count.read(line))?;
    if count.failed > failed {
        bail!("A test failed or was left out, see above");
    }
    Ok(())
}

/// Runs every `*.test.mjs` below a folder of `tests/`.
pub(crate) fn node(folder: &str, environment: &[(&str, PathBuf)], count: &mut Count) -> Result<()> {
    let mut files = Vec::new();
    collect(&root().join("tests").join(folder), &mut files)?;
    files.sort();
    if files.is_empty() {
        bail!("tests/{folder} has no file that ends in .test.mjs");
    }
    let mut program = command("node").args(["--test", "--test-reporter=spec"]);
    match folder {
        // Browsers of several files at once would starve each other on two cores,
        "browser" => program = program.arg("--test-concurrency=1"),
        // unless they wait most of the time: for a token to get old.
        "engines" => program = program.arg("--test-concurrency=2"),
        _ => {}
    }
    for (name, value) in environment {
        program = program.env(name, value);
    }
    run(program.args(files), count)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "node_modules" {
            collect(&path, files)?;
        } else if name.ends_with(".test.mjs") {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Count;

    fn count(lines: &[&str]) -> Count {
        let mut count = Count::default();
        for line in lines {
            count.read(line);
        }
        count
    }

    #[test]
    fn lines_of_cargo_are_counted() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(count(&[line, line]), Count { passed: 24, failed: 6 });
    }

    #[test]
    fn lines_of_node_are_counted_and_a_skipped_test_is_a_failure() {
        assert_eq!(
            count(&["ℹ tests 6", "ℹ pass 5", "ℹ fail 0", "ℹ skipped 1"]),
            Count { passed: 5, failed: 1 }
        );
        assert_eq!(count(&["# pass 2", "# fail 1"]), Count { passed: 2, failed: 1 });
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(count(&["# Subtest: pass 3", "running 4 tests", ""]), Count::default());
    }
}
