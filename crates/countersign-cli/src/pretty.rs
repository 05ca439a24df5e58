//! JSON for people: indented, in its own order, with its own numbers, and harmless to a terminal.
//!
//! The text is laid out and not read: a tree of values would round numbers and sort members. What it is given must be
//! JSON. Characters that a terminal obeys or does not show, or that turn the direction of what follows, are written as
//! escapes, since anybody can have written the token.

use std::fmt::Write as _;

/// How names of members are set off.
#[derive(Clone, Copy)]
pub(crate) struct Colours {
    name: &'static str,
    warning: &'static str,
    end: &'static str,
}

impl Colours {
    /// Bold red for warnings, cyan for names; or nothing at all.
    pub(crate) fn new(wanted: bool) -> Self {
        if wanted {
            Self { name: "\x1b[36m", warning: "\x1b[1;31m", end: "\x1b[0m" }
        } else {
            Self { name: "", warning: "", end: "" }
        }
    }

    pub(crate) fn warning(self, text: &str) -> String {
        format!("{}{text}{}", self.warning, self.end)
    }
}

/// Lays out one JSON text.
pub(crate) fn layout(json: &str, colours: Colours) -> String {
    let mut out = String::with_capacity(json.len().saturating_mul(2));
    let mut depth = 0_usize;
    let mut rest = json.trim_ascii_start();
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        rest = match first {
            '"' => {
                let (text, behind) = string(rest);
                let is_name = behind.starts_with(':');
                let (begin, end) = if is_name { (colours.name, colours.end) } else { ("", "") };
                out.push_str(begin);
                text.chars().for_each(|c| push_harmless(&mut out, c));
                out.push_str(end);
                behind
            }
            '{' | '[' => {
                out.push(first);
                let inside = after.trim_ascii_start();
                let closing = if first == '{' { '}' } else { ']' };
                if let Some(behind) = inside.strip_prefix(closing) {
                    out.push(closing);
                    behind
                } else {
                    depth = depth.saturating_add(1);
                    push_line(&mut out, depth);
                    inside
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                push_line(&mut out, depth);
                out.push(first);
                after
            }
            ',' => {
                out.push(first);
                push_line(&mut out, depth);
                after
            }
            ':' => {
                out.push_str(": ");
                after
            }
            other => {
                push_harmless(&mut out, other);
                after
            }
        }
        .trim_ascii_start();
    }
    out
}

/// Escapes the characters that a terminal would obey.
pub(crate) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_harmless(&mut out, c));
    out
}

/// The string at the beginning of the text, quotes included, and what follows it.
fn string(text: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                let (string, behind) = text.split_at_checked(at.saturating_add(1)).unwrap_or((text, ""));
                return (string, behind.trim_ascii_start());
            }
            _ => {}
        }
    }
    (text, "")
}

fn push_line(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
}

fn push_harmless(out: &mut String, c: char) {
    // C1 has the one-character forms of escape sequences; the others hide, or turn the line round.
    let is_harmful = c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    if !is_harmful {
        out.push(c);
        return;
    }
    for unit in c.encode_utf16(&mut [0; 2]) {
        // Writing to text cannot fail.
        let _ = write!(out, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(json: &str) -> String {
        layout(json, Colours::new(false))
    }

    #[test]
    fn members_keep_their_order_and_numbers_their_digits() {
        let expected =
            "{\n  \"b\": 12345678901234567890.10,\n  \"a\": [\n    1,\n    {}\n  ],\n  \"c\": []\n}";
        assert_eq!(plain(r#" {"b" :12345678901234567890.10, "a":[1,{ }],"c":[]}"#), expected);
    }

    #[test]
    fn what_stands_in_strings_is_not_laid_out() {
        assert_eq!(plain(r#"{"a,{\"":"[:]\\"}"#), "{\n  \"a,{\\\"\": \"[:]\\\\\"\n}");
    }

    #[test]
    fn nothing_reaches_the_terminal_that_it_would_obey() {
        let shown = plain("\"\u{9b}31m\u{202e}\u{7f}\u{feff}\u{e0041}\u{e9}\"");
        assert_eq!(shown, "\"\\u009b31m\\u202e\\u007f\\ufeff\\udb40\\udc41\u{e9}\"");
    }

    #[test]
    fn names_alone_are_coloured() {
        assert_eq!(layout(r#"{"a":"b"}"#, Colours::new(true)), "{\n  \u{1b}[36m\"a\"\u{1b}[0m: \"b\"\n}");
    }
}
