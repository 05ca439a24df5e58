//! Links in the documents lead to files and headings that are there. Of a link to the web only the form is looked at,
//! and those to items are rustdoc's to check.

use super::tree::Tree;
use crate::markdown::Document;

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending(".md") {
        for (number, line) in Document::parse(text).prose {
            for target in targets(line) {
                if let Err(message) = resolve(tree, path, &target) {
                    findings.push(format!("{path}:{number}: {target}: {message}"));
                }
            }
        }
    }
    findings
}

/// The targets of `[text](target)` and `[name]: target`, outside of code.
fn targets(line: &str) -> Vec<String> {
    // Every second piece is code.
    let plain = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
    let mut targets: Vec<String> = plain
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next())
        .map(str::to_owned)
        .collect();
    if plain.starts_with('[')
        && let Some((_, target)) = plain.split_once("]: ")
    {
        targets.extend(target.split_whitespace().next().map(str::to_owned));
    }
    targets
}

fn resolve(tree: &Tree, from: &str, target: &str) -> Result<(), &'static str> {
    if target.contains("://") {
        return if is_web(target) { Ok(()) } else { Err("not a link to the web by https") };
    }
    if target.contains("::") {
        return Ok(());
    }
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let path = if file.is_empty() { Some(from.to_owned()) } else { beside(from, file) };
    let Some(path) = path.filter(|path| tree.holds(path)) else { return Err("there is no such file") };
    match anchor {
        Some(anchor) if !headings(tree.text(&path)).any(|heading| heading == anchor) => {
            Err("there is no such heading")
        }
        _ => Ok(()),
    }
}

/// `https`, a host with a dot in it, and nothing that would have to be escaped.
fn is_web(target: &str) -> bool {
    let Some(rest) = target.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '#', '?']).next().unwrap_or_default();
    let is_host = host.contains('.') && host.split('.').all(|label| !label.is_empty());
    is_host
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
        && rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"\\^`{|}".contains(&byte))
}

/// The path of a file that is named from another one; `None` where it leads out of the tree.
fn beside(from: &str, file: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The anchors of a document's headings, as GitHub makes them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    Document::parse(text).prose.into_iter().filter(|(_, line)| line.starts_with('#')).map(|(_, line)| {
        let text = line.trim_start_matches('#').trim().to_lowercase();
        let kept = |character: &char| character.is_alphanumeric() || " -_".contains(*character);
        text.chars().filter(kept).map(|character| if character == ' ' { '-' } else { character }).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let map = "# Map\n\n## A request's way, in `code`\n```text\n# none\n```\n";
        check(&Tree::made(&[("MAP.md", map), ("a/b/README.md", text), ("a/c.rs", "")]))
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        for text in [
            "[a](../../MAP.md), [b](../c.rs) and [c](../../a)",
            "[a](../../MAP.md#a-requests-way-in-code \"title\")",
            "# Here\n[a](#here)",
            "![a](../c.rs)\n[name]: ../c.rs",
            "[a](https://docs.rs/x/latest/x/#y) [b](crate::Item) `[c](nowhere)`",
            "```text\n[a](nowhere)\n```",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        for (text, finding) in [
            ("[a](MAP.md)", "MAP.md: there is no such file"),
            ("x\n[a](../../../MAP.md)", "../../../MAP.md: there is no such file"),
            ("`code` [a](../c.rs) [b](../d.rs)", "../d.rs: there is no such file"),
            ("[name]: ../d.rs", "../d.rs: there is no such file"),
            ("[a](../../MAP.md#none)", "../../MAP.md#none: there is no such heading"),
            ("[a](#here)", "#here: there is no such heading"),
            ("[a](http://docs.rs)", "http://docs.rs: not a link to the web by https"),
            ("[a](https://docs)", "https://docs: not a link to the web by https"),
            ("[a](https://docs..rs/x)", "https://docs..rs/x: not a link to the web by https"),
            ("[a](https://docs.rs/x|y)", "https://docs.rs/x|y: not a link to the web by https"),
        ] {
            let findings = found(text);
            assert_eq!(findings.len(), 1, "{text}: {findings:?}");
            assert!(findings[0].ends_with(&format!(": {finding}")), "{text}: {findings:?}");
        }
    }
}
