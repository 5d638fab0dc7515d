//! What generated pages are written with.

/// The head of a table.
pub(crate) fn table(out: &mut String, heads: &[&str]) {
    row(out, heads);
    line(out, &format!("|{}", "---|".repeat(heads.len())));
}

/// A row of a table.
pub(crate) fn row(out: &mut String, cells: &[&str]) {
    for cell in cells {
        out.push_str("| ");
        out.push_str(&cell.replace('|', "\\|"));
        out.push(' ');
    }
    line(out, "|");
}

/// A line.
pub(crate) fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}
