//! Signed tokens: header, structure, claims.

use crate::defences::row::Class;

pub(in crate::defences) const ALG: Class = Class {
    title: "`alg: none` and other unknown algorithms",
    name: "alg: none, unknown alg, odd case (nOnE)",
    seen_in: &["CVE-2015-9235", "CVE-2026-23993"],
    elsewhere: "A library that takes the algorithm from the token lets whoever writes the token choose it. With \
                `none`, or with a spelling of it that a filter does not know (`nOnE`), no signature is checked at \
                all.",
    behaviour: "[`Algorithm`](crate::signed::Algorithm) is a closed set without `none`: there is no call, option or \
                feature by which an unsigned token verifies. `alg` is compared to the letter, case included, and \
                what is not of the set is refused as `UnsupportedAlgorithm` before any key is looked for. A known \
                algorithm that no key of the set was made for is `UnknownKey`. An empty signature has the wrong \
                length under every key.",
    yours: "[`UnverifiedToken`](crate::signed::UnverifiedToken) reads what a token says of itself, for routing and \
            debugging. Its readers have `unverified` in their names; no decision about access belongs behind them.",
};

pub(in crate::defences) const ONE_ALGORITHM: Class = Class {
    title: "The header says one algorithm, the key another",
    name: "allow-list checks the header, verification uses the key's algorithm",
    seen_in: &["CVE-2026-48523"],
    elsewhere: "Some libraries hold `alg` against a list of allowed algorithms, and then verify with whatever the \
                key object implies. The two can differ, so what was checked is not what is computed.",
    behaviour: "A [`VerifyingKey`](crate::signed::VerifyingKey) is made for exactly one algorithm. \
                [`KeySet`](crate::signed::KeySet) takes `kid` and `alg` together to one key, once, and that key's \
                own algorithm is what runs: the token's `alg` can only fail to match. There is no list of allowed \
                algorithms to keep in step with the keys, since the keys are the list. Usual headers are recognised \
                by their text, and that too is settled when the set is made, by the code that reads headers; a text \
                that could lead to another key is not among those that are recognised.",
    yours: "Every key of a set can sign whatever its verifier takes, so a set is for one issuer.",
};

pub(in crate::defences) const EMBEDDED: Class = Class {
    title: "Keys that come with the token: `jwk`, `jku`, `x5u`, `x5c`",
    name: "embedded jwk, jku, x5u, x5c",
    seen_in: &["CVE-2018-0114", "CVE-2026-27962"],
    elsewhere: "RFC 7515 lets a header carry a key, or an address to fetch one from. A verifier that uses it learns \
                that the token was signed by whoever wrote it, and an address makes it send requests for an attacker \
                besides.",
    behaviour: "These members are passed over like any that is unknown: they make no good token bad, and no bad one \
                good. Keys come from the [`KeySet`](crate::signed::KeySet) that the verifier was built with, and \
                from nowhere else. Nothing in `countersign-signed` makes a request: \
                [`JwksCache`](crate::signed::JwksCache) is filled by the caller, from the address that the caller \
                has. A [`Signer`](crate::signed::Signer) refuses to write such members, so nobody comes to rely on \
                them.",
    yours: "Fetch an issuer's keys from an address in your configuration, over TLS, never from one that a token \
            names.",
};

pub(in crate::defences) const KID: Class = Class {
    title: "`kid` as a path, a query or an address",
    name: "kid as path, SQL, URL",
    seen_in: &[],
    elsewhere: "`kid` has been a file name, a part of an SQL statement and an address. Each lets the token's author \
                choose the key, down to an empty file whose content everybody knows.",
    behaviour: "`kid` is a text of 1 to 256 bytes, compared to the letter with the names of the keys in the set. One \
                that no key has is `UnknownKey`, and no other key is tried. A token without `kid` is verified with \
                the one unnamed key of its algorithm or, where there is none, with the only key of its algorithm; \
                where several could be meant it is `AmbiguousKey`.",
    yours: "Whoever looks keys up in a store of their own, by `UnverifiedToken::unverified_kid`, holds an attacker's \
            text in their hands: bind it as a parameter, and open no file by it.",
};

