#![doc = include_str!("../README.md")]

pub mod base62;
mod digest;
mod digest_keys;
mod encode;
mod error;
mod key;
mod parsed;
mod prefix;
mod secret;
mod source;
mod token;

pub use digest::{DigestKey, KeyedDigest, LookupDigest, MIN_SECRET_BYTES};
pub use digest_keys::{DigestKeys, Digests, MAX_PREVIOUS_KEYS};
pub use error::{Error, ErrorKind};
pub use key::{DEFAULT_KEY_BYTES, MAX_KEY_BYTES, MIN_KEY_BYTES, PrefixedKey};
pub use parsed::{MAX_TEXT_BYTES, MIN_BODY_CHARS, ParsedKey};
pub use prefix::{MAX_PREFIX_CHARS, Prefix};
pub use secret::{SecretBytes, SecretString};
pub use source::{OsRandom, RandomSource};
pub use token::{
    DEFAULT_LENGTH, token_bytes, token_bytes_from, token_hex, token_hex_from, token_urlsafe,
    token_urlsafe_from,
};
