//! The keys that a verifier trusts.

use std::fmt;
use std::sync::Arc;

use super::VerifyingKey;
use super::certificate::KeyHint;
use super::choice::resolve;
use super::known::{KnownHeader, KnownHeaders};
use crate::algorithm::Algorithm;
use crate::engine::VerifyEngine;
use crate::error::{Error, ErrorKind, SkippedKey};

/// More keys than any issuer rotates through; a bound for the search through them.
pub(super) const MAX_KEYS: usize = 100;

/// The keys that tokens are verified with. Cloning shares them.
///
/// - A token with a `kid` is verified with the key of that `kid` and of the token's `alg`, or refused as
///   [`ErrorKind::UnknownKey`]. A key without `kid` is not used for it, though it be the only one.
/// - A token without a `kid` that has `x5t` or `x5t#S256` is verified with the key of its `alg` that has the same
///   one in its JWK. AD FS names its keys so. If no key has it, the token counts as one that names no key.
/// - A token that names no key is verified with the key of its `alg` that has no `kid` either; there is at
///   most one. If there is none, it is verified only if exactly one key of the set has its `alg`, and else
///   refused as [`ErrorKind::AmbiguousKey`]. So the tokens of an unnamed key stay good when a named
///   successor joins the set.
///
/// Security: every key of a set can sign whatever its verifier accepts, in the name of any issuer,
/// subject and audience that the verifier takes. So a set holds the keys of one issuer.
#[derive(Clone)]
pub struct KeySet {
    shared: Arc<Shared>,
    skipped: Arc<[SkippedKey]>,
}

struct Shared {
    keys: Box<[VerifyingKey]>,
    known: KnownHeaders,
    has_public: bool,
}

impl Shared {
    fn new(keys: Box<[VerifyingKey]>) -> Self {
        let has_public = keys.iter().any(|key| key.public().is_some());
        Self { known: KnownHeaders::new(&keys), keys, has_public }
    }
}

impl KeySet {
    /// A set of 1 to 100 keys. A public key that is there twice, under one `kid` and algorithm, is one key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKeySet`] if there is no key, too many, or two different ones of one algorithm that
    /// share their `kid` or both have none. Two secrets always count as different.
    pub fn new(keys: impl IntoIterator<Item = VerifyingKey>) -> Result<Self, Error> {
        let mut distinct: Vec<VerifyingKey> = Vec::new();
        // One more than may be, so that an endless iterator ends.
        for (count, key) in keys.into_iter().take(MAX_KEYS.saturating_add(1)).enumerate() {
            if count == MAX_KEYS {
                return Err(Error::noted(ErrorKind::InvalidKeySet, "it has more than 100 keys"));
            }
            let namesake = |own: &&mut VerifyingKey| own.is_namesake_of(&key);
            match distinct.iter_mut().find(namesake) {
                None => distinct.push(key),
                Some(own) if own.has_the_public_key_of(&key) => *own = own.clone().with_certificates_of(&key),
                Some(_) => return Err(two_of_one_name(&key)),
            }
        }
        if distinct.is_empty() {
            return Err(Error::noted(ErrorKind::InvalidKeySet, "it has no keys"));
        }
        Ok(Self { shared: Arc::new(Shared::new(distinct.into())), skipped: Arc::default() })
    }

    /// What a cache has before its first fetch, and nobody else. Resolving says that it is empty.
    pub(crate) fn empty() -> Self {
        Self { shared: Arc::new(Shared::new(Box::default())), skipped: Arc::default() }
    }

    /// How many keys there are.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a set that callers can have is never empty")]
    pub fn len(&self) -> usize {
        self.shared.keys.len()
    }

    /// The key for a token whose header's segment is this text, and what the header says, if the text is
    /// one that this set knows beforehand.
    pub(crate) fn known_header(&self, segment: &[u8]) -> Option<(&VerifyingKey, &KnownHeader)> {
        let header = self.shared.known.find(segment)?;
        Some((self.shared.keys.get(header.key())?, header))
    }

    /// The keys of the JWK set that this one was read from which are not in it, in their order there.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }

    /// The same set, where the keys for which `engine_for` has an engine are computed by it, as
    /// [`VerifyingKey::with_engine`] does for one key. The others keep what they have.
    #[must_use]
    pub fn with_engines<E: VerifyEngine>(
        self,
        mut engine_for: impl FnMut(&VerifyingKey) -> Option<E>,
    ) -> Self {
        let keys: Box<[VerifyingKey]> = self
            .keys()
            .iter()
            .map(|key| match engine_for(key) {
                Some(engine) => key.clone().with_engine(engine),
                None => key.clone(),
            })
            .collect();
        Self { shared: Arc::new(Shared::new(keys)), skipped: self.skipped }
    }