pub(in crate::defences) const CRIT: Class = Class {
    title: "`crit` ignored",
    name: "crit ignored",
    seen_in: &["CVE-2025-59420", "CVE-2026-32597"],
    elsewhere: "`crit` names the extensions that a verifier has to understand or else refuse the token (RFC 7515 \
                section 4.1.11). Libraries that passed it over took tokens whose meaning they did not know.",
    behaviour: "No extension is understood here, so a header with `crit` is refused as `UnsupportedHeader`, whatever \
                its value, and however the name is escaped. That holds for JWT and for [`jws`](crate::signed::jws), \
                which share the way to a checked signature. A signer refuses to issue it.",
    yours: "",
};

pub(in crate::defences) const B64: Class = Class {
    title: "`b64: false`",
    name: "b64: false",
    seen_in: &["CVE-2026-48525"],
    elsewhere: "RFC 7797 changes which bytes are signed: with `b64: false` the payload stands in the token as it is. \
                A verifier that misses it reads another payload than was signed, or splits the token elsewhere.",
    behaviour: "A header with `b64` is refused as `UnsupportedHeader`, `true` as well as `false` (RFC 7797 section 7 \
                forbids it in a JWT). A signer refuses to issue it.",
    yours: "",
};

pub(in crate::defences) const JWE: Class = Class {
    title: "Encrypted tokens in place of signed ones, and compression bombs",
    name: "JWE passed as JWT; compression bombs",
    seen_in: &["CVE-2026-29000", "CVE-2024-28180"],
    elsewhere: "Everybody who has a public key can encrypt to it. A library that decrypts where a signature was \
                demanded, and looks no further, takes tokens from everybody. A compressed payload lets a small token \
                become a large one in memory, before anything about it is known.",
    behaviour: "Encrypted tokens are not read. Five segments are `EncryptedToken`, the JSON serialization is \
                `JsonSerialization`, and every other number of segments but three is `MalformedToken`, all before \
                the header is decoded. Nothing is ever inflated: `zip` has no meaning here.",
    yours: "",
};

pub(in crate::defences) const DUPLICATES: Class = Class {
    title: "Members that occur twice",
    name: "duplicate JSON members, at any depth, header or claims",
    seen_in: &["ruby-jwt PR 713"],
    elsewhere: "JSON readers differ in which of two equal members they keep. A gateway that goes by the first and a \
                service that goes by the last disagree on who the user is.",
    behaviour: "Header and claims are walked by one strict reader, which refuses a name that occurs twice as \
                `DuplicateMember`: at any depth, and compared once escapes are resolved. JWKs and sets of them go \
                the same way. serde sees the claims afterwards only. A [`Signer`](crate::signed::Signer) watches the \
                names that it writes, and issues nothing that a verifier of this kind would refuse.",
    yours: "",
};

pub(in crate::defences) const SIZE: Class = Class {
    title: "Huge tokens, thousands of dots, deeply nested JSON",
    name: "huge token, thousands of dots, deeply nested JSON",
    seen_in: &["CVE-2025-30204", "CVE-2025-27144"],
    elsewhere: "To split a megabyte of dots into as many strings, or to recurse into as many brackets, costs the \
                sender nothing and the service its memory or its stack. No signature is needed for it.",
    behaviour: "Length is judged first: 16,448 bytes for an `Authorization` value, 16,384 characters for a token \
                ([`max_token_length`](crate::signed::VerifierBuilder::max_token_length) changes it, up to 1 MiB), \
                4,096 for its header. Splitting allocates nothing and ends with the fifth dot. JSON may be nested 32 \
                deep. A [`Verifier`](crate::signed::Verifier) neither decodes nor reads the payload before its \
                signature is known to be right; [`Issuers`](crate::signed::Issuers), which look for `iss` in it \
                before, keep to the same bounds.",
    yours: "Bound the size of a request's headers at the server too, and how long they may take to arrive.",
};

