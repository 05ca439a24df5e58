//! A manifest, line by line, which is all that the checks need: cargo itself tells what the values come to, but not
//! whether they were inherited, nor whether a comment stands above.

/// A line `key = value`.
#[derive(Debug, PartialEq)]
pub(super) struct Entry<'a> {
    /// Counted from 1.
    pub(super) line: usize,
    /// The table it is in, without brackets.
    pub(super) section: &'a str,
    pub(super) key: &'a str,
    pub(super) value: &'a str,
    /// Whether the line above is a comment.
    pub(super) commented: bool,
}

/// All entries. The further lines of a value that has several are none.
pub(super) fn entries(text: &str) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    let (mut section, mut commented) = ("", false);
    for (line, content) in (1..).zip(text.lines()) {
        if content.starts_with('[') {
            section = content.trim_end().trim_matches(['[', ']']);
        } else if let Some((key, value)) = content.split_once('=')
            && key.trim_end().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        {
            entries.push(Entry { line, section, key: key.trim_end(), value: value.trim(), commented });
        }
        commented = content.starts_with('#');
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_know_their_table_and_the_comment_above() {
        let text = "[package]\nname = \"a\"\nversion.workspace = true\n\n[features]\n# Why = so.\nx = [\n    \"b=c\",\n]\n\
                    y = []\n[[bin]]\nname=\"z\"\n";
        let entry = |line, section, key, value, commented| Entry { line, section, key, value, commented };
        let expected = [
            entry(2, "package", "name", "\"a\"", false),
            entry(3, "package", "version.workspace", "true", false),
            entry(7, "features", "x", "[", true),
            entry(10, "features", "y", "[]", false),
            entry(12, "bin", "name", "\"z\"", false),
        ];
        assert_eq!(entries(text), expected);
    }
}
