//! What signers write: header members, claims of the builder, and what they refuse to sign.
//!
//! Expected tokens are made by the tests' own HMAC and base64url, from JSON that stands here in full.

mod claims;
mod header;
mod own_key;
mod signable;
mod signer;
