//! A token as people paste it: with a header's name, quotes, and the line breaks of a terminal or a mail.

use zeroize::Zeroizing;

use crate::source::without_line_end;

/// The token's own characters.
pub(super) fn cleaned(text: &str, odd: &mut Vec<String>) -> Zeroizing<String> {
    let text = without_line_end(text);
    let mut token = text.trim_matches(is_blank);
    token = without_quotes(token);
    if let Some(rest) = without_word(token, "authorization:") {
        token = rest;
    }
    if let Some(rest) = without_word(token, "bearer").filter(|rest| !rest.starts_with('.')) {
        odd.push("`Bearer` stands before the token; it belongs to the header `Authorization`".to_owned());
        token = rest;
    }
    token = without_quotes(token);
    if token.len() < text.len() && odd.is_empty() || token.contains(is_blank) {
        odd.push(
            "there was white space or a quotation mark in or around the token; `verify` refuses both"
                .to_owned(),
        );
    }
    Zeroizing::new(token.chars().filter(|c| !is_blank(*c)).collect())
}

/// White space, and what is not seen: pages put it where a long word may break.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

fn without_quotes(text: &str) -> &str {
    let inside = ['"', '\'', '`'].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    inside.unwrap_or(text).trim_matches(is_blank)
}

fn without_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (begin, rest) = text.split_at_checked(word.len())?;
    begin.eq_ignore_ascii_case(word).then(|| rest.trim_start_matches(is_blank))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_token_is_freed_of_what_is_not_its_own() {
        for (text, oddities) in [
            ("a.b.c", 0),
            ("a.b.c\r\n", 0),
            (" a.b.c", 1),
            ("a.b.c\n\n", 1),
            ("a\n  .b\t.c", 1),
            ("a.b\u{200b}.c", 1),
            ("\"a.b.c\"", 1),
            ("Bearer a.b.c", 1),
            ("bearer  a.b. c", 2),
            ("Authorization: Bearer a.b.c\n", 1),
            ("'authorization: BEARER a.b.c'", 1),
            ("Bearer 'a.b.c'", 1),
        ] {
            let mut odd = Vec::new();
            assert_eq!(cleaned(text, &mut odd).as_str(), "a.b.c", "{text:?}");
            assert_eq!(odd.len(), oddities, "{text:?}: {odd:?}");
        }
        // A token's first part may begin like the word.
        assert_eq!(cleaned("bearer.b.c", &mut Vec::new()).as_str(), "bearer.b.c");
    }
}
