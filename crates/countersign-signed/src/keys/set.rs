//! The keys that a verifier trusts, and the choice among them.
//!
//! The choice looks at `kid` and `alg` together and is made once: a token's `alg` can only fail to match
//! a key, never make a key be used in another way. No key is ever tried because another did not fit.

use std::fmt;
use std::sync::Arc;

use super::known::{KnownHeader, KnownHeaders};
use super::{SkippedKey, VerifyingKey};
use crate::algorithm::Algorithm;
use crate::engine::VerifyEngine;
use crate::error::{Error, ErrorKind};

/// More keys than any issuer rotates through; a bound for the search through them.
pub(super) const MAX_KEYS: usize = 100;

/// The keys that tokens are verified with. Cloning shares them.
///
/// - A token with a `kid` is verified with the key of that `kid` and of the token's `alg`, or refused as
///   [`ErrorKind::UnknownKey`]. A key without `kid` is not used for it, though it be the only one.
/// - A token without a `kid` is verified with the key of its `alg` that has no `kid` either; there is at
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
    /// A set of 1 to 100 keys.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidKeySet`] if there is no key, too many, or two of one algorithm that share
    /// their `kid` or both have none.
    pub fn new(keys: impl IntoIterator<Item = VerifyingKey>) -> Result<Self, Error> {
        // One more than may be, so that an endless iterator ends.
        let keys: Box<[VerifyingKey]> = keys.into_iter().take(MAX_KEYS.saturating_add(1)).collect();
        if keys.is_empty() {
            return Err(Error::noted(ErrorKind::InvalidKeySet, "it has no keys"));
        }
        if keys.len() > MAX_KEYS {
            return Err(Error::noted(ErrorKind::InvalidKeySet, "it has more than 100 keys"));
        }
        let name = |key: &VerifyingKey| (key.algorithm(), key.kid().map(str::to_owned));
        let mut names: Vec<_> = keys.iter().map(name).collect();
        while let Some(one) = names.pop() {
            if names.contains(&one) {
                return Err(Error::noted(ErrorKind::InvalidKeySet, "two keys have one `kid` and algorithm"));
            }
        }
        Ok(Self { shared: Arc::new(Shared::new(keys)), skipped: Arc::default() })
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

    pub(crate) fn resolve(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<&VerifyingKey, Error> {
        resolve(&self.shared.keys, kid, algorithm)
    }
}

/// The one key that a token of this `kid` and `alg` can be verified with.
pub(super) fn resolve<'k>(
    keys: &'k [VerifyingKey],
    kid: Option<&str>,
    algorithm: Algorithm,
) -> Result<&'k VerifyingKey, Error> {
    let mut fitting = keys.iter().filter(|key| key.algorithm() == algorithm);
    let Some(kid) = kid else {
        // `new` has seen to it that no other of this algorithm is unnamed too.
        if let Some(unnamed) = fitting.clone().find(|key| key.kid().is_none()) {
            return Ok(unnamed);
        }
        let only = fitting.next().ok_or_else(|| none_fits(keys))?;
        return if fitting.next().is_none() { Ok(only) } else { Err(ErrorKind::AmbiguousKey.into()) };
    };
    Ok(fitting.find(|key| key.kid() == Some(kid)).ok_or_else(|| none_fits(keys))?)
}

fn none_fits(keys: &[VerifyingKey]) -> ErrorKind {
    if keys.is_empty() { ErrorKind::KeysUnavailable } else { ErrorKind::UnknownKey }
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
    fn a_kid_is_looked_up_with_its_algorithm_and_nothing_else_is_tried() {
        let set =
            KeySet::new([hmac(1), hmac(2).with_kid("a").unwrap(), ed25519().with_kid("b").unwrap()]).unwrap();
        let resolve = |kid, algorithm| match set.resolve(kid, algorithm) {
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
        let resolve =
            |keys: Vec<VerifyingKey>| match KeySet::new(keys).unwrap().resolve(None, Algorithm::HS256) {
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
            let error = KeySet::empty().resolve(kid, Algorithm::HS256).unwrap_err();
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
        assert_eq!(set.resolve(Some("a"), Algorithm::HS256).unwrap_err().kind(), ErrorKind::UnknownKey);
        assert_eq!(set.resolve(None, Algorithm::HS256).unwrap().kid(), None);
    }
}
