//! Secrets: comparing, storing, showing.

use crate::defences::row::Class;

pub(in crate::defences) const COMPARING: Class = Class {
    title: "Timing of look-ups and comparisons",
    name: "timing of look-up and compare",
    seen_in: &[],
    elsewhere: "A comparison that stops at the first byte that differs tells, byte by byte, how much of a guess was \
                right. A look-up by the token itself does the same by way of an index.",
    behaviour: "A random token is looked up by its digest, so that time tells of digests alone, and nobody without \
                the digest key can steer those. Where a digest, an HMAC tag or a password hash is compared in this \
                process, it is in constant time, and their types have no `==`, so that none is compared otherwise by \
                mistake. A look-up names the kind of token, so that one kind is never found as another.",
    yours: "",
};

pub(in crate::defences) const SHOWING: Class = Class {
    title: "Secrets in logs, errors and Debug",
    name: "secrets in logs, errors, Debug, panics",
    seen_in: &[],
    elsewhere: "A derived `Debug`, an error that quotes its input, or a source error of the JSON reader puts tokens, \
                passwords and claims into logs that many can read.",
    behaviour: "Types that hold a secret show nothing of it in `Debug` and have no `Display`; those that own it wipe \
                it when they are dropped. Errors say what was wrong and never quote what came: claim values are \
                there for the owner of the service behind a call of that name. What a client is told depends on the \
                kind of the error and on the endpoint alone. Spans and events are words of closed sets, and ids come \
                only to a sink that asks for them ([`AuditSink`](crate::session::AuditSink)). Canaries go through \
                every path of the session, and the tests look for them in all that comes out.",
    yours: "The request's own headers are yours to keep out of access logs, and tokens out of URLs \
            (`bearer_from_query_which_ends_up_in_logs` has its name for a reason).",
};

pub(in crate::defences) const LEAKED_TABLE: Class = Class {
    title: "A table of tokens that leaks, or that somebody writes to",
    name: "random tokens in a table that is read or written by others",
    seen_in: &[],
    elsewhere: "Tokens that are stored as they are let whoever reads a backup in. Plain hashes let whoever can write \
                to the table enter a token of their own, and a hash that is the same for every purpose lets them \
                pass one record off as another.",
    behaviour: "No token is stored. Its digest is, under a [`DigestKey`](crate::random::DigestKey): HMAC-SHA-256 \
                with a secret that is not in the database, over the token, what it is for, and the issuer, each with \
                its length. So a digest of one kind or issuer is not one of another. Of a session, what finds its \
                record is digested without a secret, as it is random and opens nothing by itself; what opens it is \
                digested with one. What a refresh token turns into is derived with that secret too, and the session \
                demands one for it. A plain key beside a keyed one is refused, unless a service that is moving says \
                so by name.",
    yours: "Keep the secret out of the database and of its backups. It is no defence against whoever can change the \
            records: whose they are, their scopes, and what is revoked. \
            [`DigestKey::plain`](crate::random::DigestKey::plain) defends against reading alone.",
};

pub(in crate::defences) const GUESSABLE: Class = Class {
    title: "Random tokens that can be guessed",
    name: "random tokens that are short, or that a failing source leaves predictable",
    seen_in: &[],
    elsewhere: "A generator that is seeded with the time, or meant for games, gives tokens that can be computed. One \
                whose error nobody looks at leaves a buffer of zeros. A short token is found by trying.",
    behaviour: "Random bytes are the operating system's, asked for each time, so that neither a fork nor a restored \
                machine repeats them. A source that fails is an error and gives no token, and there is no other to \
                fall back to. A [`PrefixedKey`](crate::random::PrefixedKey) has 16 to 64 random bytes, 24 where the \
                session makes it; `jti`, session ids and the parts of refresh tokens have 16 or 32.",
    yours: "[`token_urlsafe`](crate::random::token_urlsafe) and its siblings make tokens of any length that is asked \
            for: 16 bytes are the least for a credential.",
};
