//! Another implementation, and the questions that it answers.
//!
//! Each peer has a script that takes the same steps, so that one set of tests serves all of them. The steps
//! of a test go there together, because starting a process costs more than most of them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::ours::claims;

pub(crate) struct Peer {
    pub(crate) ask: fn(&Value) -> Value,
    /// What it calls a signature that is not the key's.
    pub(crate) wrong_signature: &'static str,
    /// What it calls a `kid` that the set does not have.
    pub(crate) unknown_key: &'static str,
    /// Whether it calculates RFC 7638 thumbprints.
    pub(crate) has_thumbprints: bool,
}

/// A key of the peer's, and a token that it signed.
#[derive(Deserialize)]
pub(crate) struct Made {
    pub(crate) token: String,
    /// By format.
    pub(crate) private: BTreeMap<String, String>,
    pub(crate) public: BTreeMap<String, String>,
    pub(crate) thumbprint: Option<String>,
}

/// What the peer made of a token.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    Claims(Value),
    Refused(String),
}

impl Peer {
    /// Asks for all steps at once.
    pub(crate) fn ask<T: serde::de::DeserializeOwned>(&self, steps: &[Value]) -> Vec<T> {
        let answers: Vec<T> = serde_json::from_value((self.ask)(&json!(steps))).unwrap();
        assert_eq!(answers.len(), steps.len());
        answers
    }

    /// For each step its verdict, which must be the one that stands beside it.
    pub(crate) fn judge(&self, steps: &[(Value, Verdict, String)]) {
        let questions: Vec<Value> = steps.iter().map(|(step, ..)| step.clone()).collect();
        let verdicts = self.ask::<Verdict>(&questions);
        for ((_, expected, case), verdict) in steps.iter().zip(&verdicts) {
            assert_eq!(verdict, expected, "{case}");
        }
    }

    pub(crate) fn refusal_of_signature(&self) -> Verdict {
        Verdict::Refused(self.wrong_signature.to_owned())
    }
}

impl Verdict {
    pub(crate) fn accepted() -> Self {
        Self::Claims(claims())
    }
}

/// Make a key and sign with it.
pub(crate) fn make(alg: &str) -> Value {
    json!({ "do": "make", "alg": alg, "claims": claims() })
}

/// The same, with a `kid` in the token and in the public JWK.
pub(crate) fn make_named(alg: &str, kid: &str) -> Value {
    json!({ "do": "make", "alg": alg, "claims": claims(), "kid": kid })
}

pub(crate) fn sign(alg: &str, format: &str, key: &str) -> Value {
    json!({ "do": "sign", "alg": alg, "format": format, "key": key, "claims": claims() })
}

pub(crate) fn verify(alg: &str, format: &str, key: &str, token: &str) -> Value {
    json!({ "do": "verify", "alg": alg, "format": format, "key": key, "token": token })
}

pub(crate) fn verify_with_set(alg: &str, jwks: &str, token: &str) -> Value {
    json!({ "do": "verifyWithSet", "alg": alg, "jwks": jwks, "token": token })
}

pub(crate) fn thumbprint(jwk: &str) -> Value {
    json!({ "do": "thumbprint", "jwk": jwk })
}
