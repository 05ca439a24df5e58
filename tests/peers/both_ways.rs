//! What holds of every algorithm with every peer: keys go both ways in every format, tokens verify on both
//! sides, and a token of another key or with a byte changed does on neither.

use countersign::signed::ErrorKind;

use crate::ours;
use crate::peer::{self, Made, Peer, Verdict};

/// Keys of the peer's making, two for each algorithm: the token of one is not the other's. What is signed
/// here with their private keys verifies there.
pub(crate) fn keys_and_tokens_made_there_are_good_here(peer: &Peer, algs: &[&str]) {
    let steps: Vec<_> = algs.iter().flat_map(|alg| [peer::make(alg), peer::make(alg)]).collect();
    let made: Vec<Made> = peer.ask(&steps);
    let mut signed_here = Vec::new();
    for (&alg, pair) in algs.iter().zip(made.chunks_exact(2)) {
        let (key, other) = (&pair[0], &pair[1]);
        let (private, public) = ours::formats(alg);
        assert!(key.private.keys().eq(private), "{alg}: {:?}", key.private.keys());
        assert!(key.public.keys().eq(public), "{alg}: {:?}", key.public.keys());
        let expects_thumbprint = peer.has_thumbprints && !ours::is_secret(alg);
        assert_eq!(key.thumbprint.is_some(), expects_thumbprint, "{alg}");

        let mut thumbprints = Vec::new();
        for (format, text) in &key.public {
            let verifying = ours::read_public(alg, format, text);
            thumbprints.push(verifying.thumbprint());
            let claims = ours::verify(verifying.clone(), &key.token);
            assert_eq!(claims.ok(), Some(ours::claims()), "{alg} {format}");
            let refusal = ours::verify(verifying, &other.token).map_err(|error| error.kind());
            assert_eq!(refusal, Err(ErrorKind::InvalidSignature), "{alg} {format}");
        }
        let (format, verifying) = key.public.last_key_value().unwrap();
        for (private_format, text) in &key.private {
            let signing = ours::read_private(alg, private_format, text);
            thumbprints.push(signing.thumbprint());
            let token = ours::sign(signing.without_kid());
            let step = peer::verify(alg, format, verifying, &token);
            signed_here.push((step, Verdict::accepted(), format!("{alg} {private_format}")));
        }
        let expected = key.thumbprint.clone().or_else(|| thumbprints[0].clone());
        assert_eq!(expected.is_none(), ours::is_secret(alg));
        assert!(thumbprints.iter().all(|thumbprint| *thumbprint == expected), "{alg}: {thumbprints:?}");
    }
    peer.judge(&signed_here);
}

/// Keys of our making: what is signed here verifies there with the public key in every format, and with a
/// byte changed in no segment. What they sign with our private keys verifies here.
pub(crate) fn keys_and_tokens_made_here_are_good_there(peer: &Peer, algs: &[&str]) {
    let keys: Vec<_> = algs.iter().map(|&alg| (alg, ours::generated(alg))).collect();
    let (mut signed_here, mut signed_there) = (Vec::new(), Vec::new());
    for (alg, key) in &keys {
        let token = ours::sign(key.clone());
        let (private, public) = ours::formats(alg);
        for format in public {
            let text = ours::public_text(key, format);
            let mut step = |token: &str, verdict, case: &str| {
                let step = peer::verify(alg, format, &text, token);
                signed_here.push((step, verdict, format!("{alg} {format}, {case}")));
            };
            step(&token, Verdict::accepted(), "as signed");
            for (changed, segment) in ours::changed(&token).iter().zip(["header", "claims", "signature"]) {
                step(changed, peer.refusal_of_signature(), segment);
            }
        }
        signed_there
            .extend(private.iter().map(|format| peer::sign(alg, format, &ours::private_text(key, format))));
    }
    peer.judge(&signed_here);

    let mut tokens = peer.ask::<String>(&signed_there).into_iter();
    for (alg, key) in &keys {
        for format in ours::formats(alg).0 {
            let claims = ours::verify(key.verifying_key(), &tokens.next().unwrap());
            assert_eq!(claims.ok(), Some(ours::claims()), "{alg} {format}");
        }
    }
    assert_eq!(tokens.next(), None);
}
