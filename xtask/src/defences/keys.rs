//! Keys and signatures: what may be a key, and which signatures count under it.

use super::classes;
use super::row::{Edit, Row, Target, Test};

const PACKAGE: &str = "countersign-signed";

const fn it(name: &'static str) -> Test {
    Test::of(PACKAGE, "it", name)
}

const fn lib(name: &'static str) -> Test {
    Test::lib(PACKAGE, name)
}

const DER_READER: &str = "crates/countersign-signed/src/der/reader.rs";
const DIGEST: &str = "crates/countersign-random/src/digest.rs";
const ECDSA: &str = "crates/countersign-signed/src/algorithm/ecdsa.rs";
const ED25519: &str = "crates/countersign-signed/src/algorithm/ed25519.rs";
const HMAC: &str = "crates/countersign-signed/src/algorithm/hmac.rs";
const JWK: &str = "crates/countersign-signed/src/keys/jwk.rs";
const JWKS: &str = "crates/countersign-signed/src/keys/jwks.rs";
const MEMBERS: &str = "crates/countersign-signed/src/keys/jwk/members.rs";
const OUTSIDE: &str = "crates/countersign-signed/src/jwt/outside.rs";
const PEM: &str = "crates/countersign-signed/src/pem.rs";
const REGISTRY: &str = "crates/countersign-signed/src/algorithm/registry.rs";
const RSA: &str = "crates/countersign-signed/src/algorithm/rsa.rs";
const RSA_SIGNING: &str = "crates/countersign-signed/src/algorithm/rsa/signing.rs";
const SECRET: &str = "crates/countersign-signed/src/keys/secret.rs";
const SET: &str = "crates/countersign-signed/src/keys/set.rs";
const SIGNING: &str = "crates/countersign-signed/src/algorithm/registry/signing.rs";
const VERIFYING: &str = "crates/countersign-signed/src/keys/verifying.rs";

/// Every engine judges the length as well, so it is taken out here with that of the engine.
const ANY_LENGTH: Edit = Edit(VERIFYING, "signature.len() == self.0.signature_len && ", "");

/// The library has bounds of its own for RSA keys, which are taken out with ours.
const UNCHECKED: Edit = Edit(
    RSA,
    "PublicKey::new(uint(n)?, uint(e)?).map_err(malformed)?;",
    "PublicKey::new_unchecked(uint(n)?, uint(e)?);",
);

pub(super) fn rows() -> Vec<Row> {
    let mut rows = secrets();
    rows.extend(signatures());
    rows.extend(formats());
    rows.push(outside());
    rows
}

