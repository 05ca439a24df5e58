//! Keys and signatures.

use crate::defences::row::Class;

pub(in crate::defences) const CONFUSION: Class = Class {
    title: "A public key used as an HMAC secret",
    name: "HS/RS confusion: a public key used as HMAC secret",
    seen_in: &["CVE-2016-5431", "CVE-2022-29217", "CVE-2023-48223", "CVE-2026-34950"],
    elsewhere: "The attacker signs with HS256, and the service's public RSA key as the secret, which everybody has. \
                A library that lets `alg` choose then finds the signature right. Filters against it looked for PEM \
                at the very beginning, and white space in front got past them.",
    behaviour: "The algorithm is in the key's type, so an HS256 token is never checked under an RSA key. What is \
                left is a public key that is handed to the wrong constructor. \
                [`VerifyingKey::hs256`](crate::signed::VerifyingKey::hs256) and its siblings, for signing keys too, \
                refuse what looks like a key as `SecretIsAKey`: PEM, SSH, PuTTY, JWK, DER and certificates, behind \
                white space or a byte order mark, in UTF-16 and in base64; what is binary, in hex too. The \
                constructor for short secrets looks in the same way.",
    yours: "Looks tell no key without a form: the 32 bytes of an Ed25519 point pass for a secret. Make secrets of \
            random bytes, and give public keys to verifiers that need no secret.",
};

pub(in crate::defences) const SHORT_SECRET: Class = Class {
    title: "Empty or short HMAC secrets",
    name: "empty or short HMAC key",
    seen_in: &["CVE-2026-45363", "CVE-2025-45768"],
    elsewhere: "One signed token is enough to try words of a dictionary at leisure. Where a failed look-up of the \
                key gives an empty one, there is not even anything to guess.",
    behaviour: "A secret has at least as many bytes as its hash, 32, 48 or 64 (RFC 7518 section 3.2), or is \
                `SecretTooShort`, in a JWK too. The one way round it is called \
                `hmac_accepting_a_dangerously_short_secret`, and even that refuses an empty one. A set of keys is \
                never empty, and a key that is not found is an error. The secret of a \
                [`DigestKey`](crate::random::DigestKey), under which random tokens are stored, has 32 bytes at \
                least.",
    yours: "Length is measured, and entropy is not: 32 equal bytes pass. Draw secrets at random (`countersign \
            keygen`, [`SigningKey::generate`](crate::signed::SigningKey::generate)); no password is a secret.",
};

pub(in crate::defences) const RSA_TIMING: Class = Class {
    title: "Timing of the RSA private key",
    name: "RSA private-key timing",
    seen_in: &["RUSTSEC-2023-0071"],
    elsewhere: "An RSA signature takes a time that depends on the private key. Whoever can have many of them made, \
                and time each closely, may work the key out. The `rsa` crate has no version without it.",
    behaviour: "Signing with RSA in Rust goes one way, which takes random bytes from the operating system and blinds \
                what is computed: the published attack becomes harder, not impossible. Verifying uses the public key \
                alone and is not affected. No outcome shows the difference, so its test reads the source.",
    yours: "Where an attacker can time signatures closely, sign with Ed25519 or ECDSA, or hand the key to \
            `countersign-aws-lc`, which the advisory does not concern. A KMS signs through \
            [`OutsideSigner`](crate::signed::OutsideSigner).",
};

pub(in crate::defences) const PSYCHIC: Class = Class {
    title: "ECDSA signatures out of range or in another form",
    name: "psychic signatures (r = s = 0), r or s out of range, DER instead of r||s, wrong length",
    seen_in: &["CVE-2022-21449"],
    elsewhere: "With r and s both zero the equation of ECDSA holds for every message and key, where nobody sees to \
                their range. A verifier that also takes DER, or cuts what is too long, gives one token several \
                texts.",
    behaviour: "A signature is `r` and `s` side by side, each as long as the field and from 1 to the order less one; \
                DER is refused. The length is compared with the key's before the engine is asked, and by the engine \
                again, for every algorithm. Both engines, Rust and aws-lc, are held to one table of hostile \
                signatures. The two halves of `s` are both good, as RFC 7518 has it, so a signature can be changed \
                by who shows it: nothing here is keyed by it.",
    yours: "",
};

pub(in crate::defences) const ED25519: Class = Class {
    title: "Ed25519: S at or above the order, keys of small order",
    name: "Ed25519 with S >= L, small-order keys",
    seen_in: &["RUSTSEC-2022-0093"],
    elsewhere: "Adding the order to S gives a second signature of the same message. Under a public key of small \
                order one signature fits many messages. A signer that takes a public key beside the private one can \
                be made to give its private key away.",
    behaviour: "S is below the order, and R is compared as bytes. A public key is judged once, when it is made: one \
                canonical encoding, and none of the eight points of small order. The public half is always derived \
                from the private one; where a JWK or PKCS#8 brings one along, it has to be the same.",
    yours: "",
};

pub(in crate::defences) const RSA: Class = Class {
    title: "Weak RSA keys and signatures of another length",
    name: "RSA 1024, e = 1, e even, wrong signature length",
    seen_in: &["CVE-2022-23539", "CVE-2022-23540", "CVE-2022-23541", "CVE-2017-15361"],
    elsewhere: "Keys of 1024 bits can be factored by those who can pay for it, with an exponent of 1 the signature \
                is the message, and a key of any size makes verifying as slow as its author likes.",
    behaviour: "A modulus is odd and has 2048 to 8192 bits; the exponent is odd, at least 3 and below 2^33. All else \
                is refused when the key is made, from PEM, DER or JWK, private or public. A signature is as long as \
                the modulus. Of PSS the salt is as long as the hash, and MGF1 uses the same hash.",
    yours: "Keys whose primes were chosen badly (CVE-2017-15361) have nothing that is looked for here: replace keys \
            of the devices concerned.",
};

pub(in crate::defences) const OUTSIDE: Class = Class {
    title: "Signatures from a KMS that are not what was asked for",
    name: "a signature from outside: of another key, of other bytes, in another form",
    seen_in: &[],
    elsewhere: "A KMS is asked under the wrong key id, hashes once more, or answers in DER. The tokens are issued \
                all the same, and fail at everybody who is shown one.",
    behaviour: "[`OutsideSigner`](crate::signed::OutsideSigner) gives out the bytes to sign and verifies what comes \
                back, under the public key that it was made with, before there is a token. A signature of another \
                length is refused with both lengths, and \
                [`ecdsa_signature_from_der`](crate::signed::ecdsa_signature_from_der) is there for those who get \
                DER. Header and claims come from the same template as those of a [`Signer`](crate::signed::Signer).",
    yours: "",
};
