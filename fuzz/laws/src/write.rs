//! Laws of signing: whatever a type serialises to is signed as serde_json writes it, or, if no verifier would
//! take that, refused.

use std::sync::LazyLock;

use countersign_signed::{ClaimFailure, ErrorKind, KeySet, Signer, SigningKey, Verifier, jws};
use serde::de::IgnoredAny;

use crate::forge::now;
use crate::grammar;
use crate::node::Node;

/// Characters: far more than any input becomes.
const LONGEST: usize = 1024 * 1024;

static SIGNER: LazyLock<Signer> = LazyLock::new(|| {
    let key = SigningKey::hs256(&[7; 32]).unwrap();
    Signer::new(key).max_token_length(LONGEST).unwrap()
});

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let keys = KeySet::new([SIGNER.key().verifying_key()]).unwrap();
    let builder = Verifier::builder(keys).accept_any_issuer().accept_any_audience();
    builder.without_required_expiry().max_token_length(LONGEST).build().unwrap()
});

/// Holds an input to the laws.
pub fn hold(data: &[u8]) {
    let value = Node::read(data);
    let theirs = serde_json::to_vec(&value);
    let ours = SIGNER.sign(&value);
    let is_strict = theirs.as_ref().is_ok_and(|text| grammar::is_strict(text));
    let token = match ours {
        Ok(token) => token,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::ClaimsSerialize);
            // A registered claim that is none is named.
            assert!(!is_strict || error.claim().is_some(), "refused: {value:?}");
            if let Ok(text) = theirs {
                let token = sealed(&text);
                let refused = VERIFIER.verify::<IgnoredAny>(&token, now());
                assert!(refused.is_err(), "a verifier takes what is not signed: {value:?}");
            }
            return;
        }
    };
    assert!(is_strict, "signed: {value:?}");
    let payload = crate::base64::decode(crate::base64::URL, token.split('.').nth(1).unwrap()).unwrap();
    assert_eq!(String::from_utf8(payload).unwrap(), String::from_utf8(theirs.unwrap()).unwrap());
    match VERIFIER.verify::<IgnoredAny>(&token, now()) {
        Ok(_) => {}
        // It is for another time, or bound to a key, which a signer may do for others.
        Err(error) => {
            let kinds = error.failures().iter().map(ClaimFailure::kind);
            let is_policy = |kind| {
                matches!(
                    kind,
                    ErrorKind::Expired
                        | ErrorKind::NotYetValid
                        | ErrorKind::IssuedInFuture
                        | ErrorKind::SenderConstrained
                )
            };
            assert!(kinds.clone().count() > 0 && kinds.clone().all(is_policy), "{error:?}");
        }
    }
    if token.len() <= 16 * 1024 {
        let keys = KeySet::new([SIGNER.key().verifying_key()]).unwrap();
        assert!(jws::verify(&keys, &token).is_ok());
    }
}

/// A token of any payload, under the same key.
fn sealed(payload: &[u8]) -> String {
    jws::sign(SIGNER.key(), &jws::Header::without_type(), payload).unwrap()
}