pub(in crate::defences) const DATES: Class = Class {
    title: "`exp`, `nbf` and `iat` that are no dates",
    name: "exp/nbf/iat as string, negative, NaN, huge, fraction",
    seen_in: &["CVE-2026-25537"],
    elsewhere: "A date that cannot be read is treated as one that is not there, and the token never expires. A float \
                rounds a fraction in the bearer's favour, and a huge number wraps round in the sum with the leeway.",
    behaviour: "Dates are read from their decimal digits, without floats: a JSON number from 0 to 253402300799 (the \
                year 9999). One that is there and is anything else is `InvalidClaim`, though nothing was to be \
                checked by it. A fraction is taken, and counts against the bearer: `exp` is rounded down, `nbf` and \
                `iat` up. All sums saturate. `exp` is required unless \
                [`without_required_expiry`](crate::signed::VerifierBuilder::without_required_expiry) says otherwise, \
                a token is dead at its `exp` to the nanosecond, and the leeway is zero unless set, at most an hour. \
                [`max_lifetime`](crate::signed::VerifierBuilder::max_lifetime), \
                [`max_age`](crate::signed::VerifierBuilder::max_age) and \
                [`not_issued_before`](crate::signed::VerifierBuilder::not_issued_before) then require `iat`.",
    yours: "Keep clocks in step, and lifetimes short: what nobody revokes lives until its `exp`.",
};

pub(in crate::defences) const EXPECTED_CLAIMS: Class = Class {
    title: "A configured `iss`, `aud` or `sub` that is absent or of the wrong type",
    name: "configured iss/aud/sub absent or wrongly typed passes",
    seen_in: &["CVE-2024-53861", "CVE-2025-30144", "CVE-2026-25537"],
    elsewhere: "Checks that are made only if the claim is there pass a token without it. Others compare a part of \
                the text, or find the wanted issuer among several in an array.",
    behaviour: "What is configured is required. `iss` and `sub` are strings, and match as a whole and to the letter; \
                `aud` is a string or an array of strings of which one matches, and an empty array is malformed. A \
                registered claim of the wrong JSON type is an error though nobody asked for it. A \
                [`Verifier`](crate::signed::Verifier) that names no issuer or no audience refuses a token that has \
                one, unless it says by name that it takes any. The header's `typ` is `JWT` or absent unless another \
                is expected, so a token of another purpose under the same key does not pass, and a header with `cty` \
                is refused.",
    yours: "Name issuer and audience of every verifier. After \
            [`accept_any_issuer`](crate::signed::VerifierBuilder::accept_any_issuer) `iss` is yours to judge, and \
            `sub` and `jti` are unique only under it.",
};

pub(in crate::defences) const KEY_SETS: Class = Class {
    title: "Key sets of other issuers",
    name: "key sets of other issuers: fetched for each forged token, kept for ever, taken for another issuer's",
    seen_in: &[],
    elsewhere: "An unknown `kid` costs an attacker nothing, and a service that fetches for each becomes a way to \
                flood the issuer. A key that was withdrawn lives on in a cache, or an outage of the issuer becomes \
                one's own. Where several issuers are trusted, the key of one verifies what claims to be of another.",
    behaviour: "[`JwksCache`](crate::signed::JwksCache) has one fetch out at a time; unknown keys cause one in 30 \
                seconds at most, and failures make the wait longer. A set is replaced as a whole, and a late answer \
                never brings an older one back. While fetches fail the last good set stays, for a bounded time that \
                each verification compares with its own `now`; after it, tokens are refused as `KeysUnavailable`, \
                which is a 503 and not a 401. A cache's verifiers demand its issuer, and \
                [`Issuers`](crate::signed::Issuers) uses `iss` to choose a verifier, which then checks everything, \
                `iss` included. Secrets (`oct`) are never taken from a set.",
    yours: "Bound the request by `Fetch::limit` and `Fetch::max_bytes`, follow no redirect to another host, and call \
            `poll` from a task, so that a withdrawn key goes in time.",
};