    /// Whether any key is half of a pair, so that verifying with it is dear.
    pub(crate) fn has_public_keys(&self) -> bool {
        self.shared.has_public
    }

    /// Whether this is a handle to that very set: not one of equal keys, which may have come later.
    pub(crate) fn is_the_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    pub(super) fn having_skipped(self, skipped: Arc<[SkippedKey]>) -> Self {
        Self { skipped, ..self }
    }

    /// The keys, in the order in which they were given: for a set of the same keys
    /// [computed elsewhere](VerifyingKey::with_engine), among others.
    #[must_use]
    pub fn keys(&self) -> &[VerifyingKey] {
        &self.shared.keys
    }

    /// The key for a token of this `alg` that names its key so. If the set had that key and could not use it, the
    /// error says why.
    pub(crate) fn resolve(&self, hint: KeyHint<'_>, algorithm: Algorithm) -> Result<&VerifyingKey, Error> {
        resolve(&self.shared.keys, hint, algorithm).map_err(|error| match self.skipped_key(hint.kid) {
            Some(skipped) if error.kind() == ErrorKind::UnknownKey => Error::noted(
                ErrorKind::UnknownKey,
                format!("its key is in the set and is not used: {skipped}"),
            ),
            _ => error,
        })
    }

    fn skipped_key(&self, kid: Option<&str>) -> Option<&SkippedKey> {
        let kid = kid?;
        self.skipped.iter().find(|skipped| skipped.kid().is_some_and(|own| own.expose() == kid))
    }
}

/// Two keys that no token tells apart.
fn two_of_one_name(key: &VerifyingKey) -> Error {
    let whose = if key.kid().is_some() { "one `kid`" } else { "no `kid`" };
    let note = format!("two different keys for {} have {whose}", key.algorithm().name());
    Error::noted(ErrorKind::InvalidKeySet, note)
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.shared.keys).finish()
    }
}

#[cfg(test)]
#[cfg(feature = "default")]
mod tests {
    use super::*;
    use crate::SigningKey;

    fn hmac(byte: u8) -> VerifyingKey {
        VerifyingKey::hs256(&[byte; 32]).unwrap()
    }

    fn ed25519() -> VerifyingKey {
        SigningKey::ed25519(&[1; 32]).unwrap().verifying_key()
    }

    fn kind(keys: Vec<VerifyingKey>) -> Option<ErrorKind> {
        KeySet::new(keys).err().map(|error| error.kind())
    }

    #[test]
    fn a_set_has_one_to_a_hundred_keys_that_can_be_told_apart() {
        let numbered =
            |count: u32| (0..count).map(|n| hmac(1).with_kid(&n.to_string()).unwrap()).collect::<Vec<_>>();
        assert_eq!(kind(vec![]), Some(ErrorKind::InvalidKeySet));
        assert_eq!(kind(numbered(100)), None);
        assert_eq!(kind(numbered(101)), Some(ErrorKind::InvalidKeySet));
        assert_eq!(KeySet::new(std::iter::repeat(hmac(1))).err().unwrap().kind(), ErrorKind::InvalidKeySet);
        assert_eq!(kind(vec![hmac(1), hmac(2)]), Some(ErrorKind::InvalidKeySet));
        let same = [hmac(1), hmac(2)].map(|key| key.with_kid("a").unwrap());
        assert_eq!(kind(same.to_vec()), Some(ErrorKind::InvalidKeySet));
        assert_eq!(kind(vec![hmac(1).with_kid("a").unwrap(), ed25519().with_kid("a").unwrap()]), None);
        assert_eq!(kind(vec![hmac(1), hmac(1).with_kid("a").unwrap()]), None);
    }

    #[test]
    fn a_public_key_that_is_there_twice_is_one_and_a_different_one_is_an_error() {
        let other = || SigningKey::ed25519(&[2; 32]).unwrap().verifying_key();
        assert_eq!(KeySet::new([ed25519(), ed25519()]).unwrap().len(), 1);
        assert_eq!(KeySet::new([ed25519(), other(), ed25519()]).unwrap().len(), 2);
        let named = |key: VerifyingKey| key.with_kid("a").unwrap();
        assert_eq!(KeySet::new([named(ed25519()), named(ed25519())]).unwrap().len(), 1);
        assert_eq!(kind(vec![named(ed25519()), named(other())]), Some(ErrorKind::InvalidKeySet));
        assert_eq!(
            kind(vec![ed25519().without_kid(), other().without_kid()]),
            Some(ErrorKind::InvalidKeySet)
        );
        // Of a secret nothing is kept that could be compared.
        assert_eq!(kind(vec![hmac(1), hmac(1)]), Some(ErrorKind::InvalidKeySet));
        assert_eq!(KeySet::new(std::iter::repeat(ed25519())).err().unwrap().kind(), ErrorKind::InvalidKeySet);
    }

