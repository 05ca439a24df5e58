//! The kinds of [`Error`](crate::Error), and one fixed sentence for each.
//!
//! A list of its own so that the whole of what can go wrong is read in one place. It is not a list of
//! answers for a client: most of these are for the owner of the service alone.

/// What went wrong, in a form to match on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The token, or its header, is longer than the verifier's limit:
    /// [`max_token_length`](crate::VerifierBuilder::max_token_length),
    /// [`max_header_length`](crate::VerifierBuilder::max_header_length).
    TokenTooLong,
    /// The token is not three segments, or a segment is not canonical unpadded base64url.
    MalformedToken,
    /// Five segments: an encrypted token (JWE, RFC 7516), which nothing here can read.
    EncryptedToken,
    /// The JWS JSON serialization (RFC 7515 section 7.2), of which only the compact one is read here.
    JsonSerialization,
    /// The header or the claims are not one JSON object in UTF-8, or are nested more than 32 deep.
    InvalidJson,
    /// A member name occurs twice in one JSON object, at any depth.
    DuplicateMember,
    /// A member name starts with `$serde_json::private::`, in a header, claims or a JWK, at any depth. The crate
    /// serde_json reads such an object as something else, so it would have two meanings.
    ReservedMember,
    /// A header member is missing or has the wrong type or length.
    InvalidHeader,
    /// The header demands something that is refused on principle: `crit` or `b64`.
    UnsupportedHeader,
    /// The header's `alg`, or that of a JWK, is `none` or not one that this crate knows; or a key is for an
    /// algorithm that this build was made without.
    UnsupportedAlgorithm,
    /// The token names no issuer, or one that none of several verifiers is for. No signature has been
    /// looked at: it says nothing about who made the token.
    UnknownIssuer,
    /// No key of the set has the token's `kid` and `alg`.
    UnknownKey,
    /// No keys are at hand: they have not been fetched yet, or the last ones are too old. It says nothing
    /// about the token, so that 503 answers it and not 401.
    KeysUnavailable,
    /// The token names no `kid`, and several keys of the set have its `alg`, each with a `kid`.
    AmbiguousKey,
    /// The signature does not belong to this header and payload under this key.
    InvalidSignature,
    /// The header's `typ` is not the expected type of token, or it has a `cty`, which no JWT of claims has.
    UnexpectedType,
    /// A claim that the verifier demands is absent.
    MissingClaim,
    /// A claim is there, but is of the wrong JSON type, an empty array, or out of range.
    InvalidClaim,
    /// A claim is well formed, but is not the expected value: also an `iss` or `aud` that the verifier
    /// was not told of.
    UnexpectedClaim,
    /// `exp` has been reached.
    Expired,
    /// `nbf` has not been reached.
    NotYetValid,
    /// `iat` lies in the future.
    IssuedInFuture,
    /// `iat` is longer ago than the verifier allows.
    TooOld,
    /// `iat` lies before the moment from which on the verifier takes tokens.
    IssuedTooEarly,
    /// From `iat` to `exp` is longer than the verifier allows.
    LifetimeTooLong,
    /// The token is bound to a key or certificate by `cnf` (RFC 7800): DPoP (RFC 9449), or mutual TLS (RFC 8705).
    /// No binding is verified here, so the token is not taken as a plain bearer token.
    SenderConstrained,
    /// The claims passed every check, but do not fit the type that the caller asked for.
    ClaimsDeserialize,
    /// The caller's claims do not serialise to one JSON object that a verifier would take, or their token
    /// would be too long. A registered claim of the wrong form, such as a number as `sub`, is named by
    /// [`Error::claim`](crate::Error::claim).
    ClaimsSerialize,
    /// The private operation of the signature failed.
    SigningFailed,
    /// The operating system's generator of random numbers failed.
    RandomSource,
    /// An HMAC secret is shorter than the hash that it keys.
    SecretTooShort,
    /// An HMAC secret looks like an asymmetric key: PEM, DER, SSH, PuTTY or JWK, also in base64, hex, UTF-16 or percent
    /// encoding.
    SecretIsAKey,
    /// A key is not well formed, is too weak, or is for another algorithm.
    InvalidKey,
    /// An RSA key has the fingerprint of a faulty generator (ROCA, CVE-2017-15361): its primes can be found.
    VulnerableKey,
    /// A `kid` is empty or longer than 256 bytes.
    InvalidKid,
    /// A key of this algorithm has no such export.
    NotExportable,
    /// A key set has no usable keys, too many keys, or two different ones with the same `kid` and `alg`.
    InvalidKeySet,
    /// A verifier or signer was configured with something that cannot be meant.
    InvalidConfiguration,
}

impl ErrorKind {
    /// A fixed sentence, the same whatever the input was.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::TokenTooLong => "the token or its header is longer than the configured limit",
            Self::MalformedToken => "the token is not a compact signed token",
            Self::EncryptedToken => "the token is encrypted",
            Self::JsonSerialization => "the token is in the JSON serialization, not in the compact one",
            Self::InvalidJson => "the token does not hold a JSON object",
            Self::DuplicateMember => "a JSON member name occurs twice",
            Self::ReservedMember => {
                "a JSON member has a name that serde_json reserves (`$serde_json::private::`)"
            }
            Self::InvalidHeader => "the token's header is not valid",
            Self::UnsupportedHeader => "the token's header demands an extension",
            Self::UnsupportedAlgorithm => "the algorithm is not supported",
            Self::UnknownIssuer => "no verifier is for the token's issuer",
            Self::UnknownKey => "no key fits the token",
            Self::KeysUnavailable => "no keys are at hand",
            Self::AmbiguousKey => "more than one key fits the token",
            Self::InvalidSignature => "the token's signature is wrong",
            Self::UnexpectedType => "the token is not of the expected type",
            Self::MissingClaim => "the token lacks a claim",
            Self::InvalidClaim => "a claim is malformed",
            Self::UnexpectedClaim => "a claim does not have the expected value",
            Self::Expired => "the token has expired",
            Self::NotYetValid => "the token is not valid yet",
            Self::IssuedInFuture => "the token was issued in the future",
            Self::TooOld => "the token was issued too long ago",
            Self::IssuedTooEarly => "the token was issued before the first moment that counts",
            Self::LifetimeTooLong => "the token lives too long",
            Self::SenderConstrained => {
                "the token is bound to a key or certificate, and the binding has not been verified"
            }
            Self::ClaimsDeserialize => "the claims do not fit the type asked for",
            Self::ClaimsSerialize => "the claims cannot be signed",
            Self::SigningFailed => "signing failed",
            Self::RandomSource => "the operating system gave no random bytes",
            Self::SecretTooShort => "the secret is too short",
            Self::SecretIsAKey => "the secret looks like an asymmetric key",
            Self::InvalidKey => "the key is not valid",
            Self::VulnerableKey => {
                "the RSA key comes from a faulty generator (ROCA, CVE-2017-15361) and can be factored: replace it"
            }
            Self::InvalidKid => "a key id must have 1 to 256 bytes",
            Self::NotExportable => "a key of this algorithm cannot be exported so",
            Self::InvalidKeySet => "the key set is not valid",
            Self::InvalidConfiguration => "the configuration is not valid",
        }
    }
}