fn secrets() -> Vec<Row> {
    vec![
        Row::new(&classes::keys::CONFUSION)
            .defence(
                "any bytes are an HMAC secret",
                it("attacks::a_public_key_is_never_an_hmac_secret"),
                &[Edit(SECRET, "    if looks_like_a_key(secret) {", "    if secret.is_empty() && looks_like_a_key(secret) {")],
            )
            .defence(
                "a key behind white space is not recognised",
                lib("keys::secret::tests::what_looks_like_an_asymmetric_key_is_refused_by_either_constructor"),
                &[Edit(
                    SECRET,
                    "let text = without_bom(bytes).trim_ascii();\n    let starts",
                    "let text = without_bom(bytes);\n    let starts",
                )],
            )
            .defence(
                "a key of SSH is not recognised",
                lib("keys::secret::tests::what_looks_like_an_asymmetric_key_is_refused_by_either_constructor"),
                &[Edit(
                    SECRET,
                    "    pem || ssh || putty || jwk ||",
                    "    pem || (ssh && text.is_empty()) || putty || jwk ||",
                )],
            )
            .defence(
                "a JWK is not recognised",
                lib("keys::secret::tests::what_looks_like_an_asymmetric_key_is_refused_by_either_constructor"),
                &[Edit(
                    SECRET,
                    "    pem || ssh || putty || jwk || is_escaped_jwk(text)",
                    "    pem || ssh || putty || (jwk && is_escaped_jwk(text) && text.is_empty())",
                )],
            )
            .defence(
                "a key in DER is not recognised",
                lib("keys::secret::tests::a_public_key_in_der_is_refused"),
                &[Edit(
                    SECRET,
                    "is_der(bytes) || is_ssh_wire(bytes)",
                    "(is_der(bytes) && bytes.is_empty()) || is_ssh_wire(bytes)",
                )],
            )
            .defence(
                "a key in bare base64 is not recognised",
                lib("keys::secret::tests::base64_without_armour_is_refused_in_either_alphabet_and_any_layout"),
                &[Edit(
                    SECRET,
                    "unwrapped(&text).is_some_and(|inner| is_binary(&inner) || is_text(&inner))",
                    "unwrapped(&text).is_some_and(|inner| inner.is_empty())",
                )],
            ),
        Row::new(&classes::keys::SHORT_SECRET)
            .defence(
                "half the length will do",
                lib("keys::secret::tests::a_secret_is_as_long_as_the_hash_or_longer"),
                &[Edit(SECRET, "if secret.len() < shortest {", "if secret.len() < shortest / 2 {")],
            )
            .defence(
                "the escape hatch takes an empty secret",
                lib("keys::secret::tests::a_secret_is_as_long_as_the_hash_or_longer"),
                &[Edit(
                    SECRET,
                    "    if secret.is_empty() {\n        return Err(ErrorKind::SecretTooShort.into());\n    }\n",
                    "",
                )],
            )
            .defence(
                "a secret in a JWK may be short",
                it("bad_jwks::jwks_that_are_no_public_key_are_refused"),
                &[Edit(
                    VERIFYING,
                    "jwk::Verify::Secret(secret) => Self::of_secret(labels.algorithm, &secret)?.under(labels),",
                    "jwk::Verify::Secret(secret) => {
                Self::hmac_accepting_a_dangerously_short_secret(labels.algorithm, &secret)?.under(labels)
            }",
                )],
            )
            .defence(
                "the secret of a digest key may be short",
                Test::lib(
                    "countersign-random",
                    "digest::tests::a_secret_of_31_bytes_is_refused_and_one_of_32_is_taken",
                ),
                &[Edit(DIGEST, "if secret.len() < MIN_SECRET_BYTES {", "if secret.len() < MIN_SECRET_BYTES / 2 {")],
            )
            .defence(
                "a set may have no keys",
                lib("keys::set::tests::a_set_has_one_to_a_hundred_keys_that_can_be_told_apart"),
                &[Edit(
                    SET,
                    "        if keys.is_empty() {\n            return Err(Error::noted(ErrorKind::InvalidKeySet, \"it has no keys\"));\n        }\n",
                    "",
                )],
            ),
        Row::new(&classes::keys::RSA_TIMING).defence(
            "RS256 is signed without blinding",
            Test {
                package: "xtask",
                target: Target::Bin("xtask"),
                name: "defences::sources::tests::rsa_signs_with_random_bytes_and_in_no_other_way",
            },
            &[
                Edit(
                    RSA_SIGNING,
                    "fn engine<S, K>(key: K) -> Arc<dyn Sign>",
                    "struct Unblinded(pkcs1v15::SigningKey<Sha256>);

impl Sign for Unblinded {
    fn sign(&self, token: &mut Vec<u8>) -> Result<(), Error> {
        let signature = rsa::signature::Signer::try_sign(&self.0, token)
            .map_err(|error| Error::caused(ErrorKind::SigningFailed, error))?;
        append(token, signature.to_bytes().as_ref());
        Ok(())
    }
}

fn engine<S, K>(key: K) -> Arc<dyn Sign>",
                ),
                Edit(
                    RSA_SIGNING,
                    "_ => engine(pkcs1v15::SigningKey::<Sha256>::new(key)),",
                    "_ => Arc::new(Unblinded(pkcs1v15::SigningKey::new(key))),",
                ),
            ],
        ),
    ]
}