    #[test]
    fn a_kid_is_looked_up_with_its_algorithm_and_nothing_else_is_tried() {
        let set =
            KeySet::new([hmac(1), hmac(2).with_kid("a").unwrap(), ed25519().with_kid("b").unwrap()]).unwrap();
        let resolve = |kid, algorithm| match set.resolve(KeyHint { kid, ..KeyHint::default() }, algorithm) {
            Ok(key) => Ok(key.kid()),
            Err(error) => Err(error.kind()),
        };
        assert_eq!(resolve(Some("a"), Algorithm::HS256), Ok(Some("a")));
        assert_eq!(resolve(Some("b"), Algorithm::EdDSA), Ok(Some("b")));
        assert_eq!(resolve(Some("b"), Algorithm::HS256), Err(ErrorKind::UnknownKey));
        assert_eq!(resolve(Some("c"), Algorithm::EdDSA), Err(ErrorKind::UnknownKey));
        assert_eq!(resolve(None, Algorithm::EdDSA), Ok(Some("b")));
        assert_eq!(resolve(None, Algorithm::HS256), Ok(None));
        assert_eq!(resolve(None, Algorithm::RS256), Err(ErrorKind::UnknownKey));
    }

    #[test]
    fn a_token_without_kid_is_for_the_unnamed_key_or_for_the_only_one() {
        let named = |byte, kid| hmac(byte).with_kid(kid).unwrap();
        let resolve = |keys: Vec<VerifyingKey>| match KeySet::new(keys)
            .unwrap()
            .resolve(KeyHint::default(), Algorithm::HS256)
        {
            Ok(key) => Ok(key.kid().map(str::to_owned)),
            Err(error) => Err(error.kind()),
        };
        // Wherever it stands among the named ones.
        assert_eq!(resolve(vec![hmac(1), named(2, "b"), named(3, "c")]), Ok(None));
        assert_eq!(resolve(vec![named(2, "b"), named(3, "c"), hmac(1)]), Ok(None));
        assert_eq!(resolve(vec![named(2, "b"), ed25519()]), Ok(Some("b".to_owned())));
        assert_eq!(resolve(vec![named(2, "b"), named(3, "c")]), Err(ErrorKind::AmbiguousKey));
        // An unnamed key of another algorithm settles nothing.
        let other = ed25519().without_kid();
        assert_eq!(resolve(vec![named(2, "b"), named(3, "c"), other]), Err(ErrorKind::AmbiguousKey));
    }

    #[test]
    fn a_set_without_keys_says_so_and_not_that_the_key_is_unknown() {
        for kid in [None, Some("a")] {
            let error =
                KeySet::empty().resolve(KeyHint { kid, ..KeyHint::default() }, Algorithm::HS256).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
        }
    }

    #[test]
    fn a_set_with_other_engines_is_the_same_set() {
        struct Refusing;
        impl VerifyEngine for Refusing {
            fn verify(&self, _: &[u8], _: &[u8]) -> bool {
                false
            }
        }
        let text = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a",
            "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},{"kty":"none"}]}"#;
        let set = KeySet::from_jwks(text).unwrap();
        // RFC 8037 appendix A.4.
        let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PG\
            cvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        assert!(crate::jws::verify(&set, token).is_ok());
        let same = set.clone().with_engines(|_| None::<Refusing>);
        assert!(crate::jws::verify(&same, token).is_ok());
        let other = set.clone().with_engines(|key| (key.kid() == Some("a")).then_some(Refusing));
        assert_eq!(crate::jws::verify(&other, token).unwrap_err().kind(), ErrorKind::InvalidSignature);
        assert_eq!((other.to_jwks(), other.skipped().len()), (set.to_jwks(), 1));
    }

    #[test]
    fn a_key_without_kid_does_not_serve_a_token_that_names_one() {
        let set = KeySet::new([hmac(1)]).unwrap();
        assert_eq!(
            set.resolve(KeyHint { kid: Some("a"), ..KeyHint::default() }, Algorithm::HS256)
                .unwrap_err()
                .kind(),
            ErrorKind::UnknownKey
        );
        assert_eq!(set.resolve(KeyHint::default(), Algorithm::HS256).unwrap().kid(), None);
    }
}
