//! What a program prints, against what the README says that it prints.

/// Stands for what differs from run to run: one character or more, within a line.
const ANY: &str = "...";

/// Compares line by line.
pub(super) fn compare(expected: &str, printed: &str) -> Result<(), String> {
    let (mut expected, mut printed) = (expected.lines(), printed.lines());
    loop {
        match (expected.next(), printed.next()) {
            (None, None) => return Ok(()),
            (Some(pattern), Some(line)) if fits(pattern, line) => {}
            (expected, printed) => {
                let end = "(the end)";
                let (expected, printed) = (expected.unwrap_or(end), printed.unwrap_or(end));
                return Err(format!("it prints\n  {printed}\nwhere the README says\n  {expected}"));
            }
        }
    }
}

/// Whether a line has the form of the pattern.
fn fits(pattern: &str, line: &str) -> bool {
    let Some((first, others)) = pattern.split_once(ANY) else { return pattern == line };
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let mut others = others.split(ANY).peekable();
    while let Some(text) = others.next() {
        let mut behind_one = rest.chars();
        if behind_one.next().is_none() {
            return false;
        }
        let behind_one = behind_one.as_str();
        if others.peek().is_none() {
            return behind_one.ends_with(text);
        }
        // The first place is the best one: it leaves most to those that follow.
        let Some((_, behind)) = behind_one.split_once(text) else { return false };
        rest = behind;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_left_open_and_nothing_else_is() {
        for (pattern, line) in [
            ("a token", "a token"),
            ("{\"token\":\"eyJ...\"}", "{\"token\":\"eyJ0.e30.AA\"}"),
            ("...", "x"),
            ("a ... of ... b", "a 1 of 2 of 3 b"),
            ("...ab...", "ababa"),
        ] {
            assert!(fits(pattern, line), "{pattern}: {line}");
        }
        for (pattern, line) in [
            ("a token", "a token "),
            ("a token", "a key"),
            ("{\"token\":\"eyJ...\"}", "{\"token\":\"eyJ\"}"),
            ("{\"token\":\"eyJ...\"}", "{\"token\":\"eyJx\""),
            ("{\"token\":\"eyJ...\"}", "{\"tokens\":\"eyJx\"}"),
            ("...", ""),
            ("a ... of ... b", "a 1 2 b"),
            ("...ab...", "abab"),
        ] {
            assert!(!fits(pattern, line), "{pattern}: {line}");
        }
    }

    #[test]
    fn lines_are_compared_in_order_and_to_the_end() {
        assert_eq!(compare("one\nt...\n", "one\ntwo\n"), Ok(()));
        let error = compare("one\ntwo\n", "two\none\n").unwrap_err();
        assert_eq!(error, "it prints\n  two\nwhere the README says\n  one");
        let error = compare("one\ntwo\n", "one\n").unwrap_err();
        assert_eq!(error, "it prints\n  (the end)\nwhere the README says\n  two");
        let error = compare("one\n", "one\ntwo\n").unwrap_err();
        assert_eq!(error, "it prints\n  two\nwhere the README says\n  (the end)");
    }
}
