//! JWT (RFC 7519) on compact JWS: claims signed by a [`Signer`], verified and checked by a [`Verifier`].
//!
//! The two are prepared once and used for every token; [`Claims`] are for whoever has no type for them. Each
//! check on claims is a function of its own in `checks`; reading registered claims from JSON is apart from judging them.

mod access_token;
mod builder;
mod cached;
mod checks;
#[cfg(feature = "sign")]
mod claims;
#[cfg(feature = "sign")]
mod external_signer;
mod identified;
mod issuers;
mod kid;
mod registered_claims;
#[cfg(feature = "sign")]
mod signer;
#[cfg(feature = "sign")]
mod template;
mod tenants;
mod verified;
mod verifier;

pub use access_token::AccessTokenClaims;
pub use builder::VerifierBuilder;
pub use cached::CachedVerifier;
#[cfg(feature = "sign")]
pub use claims::{Claims, ClaimsBuilder};
#[cfg(feature = "sign")]
pub use external_signer::{AsyncSign, ExternalSigner, UnsignedToken};
pub use identified::{Identified, TokenName};
pub use issuers::Issuers;
pub use kid::Kid;
pub use registered_claims::RegisteredClaims;
#[cfg(feature = "sign")]
pub use signer::Signer;
pub use verified::Verified;
pub use verifier::{ClaimsBuffer, Verifier};

pub(crate) use registered_claims::malformed as malformed_claims;
