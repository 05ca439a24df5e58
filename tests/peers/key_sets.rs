//! JWK sets: ours serves there and theirs here, a key being chosen by the token's `kid`.

use countersign::signed::{ErrorKind, KeySet};
use serde_json::{Value, json};

use crate::ours;
use crate::peer::{self, Made, Peer, Verdict};

pub(crate) fn a_set_of_ours_serves_there(peer: &Peer, algs: &[&str]) {
    // Keys of RSA share their thumbprints here, and PyJWT looks at the `kid` alone.
    let keys: Vec<_> = algs
        .iter()
        .map(|&alg| (alg, ours::generated(alg).with_kid(&format!("{alg} of ours")).unwrap()))
        .collect();
    let jwks = KeySet::new(keys.iter().map(|(_, key)| key.verifying_key())).unwrap().to_jwks();
    let mut steps = Vec::new();
    for (alg, key) in keys {
        let kid = key.kid().unwrap().to_owned();
        let mut step = |key, verdict, case: &str| {
            let step = peer::verify_with_set(alg, &jwks, &ours::sign(key));
            steps.push((step, verdict, format!("{alg}, {case}")));
        };
        let unknown = Verdict::Refused(peer.unknown_key.to_owned());
        step(key.clone().with_kid("of nobody").unwrap(), unknown, "an unknown `kid`");
        step(key, Verdict::accepted(), "as signed");
        // Those of RSA are one key here.
        if !ours::RSA.contains(&alg) {
            let other = ours::generated(alg).with_kid(&kid).unwrap();
            step(other, peer.refusal_of_signature(), "another key's");
        }
    }
    peer.judge(&steps);
}

pub(crate) fn a_set_of_theirs_serves_here(peer: &Peer, algs: &[&str]) {
    let kid = |alg: &str| format!("{alg} of theirs");
    let steps: Vec<_> = algs.iter().flat_map(|alg| vec![peer::make_named(alg, &kid(alg)); 2]).collect();
    let made: Vec<Made> = peer.ask(&steps);
    let jwk = |key: &Made| serde_json::from_str::<Value>(&key.public["jwk"]).unwrap();
    let jwks = json!({ "keys": made.iter().step_by(2).map(jwk).collect::<Vec<_>>() });
    let keys = KeySet::from_jwks(&jwks.to_string()).unwrap();
    assert_eq!((keys.len(), keys.skipped().len()), (algs.len(), 0), "{:?}", keys.skipped());
    for (alg, pair) in algs.iter().zip(made.chunks_exact(2)) {
        let verify = |key: &Made| ours::verify_with_set(keys.clone(), &key.token);
        assert_eq!(verify(&pair[0]).ok(), Some(ours::claims()), "{alg}");
        assert_eq!(verify(&pair[1]).unwrap_err().kind(), ErrorKind::InvalidSignature, "{alg}");
    }
    // A set that a key has been taken from no longer knows its `kid`, and tries no other key in its place.
    let fewer = json!({ "keys": jwks["keys"].as_array().unwrap()[1..] });
    let refusal = ours::verify_with_set(KeySet::from_jwks(&fewer.to_string()).unwrap(), &made[0].token);
    assert_eq!(refusal.unwrap_err().kind(), ErrorKind::UnknownKey);
}
