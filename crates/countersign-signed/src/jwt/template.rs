//! What the tokens of one signer have in common, and the text that is signed.
//!
//! Signers inside and outside of this process issue the same tokens, so header and payload are written
//! here for both; the signature is all that they differ in. The header is encoded when it is configured,
//! so that a token costs its claims and its signature only.

use serde::Serialize;

use crate::compact::{DEFAULT_MAX_LEN, checked_max_len};
use crate::error::{Error, ErrorKind};
use crate::header::{self, Chosen};
use crate::json;
use crate::jws;
use crate::keys::VerifyingKey;

/// Bytes of claims for which there is room at once.
const USUAL_LEN: usize = 512;

#[derive(Clone)]
pub(super) struct Template {
    key: VerifyingKey,
    chosen: Chosen,
    /// Encoded.
    header: String,
    max_token_length: usize,
}

impl Template {
    pub(super) fn new(key: VerifyingKey) -> Self {
        let chosen = Chosen { typ: Some("JWT".to_owned()), ..Chosen::default() };
        // A `kid` has 256 bytes at most, so such a header is never too long, whatever must be escaped.
        let header = chosen.encode_unbounded(&key);
        Self { key, chosen, header, max_token_length: DEFAULT_MAX_LEN }
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

    fn prepared(mut self) -> Result<Self, Error> {
        self.header = self.chosen.encode(&self.key)?;
        Ok(self)
    }

    pub(super) fn max_token_length(mut self, characters: usize) -> Result<Self, Error> {
        self.max_token_length = checked_max_len(characters)?;
        Ok(self)
    }

    pub(super) fn typ(&self) -> Option<&str> {
        self.chosen.typ.as_deref()
    }

    pub(super) fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// What is to be signed for a token of these claims, with room for the signature.
    pub(super) fn signing_input<C: Serialize + ?Sized>(&self, claims: &C) -> Result<Vec<u8>, Error> {
        let payload = json::write_object(claims, Vec::with_capacity(USUAL_LEN))?;
        let signature_len = self.key.signature_len();
        // Before the private operation, which costs far more than this.
        if jws::encoded_len(&self.header, &payload, signature_len) > self.max_token_length {
            return Err(Error::noted(ErrorKind::UnsignableClaims, "their token would be too long"));
        }
        Ok(jws::signing_input(&self.header, &payload, signature_len))
    }
}
