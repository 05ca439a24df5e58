//! The page of the guide: tables out of the findings, and around them what one has to know to read them.

use std::fmt::{self, Write};

use super::findings::Findings;
use super::junk::Junk;
use super::layout::{milliseconds, row, rule, wrapped};
use super::text::{CASES, CONFIGURED, INTRODUCTION, WORDS};
use super::{OURS, notes};

/// From here to its end the page holds measurements, which differ from run to run and are not checked.
pub(super) const MEASURED: &str = "## Ten megabytes of junk";

/// The whole page.
pub(super) fn write(findings: &Findings, junk: &Junk) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = head(&mut out, findings)
        .and_then(|()| tables(&mut out, findings))
        .and_then(|()| ours(&mut out, findings))
        .and_then(|()| behind(&mut out, findings))
        .and_then(|()| measured(&mut out, findings, junk));
    out
}

/// What of a page is checked.
pub(super) fn checked(page: &str) -> &str {
    page.find(MEASURED).map_or(page, |end| page.get(..end).unwrap_or(page))
}

/// The lines that only one of two pages has: of `written` with `-`, of `found` with `+`.
pub(super) fn differences(written: &str, found: &str) -> Vec<String> {
    let (written, found) = (checked(written), checked(found));
    let missing = |from: &str, of: &str, sign: char| {
        let lines = from.lines().filter(|line| !of.lines().any(|other| other == *line));
        lines.map(|line| format!("{sign} {line}")).collect::<Vec<_>>()
    };
    let mut lines = missing(written, found, '-');
    lines.extend(missing(found, written, '+'));
    if lines.is_empty() && written != found {
        lines.push("the same lines, but not in the same order or not as often".to_owned());
    }
    lines
}

fn head(out: &mut String, findings: &Findings) -> fmt::Result {
    writeln!(out, "# How countersign and others behave\n")?;
    for text in [INTRODUCTION, CASES, WORDS] {
        writeln!(out, "{}\n", wrapped(text, ""))?;
    }
    writeln!(out, "| library | version | configured with | told, besides |\n|---|---|---|---|")?;
    for contender in &findings.contenders {
        let (name, version) = (&contender.name, &contender.version);
        let configured = CONFIGURED.iter().find(|(known, ..)| known == name);
        let (with, told) = configured.map_or(("", ""), |(_, with, told)| (with, told));
        writeln!(out, "| {name} | {version} | {with} | {told} |")?;
    }
    writeln!(out)
}

fn tables(out: &mut String, findings: &Findings) -> fmt::Result {
    let mut group = None;
    for (place, case) in findings.cases.iter().enumerate() {
        if group != Some(&case.group) {
            if group.is_some() {
                writeln!(out)?;
            }
            writeln!(out, "## {}\n", case.group)?;
            row(out, "case", findings.contenders.iter().map(|it| it.name.clone()))?;
            rule(out, findings.contenders.len())?;
            group = Some(&case.group);
        }
        row(out, &case.label, findings.contenders.iter().map(|it| it.cell(place)))?;
    }
    writeln!(out)
}

fn ours(out: &mut String, findings: &Findings) -> fmt::Result {
    writeln!(out, "## What countersign says\n")?;
    let text =
        "The kind of the error, `ErrorKind`, and the claim that failed. The client is told none of it.";
    writeln!(out, "{}\n", wrapped(text, ""))?;
    row(out, "case", ["kind".to_owned(), "claim".to_owned()].into_iter())?;
    rule(out, 2)?;
    let outcomes = findings.contender(OURS).map(|ours| ours.outcomes.as_slice()).unwrap_or_default();
    for (case, [plain, _]) in
        findings.cases.iter().zip(outcomes).filter(|(_, [plain, _])| !plain.said.is_empty())
    {
        let (kind, claim) = plain.said.split_once(" (").unwrap_or((&plain.said, ""));
        let claim = claim.trim_end_matches(')');
        let claim = if claim.is_empty() { String::new() } else { format!("`{claim}`") };
        row(out, &case.label, [format!("`{kind}`"), claim].into_iter())?;
    }
    writeln!(out)
}

