// The first definition of a link counts: in these pages the README's link stays within them.
#![doc = "[the guide]: crate::guide\n\n"]
#![doc = include_str!("../README.md")]

pub mod guide;

/// The signature algorithms on aws-lc-rs, key by key.
#[cfg(feature = "aws-lc")]
pub use countersign_aws_lc as aws_lc;
/// Authentication for axum and tower.
#[cfg(feature = "axum")]
pub use countersign_axum as axum;
/// `Authorization` and `WWW-Authenticate`.
pub use countersign_header as header;
/// User names and passwords, over argon2 hashes.
#[cfg(feature = "password")]
pub use countersign_password as password;
/// The stores on PostgreSQL.
#[cfg(feature = "postgres")]
pub use countersign_postgres as postgres;
/// Random tokens, prefixed keys and lookup digests.
pub use countersign_random as random;
/// The embedded stores: one file, no server.
#[cfg(feature = "redb")]
pub use countersign_redb as redb;
/// The stores on Redis or Valkey.
#[cfg(feature = "redis")]
pub use countersign_redis as redis;
/// What is revoked.
pub use countersign_revocation as revocation;
/// The life of a token: the `Authenticator`.
pub use countersign_session as session;
/// Signed tokens: JWS and JWT.
pub use countersign_signed as signed;
/// Where random tokens and sessions are kept.
pub use countersign_token_store as token_store;

/// The quickstart of the repository's front page, which must compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct FrontPage;
