//! The guide: how to put a service's authentication together.
//!
//! It is for whoever writes or runs a service whose clients authenticate with tokens, and has to decide which kind,
//! for how long, and how they end. Each page is about one decision: the answers, what each costs, and an example
//! that is compiled and run with the project's tests. What a single function does stands with that function.
//!
//! | page | what it answers |
//! |---|---|
//! | [`choosing_a_token`] | random or signed, with a refresh token or without; what each costs, and what a leak of it means |
//! | [`getting_a_token`] | copied from a page, or from an endpoint that takes a name and a password |
//! | [`access_and_refresh`] | pairs of tokens: rotation, lost answers, replays, and the cookie of a browser |
//! | [`revocation`] | what can be revoked, how it is named, how long it is remembered, and what each engine costs |
//! | [`rotation`] | signing keys, digest keys and API keys that change while requests run |
//! | [`several_machines`] | nodes over PostgreSQL or Redis: what they share, clocks, and what is refused while a store is away |
//! | [`other_services`] | tokens that one service issues and others take, by its public keys |
//! | [`stored_digests`] | why a digest of a token is kept and never the token, and what a leak of the table shows |
//! | [`readable_claims`] | what a signed token tells everybody who holds it, and what not to put into one |
//! | [`testing`] | your own application: a clock that moves, stores in memory, and whether a logout works |
//! | [`operations`] | secrets, purging, events, what to watch, and what a restored back-up brings back |
//! | [`from_jsonwebtoken`] | moving over: what you wrote and what you write, and what is refused that was let in |
//! | [`from_pyjwt_and_flask`] | the same from Python: PyJWT, `secrets`, and the decorators of Flask-HTTPAuth |
//! | [`attacks`] | a manual by attack: what goes wrong elsewhere, what is done here, and which test holds it |
//! | [`behaviour`] | what this library and others do with the same tokens, measured |
//!
//! The examples leave out what repeats: the types of a service's users, and the future that they run in. The pages are
//! modules of this crate, so that rustdoc checks their links and the tests run their examples.

#[doc = include_str!("choosing_a_token.md")]
pub mod choosing_a_token {}

#[doc = include_str!("getting_a_token.md")]
pub mod getting_a_token {}

#[doc = include_str!("access_and_refresh.md")]
pub mod access_and_refresh {}

#[doc = include_str!("revocation.md")]
pub mod revocation {}

#[doc = include_str!("rotation.md")]
pub mod rotation {}

#[doc = include_str!("several_machines.md")]
pub mod several_machines {}

#[doc = include_str!("other_services.md")]
pub mod other_services {}

#[doc = include_str!("stored_digests.md")]
pub mod stored_digests {}

#[doc = include_str!("readable_claims.md")]
pub mod readable_claims {}

#[doc = include_str!("testing.md")]
pub mod testing {}

#[doc = include_str!("operations.md")]
pub mod operations {}

#[doc = include_str!("from_jsonwebtoken.md")]
pub mod from_jsonwebtoken {}

#[doc = include_str!("from_pyjwt_and_flask.md")]
pub mod from_pyjwt_and_flask {}

#[doc = include_str!("attacks.md")]
pub mod attacks {}

#[doc = include_str!("behaviour.md")]
pub mod behaviour {}