fn signatures() -> Vec<Row> {
    vec![
        Row::new(&classes::keys::PSYCHIC)
            .defence(
                "r and s out of range count as a signature",
                lib("algorithm::ecdsa::tests::r_and_s_are_from_1_to_the_order_less_1"),
                &[Edit(
                    ECDSA,
                    "Signature::<C>::from_slice(signature) else { return false };",
                    "Signature::<C>::from_slice(signature) else {
            return signature.len() == C::CURVE.field_len() * 2;
        };",
                )],
            )
            .defence(
                "DER is taken as well",
                lib("algorithm::ecdsa::tests::a_signature_in_der_is_refused"),
                &[
                    ANY_LENGTH,
                    Edit(
                        ECDSA,
                        "        let Ok(signature) = Signature::<C>::from_slice(signature) else { return false };",
                        "        let field = |integer: &[u8]| {
            let magnitude = integer.strip_prefix(&[0]).unwrap_or(integer);
            [&vec![0; C::CURVE.field_len().saturating_sub(magnitude.len())], magnitude].concat()
        };
        let sides = match signature {
            [0x30, _, 2, length, rest @ ..] if signature.len() != C::CURVE.field_len() * 2 => {
                let (r, s) = rest.split_at_checked(usize::from(*length)).unwrap_or_default();
                [field(r), field(s.get(2..).unwrap_or_default())].concat()
            }
            _ => signature.to_vec(),
        };
        let Ok(signature) = Signature::<C>::from_slice(&sides) else { return false };",
                    ),
                ],
            )
            .defence(
                "a tag of HMAC may be cut short",
                it("attacks::alg_none_and_every_other_unknown_alg_are_refused_with_or_without_a_signature"),
                &[ANY_LENGTH, Edit(HMAC, "signature.len() == K::TAG && same(", "signature.len() <= K::TAG && same(")],
            )
            .note(
                "that r and s are below the order is the library's check; the first patch answers for it where it refuses",
            ),
        Row::new(&classes::keys::ED25519)
            .defence(
                "S is reduced by the order first",
                it("attacks::an_ed25519_signature_has_one_form"),
                &[Edit(
                    ED25519,
                    "        Signature::from_slice(signature).is_ok_and(",
                    "        let order: [u8; 32] = [
            0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let mut reduced = signature.to_vec();
        let mut borrow = 0;
        for (byte, order) in reduced.iter_mut().skip(32).zip(order) {
            let difference = i16::from(*byte) - i16::from(order) - borrow;
            borrow = i16::from(difference < 0);
            *byte = difference.rem_euclid(256).to_le_bytes()[0];
        }
        let signature = if borrow == 0 { &reduced } else { signature };
        Signature::from_slice(signature).is_ok_and(",
                )],
            )
            .defence(
                "a public key of small order is taken",
                it("attacks::an_ed25519_key_of_small_order_is_refused"),
                &[Edit(ED25519, "if key.is_weak() {", "if key.is_weak() && point.is_empty() {")],
            )
            .defence(
                "a public key has several encodings",
                lib("algorithm::ed25519::tests::a_key_has_one_encoding"),
                &[Edit(
                    ED25519,
                    "if canonical.as_bytes() != bytes {",
                    "if canonical.as_bytes() != bytes && point.is_empty() {",
                )],
            )
            .defence(
                "the public half beside a private key is not compared with it",
                it("jwk::a_private_key_comes_with_its_own_public_half"),
                &[Edit(
                    SIGNING,
                    "if verifying(algorithm, claimed)?.public != key.verifying.public {",
                    "if verifying(algorithm, claimed)?.public.is_none() {",
                )],
            ),
        Row::new(&classes::keys::RSA)
            .defence(
                "1024 bits are enough",
                it("attacks::weak_or_misused_rsa_keys_are_refused"),
                &[UNCHECKED, Edit(RSA, "= 2048..=8192;", "= 1024..=8192;")],
            )
            .defence(
                "any modulus is taken, however long",
                it("attacks::weak_or_misused_rsa_keys_are_refused"),
                &[UNCHECKED, Edit(RSA, "= 2048..=8192;", "= 2048..=16384;")],
            )
            .defence(
                "an exponent may be even",
                it("attacks::weak_or_misused_rsa_keys_are_refused"),
                &[UNCHECKED, Edit(RSA, "last % 2 == 1);", "last % 2 < 2);")],
            )
            .defence(
                "an exponent may have any size",
                it("bad_jwks::jwks_that_are_no_public_key_are_refused"),
                &[
                    UNCHECKED,
                    Edit(
                        RSA,
                        "if !odd || e == [1] || large {",
                        "if !odd || e == [1] || (large && e.is_empty()) {",
                    ),
                ],
            )
            .defence(
                "a modulus may be even",
                it("attacks::weak_or_misused_rsa_keys_are_refused"),
                &[UNCHECKED, Edit(RSA, "if n.last().is_none_or(|last| last % 2 == 0) {", "if n.is_empty() {")],
            )
            .defence(
                "an exponent may be 1",
                it("attacks::weak_or_misused_rsa_keys_are_refused"),
                &[UNCHECKED, Edit(RSA, "if !odd || e == [1] || large {", "if !odd || large {")],
            )
            .defence(
                "the salt of PSS may have any length",
                it("openssl::pss_with_other_parameters_is_refused"),
                &[Edit(RSA, "pss::VerifyingKey::<D>::new(key)", "pss::VerifyingKey::<D>::new_with_auto_salt_len(key)")],
            )
            .defence(
                "zeros before an RSA signature are passed over",
                it("attacks::an_rsa_signature_is_as_long_as_the_modulus"),
                &[
                    ANY_LENGTH,
                    Edit(
                        RSA,
                        "        pkcs1v15::Signature::try_from(signature)",
                        "        let zeros = signature.len().saturating_sub(256);
        let signature = signature.get(zeros..).filter(|_| signature.iter().take(zeros).all(|byte| *byte == 0));
        pkcs1v15::Signature::try_from(signature.unwrap_or_default())",
                    ),
                ],
            ),
    ]
}

