//! What lies behind a peer's outcomes, and what it has to change them. A note stands on the page as long as the outcome
//! that it is about does.

use super::findings::Findings;

pub(super) struct Note {
    contender: &'static str,
    case: &'static str,
    /// The outcome as it comes.
    verdict: &'static str,
    text: &'static str,
}

/// Those that hold for a contender.
pub(super) fn of(findings: &Findings, name: &str) -> Vec<&'static str> {
    let holds = |note: &&Note| {
        let outcome =
            findings.place(note.case).and_then(|place| findings.contender(name)?.outcomes.get(place));
        note.contender == name && outcome.is_some_and(|[plain, _]| plain.verdict == note.verdict)
    };
    NOTES.iter().filter(holds).map(|note| note.text).collect()
}

const fn note(
    contender: &'static str,
    case: &'static str,
    verdict: &'static str,
    text: &'static str,
) -> Note {
    Note { contender, case, verdict, text }
}

const NOTES: &[Note] = &[
    note(
        "jsonwebtoken",
        "aud-absent",
        "in",
        "`iss` and `aud` are compared where they are there and well formed. `set_required_spec_claims(&[\"exp\", \
         \"iss\", \"aud\"])` demands them, and a malformed one then counts as missing.",
    ),
    note("jsonwebtoken", "nbf-future", "in", "`nbf` is looked at with `validate_nbf = true`."),
    note(
        "jsonwebtoken",
        "iss-list",
        "in",
        "`iss` may be an array, and no setting says otherwise. A type for the claims in which it is a `String` does.",
    ),
    note(
        "jsonwebtoken",
        "claims-array",
        "in",
        "An array is read as the library's own struct of registered claims, member by member in its order. A map \
         as the type for the claims refuses it; the cases here are read into a `serde_json::Value`.",
    ),
    note(
        "jsonwebtoken",
        "own-twice",
        "in",
        "Of an own claim that is there twice a map takes the last one. A struct that has the claim refuses the \
         token, here and with jwt-simple.",
    ),
    note(
        "jsonwebtoken",
        "crit-unknown",
        "in",
        "`crit` is not judged. It is in the header that `decode` returns, for the caller to judge; so is `b64`, \
         among the `extras`.",
    ),
    note("jsonwebtoken", "exp-2-63", "in", "A date may be any number below 2^64."),
    note(
        "jsonwebtoken",
        "exp-malformed",
        "out",
        "What is no number counts as missing as long as `exp` is required, which it is by default.",
    ),
    note("jsonwebtoken", "key-none", "in", "How long a secret is, is left to the caller."),
    note(
        "jsonwebtoken",
        "jwk-use",
        "in",
        "`DecodingKey::from_jwk` takes what the key consists of. `use` and `key_ops` are in `Jwk::common`, for \
         the caller to judge.",
    ),
    note(
        "jsonwebtoken",
        "jwk-debug",
        "shown",
        "`Jwk` shows all its members in `Debug`. A `DecodingKey` made of it does not.",
    ),
    note(
        "jwt-simple",
        "exp-missing",
        "in",
        "`exp` is optional, and no option demands it. `claims.expires_at` tells whether it was there, and the \
         option `max_validity` bounds the age of a token by its `iat`.",
    ),
    note(
        "jwt-simple",
        "exp-1e30",
        "in",
        "A date that is too great for the library's type is taken as its greatest.",
    ),
    note(
        "jwt-simple",
        "crit-empty",
        "in",
        "An empty `crit`, which RFC 7515 section 4.1.11 does not allow, demands nothing. `b64` is looked at where \
         `crit` names it.",
    ),
    note(
        "jwt-simple",
        "key-12",
        "in",
        "A secret has 12 bytes at least; RFC 7518 section 3.2 asks for 32 under HS256.",
    ),
    note(
        "jwt-simple",
        "jwk-use",
        "out",
        "A JWK is read by the type of the key that it is for, which knows what its `use` and `key_ops` may say. \
         There is no such type for secrets.",
    ),
    note("PyJWT", "exp-missing", "in", "`options={\"require\": [\"exp\"]}` demands `exp`."),
    note("PyJWT", "exp-text", "in", "A date goes through `int()`, which takes text and cuts off fractions."),
    note("PyJWT", "exp-twice", "in", "Python's `json` takes the last of two members."),
    note(
        "PyJWT",
        "key-1",
        "in",
        "A short secret is warned of. `PyJWT(options={\"enforce_minimum_key_length\": True})` refuses it.",
    ),
    note(
        "PyJWT",
        "padding-signature",
        "in",
        "Segments are padded before they are decoded, and more padding is passed over.",
    ),
    note("PyJWT", "jwk-use", "in", "`use` and `key_ops` of a `PyJWK` are not looked at when it verifies."),
    note(
        "PyJWT",
        "jwk-debug",
        "shown",
        "The key of a symmetric `PyJWK` is plain `bytes`; the `PyJWK` itself shows nothing.",
    ),
    note("jose", "exp-missing", "in", "`requiredClaims: [\"exp\"]` demands `exp`."),
    note("jose", "exp-1e400", "in", "`JSON.parse` reads a number that is too great as infinity."),
    note("jose", "exp-twice", "in", "`JSON.parse` takes the last of two members."),
    note("jose", "aud-mixed", "in", "`aud` may be an array of anything that holds the right audience."),
    note(
        "jose",
        "newline",
        "in",
        "Node decodes base64 forgivingly: white space, padding and spare bits are passed over.",
    ),
    note(
        "jose",
        "key-1",
        "in",
        "How long a secret is, is left to the caller, but that it must not be empty.",
    ),
    note(
        "jose",
        "jwk-use",
        "in",
        "`importJWK` hands `key_ops` to the Web Cryptography API, and `use` is looked at in a set of keys only.",
    ),
    note("jose", "jwk-debug", "shown", "A symmetric key is imported as a plain `Uint8Array`."),
];

#[cfg(test)]
mod tests {
    use super::super::findings::tests::findings;
    use super::*;

    #[test]
    fn a_note_stands_while_its_outcome_does() {
        let mut findings = findings();
        assert_eq!(of(&findings, "jwt-simple").len(), 1);
        assert!(of(&findings, "jwt-simple")[0].starts_with("`exp` is optional"));
        findings.contenders[1].outcomes[2][0].verdict = "out".into();
        assert!(of(&findings, "jwt-simple").is_empty());
    }
}
