//! The texts that keys come in.

use crate::defences::row::Class;

pub(in crate::defences) const PEM: Class = Class {
    title: "PEM: several blocks, text around it, the wrong label",
    name: "PEM confusion: several blocks, trailing data, wrong label",
    seen_in: &["RUSTSEC-2021-0125"],
    elsewhere: "A reader that takes the first block it likes out of a file takes the wrong key one day: a \
                certificate's instead of the key's, the old one instead of the new one.",
    behaviour: "There is one block, with nothing but white space around it, and its label is one that the call asked \
                for, as a whole. The error names the label that stands there if it is a usual one, and repeats \
                nothing else of the text, which may be a secret in the wrong place. What is inside is one DER \
                element without anything behind it, and the key in it is of the kind that the algorithm needs. \
                Encrypted keys are refused by name.",
    yours: "",
};

pub(in crate::defences) const JWK: Class = Class {
    title: "JWKs that say too little, or what they should not",
    name: "JWK without alg, with use/key_ops that forbid it, wrong curve, point off the curve, private members in a \
           public set",
    seen_in: &["jsonwebtoken PR 425"],
    elsewhere: "Without `alg` a library guesses, or lets the token say. A key that was published for encryption \
                verifies signatures, a point off the curve ends in a panic or in arithmetic that proves nothing, and \
                a private key in a public set goes unnoticed.",
    behaviour: "An EC or Ed25519 key without `alg` is for the one algorithm of its curve; an RSA key is refused, \
                unless the caller names the algorithm. `use` and `key_ops` are obeyed. The curve fits the algorithm, \
                coordinates are as long as the field, and the point lies on the curve. A public key with private \
                members is refused and not stripped: whoever has them there has most likely published them. In \
                [`KeySet::from_jwks`](crate::signed::KeySet::from_jwks) such keys are left out and listed by \
                `skipped`; secrets always are. Texts are bounded: 16 KiB for a JWK, 256 KiB and 100 keys for a set.",
    yours: "Look at `skipped` when a set is read at the start of a service.",
};