fn formats() -> Vec<Row> {
    vec![
        Row::new(&classes::formats::PEM)
            .defence(
                "any label is taken",
                it("attacks::pem_of_another_label_is_refused_and_named"),
                &[Edit(
                    PEM,
                    "let Some(&(label, format)) = wanted.iter().find(|(label, _)| *label == found) else {",
                    "let Some((label, format)) = wanted.first().map(|(_, format)| (found, *format)) else {",
                )],
            )
            .defence(
                "the first block is taken, whatever comes after it",
                lib("pem::tests::text_in_front_of_behind_or_between_is_refused"),
                &[Edit(
                    PEM,
                    ".strip_suffix(\"-----\")
        .and_then(|rest| rest.strip_suffix(label))
        .and_then(|rest| rest.strip_suffix(\"-----END \"))",
                    ".split_once(\"-----END \")
        .map(|(body, _)| body)",
                )],
            )
            .defence(
                "text before the block is passed over",
                lib("pem::tests::text_in_front_of_behind_or_between_is_refused"),
                &[Edit(
                    PEM,
                    "    let block = text.trim_matches(",
                    "    let start = text.find(\"-----BEGIN \").unwrap_or_default();
    let block = text.get(start..).unwrap_or_default().trim_matches(",
                )],
            )
            .defence(
                "bytes behind the key in DER are passed over",
                it("bad_keys::der_that_is_not_quite_a_public_key_is_refused"),
                &[Edit(DER_READER, "if self.0.is_empty() { Ok(()) }", "if self.0.len() < 64 { Ok(()) }")],
            ),
        Row::new(&classes::formats::JWK)
        .defence(
            "an RSA key without `alg` is for RS256",
            it("jwk::a_key_without_alg_is_for_the_only_algorithm_of_its_kind_or_refused"),
            &[Edit(
                JWK,
                "(Kind::Rsa(_), Wanted::ForRsa(algorithm)) => algorithm,",
                "(Kind::Rsa(_), Wanted::ForRsa(algorithm)) => algorithm,
            (Kind::Rsa(_), _) => Algorithm::RS256,",
            )],
        )
        .defence(
            "`use` and `key_ops` are passed over",
            it("jwk::what_use_and_key_ops_forbid_is_not_done"),
            &[Edit(JWK, "    jwk.permit(\"verify\")?;\n", "    let _ = Jwk::permit;\n")],
        )
        .defence(
            "`key_ops` is passed over",
            it("jwk::what_use_and_key_ops_forbid_is_not_done"),
            &[Edit(
                MEMBERS,
                "if operations.iter().any(|own| own == operation) {",
                "if operations.iter().any(|own| own == operation) || !operations.is_empty() {",
            )],
        )
        .defence(
            "a key of X25519 passes for one of Ed25519",
            it("jwk::a_curve_or_algorithm_that_does_not_fit_is_refused"),
            &[Edit(MEMBERS, "\"Ed25519\" => Ok(Kind::Ed25519),", "\"Ed25519\" | \"X25519\" => Ok(Kind::Ed25519),")],
        )
        .defence(
            "a key serves an algorithm of another kind",
            it("jwk::a_curve_or_algorithm_that_does_not_fit_is_refused"),
            &[Edit(REGISTRY, "    demand(algorithm, public.kind())?;\n", "")],
        )
        .defence(
            "private members in a public key are passed over",
            it("jwk::a_public_key_with_private_members_is_refused"),
            &[Edit(
                JWK,
                "if let Some(name) = PRIVATE.into_iter().find(|name| jwk.has(name)) {",
                "if let Some(name) = PRIVATE.into_iter().find(|name| jwk.has(name) && jwk.has(\"\")) {",
            )],
        )
        .defence(
            "a coordinate may have any length",
            it("jwk::a_point_off_the_curve_or_of_another_length_is_refused"),
            &[Edit(
                MEMBERS,
                "        let bytes = self.bytes(name)?;
        if bytes.len() != length {",
                "        let mut bytes = self.bytes(name)?;
        while bytes.len() < length {
            bytes.insert(0, 0);
        }
        if bytes.len() != length {",
            )],
        )
        .defence(
            "a secret is taken from a set of public keys",
            it("jwk::a_secret_is_never_taken_from_a_set"),
            &[Edit(
                JWKS,
                "        (_, Verify::Secret(_)) => {
            Err(Error::noted(ErrorKind::InvalidKey, \"a secret is not taken from a set of public keys\"))
        }",
                "        (labels, Verify::Secret(secret)) => VerifyingKey::from_bytes(labels.algorithm, &secret),",
            )],
        )
        .note(
            "that a point lies on its curve is checked by the libraries, which make no point otherwise; the test of \
             lengths pins that too",
        ),
    ]
}

fn outside() -> Row {
    Row::new(&classes::keys::OUTSIDE)
        .defence(
            "whatever comes from outside is a signature",
            it("outside::only_the_right_signature_of_this_token_is_taken"),
            &[Edit(
                OUTSIDE,
                "if !key.verify(input.get(..signed).unwrap_or_default(), signature) {",
                "if signed == 0 && !key.verify(input.get(..signed).unwrap_or_default(), signature) {",
            )],
        )
        .defence(
            "a signature from outside may have any length",
            it("outside::der_itself_is_refused_with_both_lengths"),
            &[Edit(
                OUTSIDE,
                "append_exactly(&mut input, signature, key.signature_len())?;",
                "append_exactly(&mut input, signature, signature.len())?;",
            )],
        )
}
