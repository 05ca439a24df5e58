//! Markdown as far as the checks need it: its fenced blocks, and the lines around them.

/// A text taken apart. Lines are counted from 1.
pub(crate) struct Document<'a> {
    /// The lines outside of blocks, each with its number.
    pub(crate) prose: Vec<(usize, &'a str)>,
    pub(crate) blocks: Vec<Block<'a>>,
}

/// A fenced block.
pub(crate) struct Block<'a> {
    /// The line of the fence that opens it.
    pub(crate) line: usize,
    /// What stands behind that fence.
    pub(crate) language: &'a str,
    /// The lines within, each with its end.
    pub(crate) text: String,
}

impl<'a> Document<'a> {
    /// A fence that is not closed reaches to the end, as in Markdown.
    pub(crate) fn parse(text: &'a str) -> Self {
        let mut document = Self { prose: Vec::new(), blocks: Vec::new() };
        let mut open: Option<Block<'a>> = None;
        for (number, line) in (1..).zip(text.lines()) {
            let fence = line.trim_start().strip_prefix("```");
            match (&mut open, fence) {
                (Some(_), Some(_)) => document.blocks.extend(open.take()),
                (Some(block), None) => {
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                (None, Some(language)) => {
                    open = Some(Block { line: number, language: language.trim(), text: String::new() });
                }
                (None, None) => document.prose.push((number, line)),
            }
        }
        document.blocks.extend(open);
        document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_prose_are_told_apart_and_counted() {
        let document = Document::parse("one\n\n```rust\nfn main() {}\n# x\n```\ntwo\n```text\nopen\n");
        assert_eq!(document.prose, [(1, "one"), (2, ""), (7, "two")]);
        let blocks: Vec<_> =
            document.blocks.iter().map(|block| (block.line, block.language, block.text.as_str())).collect();
        assert_eq!(blocks, [(3, "rust", "fn main() {}\n# x\n"), (8, "text", "open\n")]);
    }
}
