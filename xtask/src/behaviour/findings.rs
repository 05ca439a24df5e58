//! What was found: the cases, and what each contender did with them.

use serde_json::{Value, json};

/// A question, without its token.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Case {
    pub(super) id: String,
    pub(super) group: String,
    pub(super) label: String,
    pub(super) control: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outcome {
    /// `in`, `out`, `shown`, `redacted`, `none` or `panic`.
    pub(super) verdict: String,
    pub(super) note: String,
    /// The words of a refusal, of countersign alone.
    pub(super) said: String,
}

impl Outcome {
    pub(super) fn is_in(&self) -> bool {
        self.verdict == "in"
    }

    /// As a cell of the page.
    fn text(&self) -> String {
        match (self.verdict.as_str(), self.note.as_str()) {
            ("none", _) => "-".to_owned(),
            (verdict, "") => verdict.to_owned(),
            // Where `out` is no news, the words are all of it.
            ("out", note) if note.contains(['`', '"', ':', '(']) => {
                format!("out: `{}`", note.replace('`', "'"))
            }
            (verdict, note) => format!("{verdict}, {note}"),
        }
    }
}

/// A contender, and an outcome for each case, without and with what it can be told.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contender {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) outcomes: Vec<[Outcome; 2]>,
}

impl Contender {
    /// Of a list with a pair for each case.
    pub(super) fn read(name: &str, version: &str, outcomes: &Value) -> Result<Self, String> {
        let pairs = outcomes.as_array().into_iter().flatten();
        let pairs = pairs.map(|pair| Some([outcome(name, &pair[0])?, outcome(name, &pair[1])?]));
        let outcomes = pairs.collect::<Option<_>>().ok_or(format!("{name} gave no outcomes"))?;
        Ok(Self { name: name.to_owned(), version: version.to_owned(), outcomes })
    }

    pub(super) fn cell(&self, place: usize) -> String {
        let Some([plain, told]) = self.outcomes.get(place) else { return String::new() };
        if plain == told { plain.text() } else { format!("{} (told: {})", plain.text(), told.text()) }
    }
}

fn outcome(name: &str, value: &Value) -> Option<Outcome> {
    let text = |member: &str| value[member].as_str().unwrap_or_default().to_owned();
    // The words of the others are theirs to change; what is asked for of them is in the note.
    let said = if name == super::OURS { text("said") } else { String::new() };
    Some(Outcome { verdict: value["verdict"].as_str()?.to_owned(), note: text("note"), said })
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Findings {
    pub(super) cases: Vec<Case>,
    pub(super) contenders: Vec<Contender>,
}

impl Findings {
    pub(super) fn contender(&self, name: &str) -> Option<&Contender> {
        self.contenders.iter().find(|contender| contender.name == name)
    }

    pub(super) fn place(&self, id: &str) -> Option<usize> {
        self.cases.iter().position(|case| case.id == id)
    }

    /// What must not be written down as if it were a finding: a good token that somebody refuses, so that the rest
    /// proves nothing; a bad one that countersign takes unasked; an outcome that is missing.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for contender in &self.contenders {
            let name = &contender.name;
            if contender.outcomes.len() != self.cases.len() {
                problems.push(format!("{name} gave {} outcomes", contender.outcomes.len()));
            }
            for (case, [plain, told]) in self.cases.iter().zip(&contender.outcomes) {
                let is_taken = |outcome: &Outcome| outcome.is_in() || outcome.verdict == "none";
                if case.control && !(is_taken(plain) && is_taken(told)) {
                    problems.push(format!("{name} refuses a good token, {}: {}", case.id, plain.said));
                }
                if !case.control
                    && name == super::OURS
                    && !["out", "redacted"].contains(&plain.verdict.as_str())
                {
                    problems.push(format!("{name} says {} to {}", plain.verdict, case.id));
                }
            }
        }
        problems
    }

    /// What is kept of these contenders, so that one that cannot be had is told from what it did last: a line a case.
    pub(super) fn write(&self, names: &[&str]) -> String {
        let kept = self.contenders.iter().filter(|contender| names.contains(&contender.name.as_str()));
        let texts: Vec<_> = kept
            .map(|contender| {
                let lines: Vec<_> = self.cases.iter().zip(&contender.outcomes).map(line).collect();
                format!(
                    "  {}: {{\n    \"version\": {},\n    \"outcomes\": {{\n{}\n    }}\n  }}",
                    json!(contender.name),
                    json!(contender.version),
                    lines.join(",\n")
                )
            })
            .collect();
        format!("{{\n{}\n}}\n", texts.join(",\n"))
    }
}

