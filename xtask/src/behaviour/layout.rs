//! Rows, paragraphs and numbers of the page.

use std::fmt::{self, Write};

const COLUMNS: usize = 118;

pub(super) fn milliseconds(value: f64) -> String {
    if value < 0.1 {
        format!("{value:.4}")
    } else if value < 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

pub(super) fn row(out: &mut String, first: &str, cells: impl Iterator<Item = String>) -> fmt::Result {
    write!(out, "| {} |", first.replace('|', "\\|"))?;
    for cell in cells {
        write!(out, " {} |", cell.replace('|', "\\|"))?;
    }
    writeln!(out)
}

pub(super) fn rule(out: &mut String, columns: usize) -> fmt::Result {
    writeln!(out, "|---|{}", "---|".repeat(columns))
}

/// In lines, those after the first with an indent. What is in backticks stays in one line.
pub(super) fn wrapped(text: &str, indent: &str) -> String {
    let (mut out, mut column) = (String::new(), 2);
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        let mut piece = word.to_owned();
        while piece.matches('`').count() % 2 == 1 {
            let Some(next) = words.next() else { break };
            piece = format!("{piece} {next}");
        }
        let length = piece.chars().count();
        if !out.is_empty() && column + 1 + length > COLUMNS {
            out.push('\n');
            out.push_str(indent);
            column = indent.len();
        } else if !out.is_empty() {
            out.push(' ');
            column += 1;
        }
        out.push_str(&piece);
        column += length;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_before_the_margin_and_code_stays_together() {
        let text = "word ".repeat(40) + "`some code that stays together`";
        let wrapped = wrapped(&text, "  ");
        assert!(wrapped.lines().all(|line| line.len() <= COLUMNS), "{wrapped}");
        assert!(wrapped.contains("`some code that stays together`"));
        assert!(wrapped.lines().skip(1).all(|line| line.starts_with("  word")), "{wrapped}");
    }

    #[test]
    fn milliseconds_have_as_many_digits_as_mean_something() {
        for (value, expected) in [(0.00431, "0.0043"), (4.26, "4.3"), (744.6, "745")] {
            assert_eq!(milliseconds(value), expected);
        }
    }
}
