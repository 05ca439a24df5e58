//! The header that all tokens of a signer share, and the text that is signed.
//!
//! Signers inside and outside of this process issue the same tokens, so header and payload are written
//! here for both; the signature is all that they differ in. The header is encoded when it is configured,
//! so that a token costs its claims and its signature only.
//!
//! serde_json writes the claims. The verifier's own reader then reads the text once, and the signer signs nothing
//! that this reader refuses. So the rules for JSON and for registered claims exist once, for both sides.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::value::RawValue;

use super::registered_claims::malformed;
use crate::base64url;
use crate::compact::Limits;
use crate::error::{Error, ErrorKind};
use crate::header::{self, Chosen};
use crate::json::{self, Fault};
use crate::jws;
use crate::keys::VerifyingKey;

#[derive(Clone)]
pub(super) struct Template {
    key: VerifyingKey,
    chosen: Chosen,
    /// Encoded.
    header: String,
    limits: Limits,
}

impl Template {
    pub(super) fn new(key: VerifyingKey) -> Self {
        let chosen = Chosen { typ: Some("JWT".to_owned()), ..Chosen::default() };
        // A `kid` has 256 bytes at most, so such a header is never too long, whatever must be escaped.
        let header = chosen.encode_unbounded(&key);
        Self { key, chosen, header, limits: Limits::default() }
    }

    pub(super) fn token_type(mut self, typ: &str) -> Result<Self, Error> {
        self.chosen.typ = Some(header::checked_type(typ)?);
        self.prepared()
    }

    pub(super) fn header_member<V: Serialize + ?Sized>(
        mut self,
        name: &str,
        value: &V,
    ) -> Result<Self, Error> {
        self.chosen.own.add(name, value)?;
        self.prepared()
    }

    /// Adds a member that names or holds the signer's own key.
    fn own_key_member<V: Serialize + ?Sized>(mut self, name: &str, value: &V) -> Result<Self, Error> {
        self.chosen.own.put(name, value)?;
        self.prepared()
    }

    /// RFC 7515 section 4.1.7.
    pub(super) fn x5t(self, sha1: &[u8; 20]) -> Result<Self, Error> {
        self.own_key_member("x5t", &base64url::encode(sha1))
    }

    /// RFC 7515 section 4.1.8.
    pub(super) fn x5t_s256(self, sha256: &[u8; 32]) -> Result<Self, Error> {
        self.own_key_member("x5t#S256", &base64url::encode(sha256))
    }

    /// RFC 7515 section 4.1.6: the certificates in padded base64, the one of the signing key first.
    pub(super) fn x5c<C: AsRef<[u8]>>(self, chain: &[C]) -> Result<Self, Error> {
        let refused = |note| Err(Error::noted(ErrorKind::InvalidConfiguration, note));
        if chain.is_empty() {
            return refused("a certificate chain has at least one certificate");
        }
        // The tag of a SEQUENCE (RFC 5280 section 4.1).
        if chain.iter().any(|certificate| certificate.as_ref().first() != Some(&0x30)) {
            return refused("a certificate in `x5c` is DER; PEM has to be decoded first");
        }
        let chain: Vec<String> = chain.iter().map(|certificate| STANDARD.encode(certificate)).collect();
        self.own_key_member("x5c", &chain)
    }

    /// RFC 7515 section 4.1.3. Never of a secret, which has no public JWK.
    pub(super) fn public_jwk(self) -> Result<Self, Error> {
        let refused = |_| Error::noted(ErrorKind::InvalidConfiguration, "a secret has no public `jwk`");
        let jwk = RawValue::from_string(self.key.to_jwk().map_err(refused)?);
        let jwk = jwk.map_err(|error| Error::detailed(ErrorKind::InvalidConfiguration, &error))?;
        self.own_key_member("jwk", &jwk)
    }

    fn prepared(mut self) -> Result<Self, Error> {
        self.header = self.chosen.encode(&self.key, self.limits.header)?;
        Ok(self)
    }

    pub(super) fn max_token_length(mut self, characters: usize) -> Result<Self, Error> {
        self.limits = Limits { token: characters, ..self.limits }.checked()?;
        Ok(self)
    }

    pub(super) fn max_header_length(mut self, characters: usize) -> Result<Self, Error> {
        self.limits = Limits { header: characters, ..self.limits }.checked()?;
        self.prepared()
    }

    pub(super) fn typ(&self) -> Option<&str> {
        self.chosen.typ.as_deref()
    }

    pub(super) fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Writes the signing input of a token of these claims, with room for the signature.
    pub(super) fn signing_input<C: Serialize + ?Sized>(&self, claims: &C) -> Result<Vec<u8>, Error> {
        let payload = payload(claims)?;
        let signature_len = self.key.signature_len();
        // Before the private operation, which costs far more than this.
        if jws::encoded_len(&self.header, &payload, signature_len) > self.limits.token {
            return Err(Error::noted(ErrorKind::ClaimsSerialize, "their token would be too long"));
        }
        Ok(jws::signing_input(&self.header, &payload, signature_len))
    }
}

/// Writes the claims, and refuses those that every verifier refuses, whatever its policy is.
fn payload<C: Serialize + ?Sized>(claims: &C) -> Result<Vec<u8>, Error> {
    // Room for common claims: a buffer that grows would be copied two times for 250 bytes.
    let mut payload = Vec::with_capacity(512);
    serde_json::to_writer(&mut payload, claims)
        .map_err(|error| Error::detailed(ErrorKind::ClaimsSerialize, &error))?;
    let text = std::str::from_utf8(&payload).map_err(|_| ErrorKind::ClaimsSerialize)?;
    let object = json::parse_object(text).map_err(|fault| {
        let note = match fault {
            Fault::Syntax => "they are not one JSON object of at most 32 levels",
            Fault::Duplicate => "a member name occurs twice in one object",
            Fault::Reserved => "a member name starts with `$serde_json::private::`",
        };
        Error::noted(ErrorKind::ClaimsSerialize, note)
    })?;
    let failures = malformed(&object);
    if failures.is_empty() { Ok(payload) } else { Err(Error::unsignable(failures)) }
}
