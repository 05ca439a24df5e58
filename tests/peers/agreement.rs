//! `countersign verify` beside PyJWT and jose: on each token that they make, good or bad, all three come to the same
//! verdict, but where [`EXPLAINED`] says why not.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::explained::{EXPLAINED, Explained};
use crate::{command, node, python};

/// One token, what it is verified with, and what is demanded.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Case {
    /// The class of attacks, or `good` or `bytes`.
    pub(crate) row: String,
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) key: Key,
    pub(crate) alg: String,
    /// `iss` and `aud`, as far as they are demanded.
    pub(crate) policy: BTreeMap<String, String>,
}

/// `pem`, `jwk`, `jwks`, or `secret`, in hexadecimal.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) form: String,
    pub(crate) text: String,
}

/// The classes of attacks on tokens and on the keys that verify them.
const ROWS: [&str; 19] = [
    "allow-list",
    "b64",
    "confusion",
    "crit",
    "dates",
    "duplicates",
    "ecdsa",
    "ed25519",
    "embedded-key",
    "jwe",
    "jwk",
    "kid",
    "none",
    "pem",
    "required",
    "rsa",
    "short-secret",
    "size",
    "spelling",
];

type Ask = fn(&Value) -> Value;

const PYJWT: Ask = |question| python::ask(include_str!("python/tokens.py"), question);
const JOSE: Ask = |question| node::ask("tokens.mjs", question);

fn made(ask: Ask) -> Vec<Case> {
    serde_json::from_value(ask(&json!({ "do": "make" }))).unwrap()
}

/// Nothing where the peer does not have the algorithm.
fn judged(ask: Ask, cases: &[Case]) -> Vec<Option<String>> {
    let verdicts: Vec<_> = serde_json::from_value(ask(&json!({ "do": "judge", "cases": cases }))).unwrap();
    assert_eq!(verdicts.len(), cases.len());
    verdicts
}

/// Which peer, which row, which case, and whether it is refused here and taken there.
type Difference = (&'static str, String, String, bool);

fn explained() -> BTreeSet<Difference> {
    let mut all = BTreeSet::new();
    for Explained { why, row, stricter, both, pyjwt, jose } in EXPLAINED {
        assert!(why.len() > 40, "{row}: a reason is a sentence");
        let pyjwt = both.iter().chain(*pyjwt).map(|name| ("PyJWT", name));
        let jose = both.iter().chain(*jose).map(|name| ("jose", name));
        for (peer, name) in pyjwt.chain(jose) {
            let is_new = all.insert((peer, (*row).to_owned(), (*name).to_owned(), *stricter));
            assert!(is_new, "explained twice: {row}: {name}");
        }
    }
    all
}

#[test]
fn the_command_agrees_with_both_peers_or_the_table_says_why_not() {
    let cases = [made(PYJWT), made(JOSE)].concat();
    let names: BTreeSet<_> = cases.iter().map(|case| (&case.row, &case.name)).collect();
    assert_eq!(names.len(), cases.len(), "two cases have one name");

    let ours = command::verdicts(&cases);
    let mut found = BTreeSet::new();
    let mut said = Vec::new();
    for (peer, ask) in [("PyJWT", PYJWT), ("jose", JOSE)] {
        for ((case, ours), theirs) in cases.iter().zip(&ours).zip(judged(ask, &cases)) {
            let Some(theirs) = theirs else { continue };
            if (ours == "accepted") != (theirs == "accepted") {
                let difference = (peer, case.row.clone(), case.name.clone(), theirs == "accepted");
                said.push(format!("{}: {}: {ours} here, {theirs} by {peer}", case.row, case.name));
                found.insert(difference);
            }
        }
    }
    let explained = explained();
    let unexplained: Vec<_> = found.difference(&explained).collect();
    assert!(unexplained.is_empty(), "no reason is known for {unexplained:#?} of\n{}", said.join("\n"));
    let gone: Vec<_> = explained.difference(&found).collect();
    assert!(gone.is_empty(), "explained, but no difference any more: {gone:#?}");

    let accepted = ours.iter().filter(|verdict| *verdict == "accepted").count();
    println!("{} tokens, {accepted} accepted here, {} explained differences", cases.len(), found.len());
    assert!(cases.len() >= 500 && accepted >= 150, "{} cases, {accepted} accepted", cases.len());
    let in_row = |row: &str| cases.iter().filter(|case| case.row == row).count();
    for row in ROWS {
        assert!(in_row(row) >= 10, "{row}: {}", in_row(row));
    }
    assert!(in_row("bytes") <= 100, "mere changes of bytes");
    let others: BTreeSet<_> =
        cases.iter().map(|case| case.row.as_str()).filter(|row| !ROWS.contains(row)).collect();
    assert_eq!(others, BTreeSet::from(["bytes", "good"]));
}
