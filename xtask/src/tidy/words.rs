//! Words in a text.

/// Whether the word stands there by itself, and not within a longer one.
pub(super) fn has_word(text: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(word).any(|(start, _)| {
        let before = text.get(..start).and_then(|text| text.chars().next_back());
        let behind = text.get(start + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !behind.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_word_is_no_word() {
        for text in ["run", "a.run()", "é run, x", "rerun run"] {
            assert!(has_word(text, "run"), "{text}");
        }
        for text in ["", "rerun", "runs", "run_it", "re_run", "érun", "ru n"] {
            assert!(!has_word(text, "run"), "{text}");
        }
    }
}