fn behind(out: &mut String, findings: &Findings) -> fmt::Result {
    writeln!(out, "## What lies behind it\n")?;
    for contender in &findings.contenders {
        let notes = notes::of(findings, &contender.name);
        if notes.is_empty() {
            continue;
        }
        writeln!(out, "{}:\n", contender.name)?;
        for note in notes {
            writeln!(out, "- {}", wrapped(note, "  "))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn measured(out: &mut String, findings: &Findings, junk: &Junk) -> fmt::Result {
    writeln!(out, "{MEASURED}\n")?;
    let text = format!(
        "Milliseconds until a token of 10 MB is refused, the least of several runs, key and settings made anew in \
         each: {}, {}, {}. A header of HTTP rarely gets that far, since most servers stop at some 8 to 64 KB; a \
         token in a body may. countersign looks at the length first (`VerifierBuilder::max_token_length`, 16 KiB \
         unless told otherwise), so that what it takes does not grow with the token. So does jwt-simple \
         (`max_token_length`, a million bytes unless told otherwise). Before the others the caller can look. This \
         table is measured when the page is written, and `--check` passes over it.",
        junk.date, junk.processor, junk.rustc
    );
    writeln!(out, "{}\n", wrapped(&text, ""))?;
    let names: Vec<_> = findings.contenders.iter().map(|it| it.name.as_str()).collect();
    let columns: Vec<_> = junk
        .columns
        .iter()
        .filter(|(name, _)| names.contains(&name.split(' ').next().unwrap_or("")))
        .collect();
    row(out, "shape", columns.iter().map(|(name, _)| name.clone()))?;
    rule(out, columns.len())?;
    for (place, shape) in junk.shapes.iter().enumerate() {
        let cells =
            columns.iter().map(|(_, all)| all.get(place).map_or("-".to_owned(), |it| milliseconds(*it)));
        row(out, shape, cells)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::findings::tests::findings;
    use super::super::junk::tests::junk;
    use super::*;

    #[test]
    fn each_group_has_a_table_with_a_column_for_each_contender() {
        let page = write(&findings(), &junk());
        let expected = "## Good\n\n| case | countersign | jwt-simple |\n|---|---|---|\n| the case good | in | in |\n\n\
                        ## Bad\n\n| case | countersign | jwt-simple |\n|---|---|---|\n\
                        | the case bad | out | in (told: out) |\n| the case exp-missing | out (told: in) | in |\n\n";
        assert!(page.contains(expected), "{page}");
        assert!(page.contains("| jwt-simple | 0.15.0 | `VerificationOptions`"), "{page}");
    }

    #[test]
    fn what_ours_says_stands_by_itself_and_good_tokens_are_not_among_it() {
        let page = write(&findings(), &junk());
        let expected = "| case | kind | claim |\n|---|---|---|\n| the case bad | `InvalidClaim` | `aud` |\n\
                        | the case exp-missing | `MissingClaim` | `exp` |\n\n";
        assert!(page.contains(expected), "{page}");
    }

    #[test]
    fn another_outcome_is_a_difference_and_another_measurement_is_none() {
        let (findings, mut slow) = (findings(), junk());
        let page = write(&findings, &junk());
        slow.columns[0].1 = vec![999.0];
        assert_ne!(write(&findings, &slow), page);
        assert!(differences(&page, &write(&findings, &slow)).is_empty());
        let mut changed = findings.clone();
        changed.contenders[1].outcomes[1][0].verdict = "out".into();
        assert_eq!(
            differences(&page, &write(&changed, &slow)),
            ["- | the case bad | out | in (told: out) |", "+ | the case bad | out | out |"]
        );
        let mut newer = findings;
        newer.contenders[1].version = "0.16.0".into();
        assert_eq!(differences(&page, &write(&newer, &slow)).len(), 2);
    }

    #[test]
    fn lines_in_another_order_are_a_difference() {
        assert_eq!(differences("a\nb\n", "b\na\n").len(), 1);
        assert!(differences("a\nb\n", "a\nb\n").is_empty());
    }
}