fn line((case, pair): (&Case, &[Outcome; 2])) -> String {
    let pair = pair.each_ref().map(|outcome| json!({"verdict": outcome.verdict, "note": outcome.note}));
    format!("      {}: {}", json!(case.id), json!(pair))
}

pub(super) fn cases(value: &Value) -> Result<Vec<Case>, String> {
    let cases = value.as_array().into_iter().flatten().map(|case| {
        let text = |member: &str| case[member].as_str().map(str::to_owned);
        Some(Case {
            id: text("id")?,
            group: text("group")?,
            label: text("label")?,
            control: case["control"].as_bool()?,
        })
    });
    cases.collect::<Option<Vec<_>>>().filter(|cases| !cases.is_empty()).ok_or("there are no cases".to_owned())
}

/// A contender out of what was kept; nothing if it was never asked one of these cases.
pub(super) fn kept(name: &str, cases: &[Case], kept: &Value) -> Option<Contender> {
    let value = &kept[name];
    let outcomes: Option<Vec<_>> =
        cases.iter().map(|case| value["outcomes"].get(&case.id).cloned()).collect();
    Contender::read(name, value["version"].as_str()?, &Value::Array(outcomes?)).ok()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::behaviour) fn findings() -> Findings {
        let case = |id: &str, group: &str, control| Case {
            id: id.into(),
            group: group.into(),
            label: format!("the case {id}"),
            control,
        };
        let cases =
            vec![case("good", "Good", true), case("bad", "Bad", false), case("exp-missing", "Bad", false)];
        let of = |verdict: &str| json!({"verdict": verdict, "note": "", "said": ""});
        let said = |said: &str| json!({"verdict": "out", "note": "", "said": said});
        let ours = json!([
            [of("in"), of("in")],
            [said("InvalidClaim (aud)"), said("InvalidClaim (aud)")],
            [said("MissingClaim (exp)"), of("in")],
        ]);
        let theirs = json!([[of("in"), of("in")], [of("in"), said("x")], [of("in"), of("in")]]);
        let contenders = vec![
            Contender::read("countersign", "0.1.0", &ours).unwrap(),
            Contender::read("jwt-simple", "0.15.0", &theirs).unwrap(),
        ];
        Findings { cases, contenders }
    }

    #[test]
    fn a_cell_has_what_changes_when_the_library_is_told() {
        let findings = findings();
        let cells = |place| findings.contenders.iter().map(|it| it.cell(place)).collect::<Vec<_>>();
        assert_eq!(cells(0), ["in", "in"]);
        assert_eq!(cells(1), ["out", "in (told: out)"]);
        assert_eq!(cells(2), ["out (told: in)", "in"]);
    }

    #[test]
    fn a_note_stands_behind_its_verdict_and_words_in_quotes() {
        for (verdict, note, expected) in [
            ("in", "last wins", "in, last wins"),
            ("out", "by an error that is not its own", "out, by an error that is not its own"),
            ("out", "MissingRequiredClaim(\"exp\")", "out: `MissingRequiredClaim(\"exp\")`"),
            ("none", "", "-"),
        ] {
            let outcome = Outcome { verdict: verdict.into(), note: note.into(), said: String::new() };
            assert_eq!(outcome.text(), expected);
        }
    }

    #[test]
    fn good_tokens_must_be_taken_and_bad_ones_refused_by_ours() {
        assert!(findings().problems().is_empty());
        let mut refusing = findings();
        refusing.contenders[1].outcomes[0][0].verdict = "out".into();
        assert_eq!(refusing.problems(), ["jwt-simple refuses a good token, good: "]);
        let mut open = findings();
        open.contenders[0].outcomes[1][0].verdict = "in".into();
        assert_eq!(open.problems(), ["countersign says in to bad"]);
        let mut short = findings();
        short.contenders[1].outcomes.pop();
        assert_eq!(short.problems(), ["jwt-simple gave 2 outcomes"]);
    }

    #[test]
    fn a_contender_is_read_back_from_what_was_kept() {
        let findings = findings();
        let text: Value = serde_json::from_str(&findings.write(&["jwt-simple", "jose"])).unwrap();
        assert_eq!(kept("jwt-simple", &findings.cases, &text).as_ref(), findings.contender("jwt-simple"));
        assert_eq!(kept("countersign", &findings.cases, &text), None);
    }

    #[test]
    fn what_was_kept_of_other_cases_does_not_count() {
        let mut findings = findings();
        let text: Value = serde_json::from_str(&findings.write(&["jwt-simple"])).unwrap();
        findings.cases[1].id = "new".into();
        assert_eq!(kept("jwt-simple", &findings.cases, &text), None);
    }
}
