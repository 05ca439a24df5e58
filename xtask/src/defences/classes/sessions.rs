//! Revocation, refresh, stores.

use crate::defences::row::Class;

pub(in crate::defences) const SPELLING: Class = Class {
    title: "Revocations and caches that go by the token's text",
    name: "revocation or cache keyed by the token's text or signature",
    seen_in: &["CVE-2026-25793"],
    elsewhere: "One token often has several texts: with padding or other trailing bits in its base64, with a line \
                break, or with the other half of an ECDSA signature. A table of revoked texts then misses all of \
                them but one. A cache that goes by less than the text speaks for tokens that nobody has verified.",
    behaviour: "Base64url is taken in its one canonical form, and a token with a character more is refused. A \
                revocation names a token by (`iss`, `jti`), or by the SHA-256 of what was signed where there is no \
                `jti`, never by its text or signature. [`CachedVerifier`](crate::signed::CachedVerifier) finds a \
                token by a digest of its end and by comparing all that is before, under the very set of keys that \
                verified it; it judges the times anew at each hit, and says nothing of revocations, which are asked \
                for each time.",
    yours: "Give tokens a `jti`. The session does; [`Claims`](crate::signed::Claims) has `random_jti` for it.",
};

pub(in crate::defences) const RACES: Class = Class {
    title: "Two successors of one refresh token",
    name: "refresh races: two successors from one token",
    seen_in: &["GHSA-qxxr (artifact-keeper)"],
    elsewhere: "A store that reads the token, decides, and then writes lets two requests at once pass the same \
                check. Thief and owner both get a session, and no reuse is ever noticed.",
    behaviour: "A rotation is one step of the engine: under the record's lock in memory, in one transaction of redb \
                and PostgreSQL, in one script of Redis. The rules are one function on one record, \
                [`StoredSession::rotate`](crate::token_store::StoredSession::rotate), without I/O, and the suite \
                that every engine runs has many rotations of one token at once. One gets a successor; any other that \
                comes later than the grace, or once the successor was used, ends the session. Its access tokens are \
                dead before the answer is sent, and where that cannot be recorded the answer is an error.",
    yours: "A store of your own is to pass `token_store::conformance`, concurrency included.",
};

pub(in crate::defences) const GRACE: Class = Class {
    title: "Users who are logged out though nobody stole anything",
    name: "false reuse alarms: a lost response or a second tab logs the user out",
    seen_in: &["hydra#1831", "nightscout#326"],
    elsewhere: "A client whose answer was lost shows the old refresh token again, and so does a second tab that \
                refreshes at the same moment. Taken for theft, that logs users out at random, until somebody \
                switches the detection off.",
    behaviour: "For 30 seconds after a rotation ([`grace`](crate::session::AuthenticatorBuilder::grace), at most 5 \
                minutes, zero to switch it off) the traded token gets the same successor again, which is derived \
                anew and stored nowhere. The window runs from the first rotation, is never extended, and closes when \
                the successor is used. All that can fail, the account and the signature, comes before the token is \
                spent, so an outage does not look like a theft.",
    yours: "Within the grace a thief gets the owner's successor, and whichever of them uses it second ends the \
            session. A shorter grace narrows that, at the price of more false alarms.",
};

pub(in crate::defences) const PURGING: Class = Class {
    title: "Purging that stops the service, or stops itself",
    name: "purge on the request path; a purge error that ends the task; unbounded delete",
    seen_in: &["django-rest-knox", "tower-sessions"],
    elsewhere: "Expired rows are deleted on a log-in, all at once, and a request waits for millions of them. Or a \
                task does it, and the first error of the database ends the task for good, and the table grows.",
    behaviour: "No request purges. [`PurgeTask`](crate::session::PurgeTask) removes 1,000 entries at a time from \
                each store, with a pause between, at an interval that differs from node to node by up to a tenth. An \
                error is counted and the next round tries again; one store that is down does not keep the other from \
                being purged. What has expired counts for nothing whether it was purged or not.",
    yours: "Spawn the task, and watch [`PurgeStatus`](crate::session::PurgeStatus).",
};

pub(in crate::defences) const OUTAGES: Class = Class {
    title: "Stores that are down, emptied or behind",
    name: "store down, store empty after a restore, replica behind",
    seen_in: &["Redis failover"],
    elsewhere: "A store that cannot be asked is taken for one that says no. A server that came back empty has \
                revoked nothing. A replica that stopped following goes on answering, for as long as it likes.",
    behaviour: "A store that cannot answer is an error, which is answered with 503 and lets nobody in. What was \
                acknowledged is on the disk (redb, PostgreSQL, where a server that says otherwise of itself is \
                refused); a Redis server that may evict entries is refused too. Redis is asked for the bucket's \
                epoch with every entry, so that an emptied server is noticed and answers nothing until somebody \
                acknowledges it. A [`Replica`](crate::revocation::Replica) answers from its copy for no longer than \
                its bound, counted from the beginning of the last round trip that proved it complete. The one way to \
                let requests in without knowing is \
                [`OpenDoorWhileUnreachable`](crate::revocation::OpenDoorWhileUnreachable), for ten minutes at most, \
                and counted. Logouts write first what kills the access tokens, so that a crash between two stores \
                leaves nothing alive.",
    yours: "Redis loses what it had not yet copied or synced when a server fails, and a process that starts after \
            the server was emptied takes it for a new one; its crate says how that is narrowed. After a restore from \
            a backup, revoke what was revoked since, or replace the signing key.",
};

pub(in crate::defences) const OUTLIVED: Class = Class {
    title: "Revocations that are outlived",
    name: "revocations that end too early, or miss what is under way",
    seen_in: &[],
    elsewhere: "An entry is kept until the token's `exp`, while a verifier with a leeway takes the token for a \
                minute more. Changing a password revokes every token, but not the one that is just being made for \
                somebody who has shown the old password. A counter that is purged begins anew, and old tokens are \
                good again.",
    behaviour: "An entry is kept for the token's life, the leeway, and a margin of 5 minutes for clocks that \
                disagree ([`Until::for_token`](crate::revocation::Until::for_token)); that of a session until the \
                session's absolute end; that of a stolen key for ever. Revoking again never shortens. A token \
                carries its subject's generation, read before the password was found right for the last time, so \
                that a revocation which comes during a log-in kills what the log-in gives. A generation never falls \
                back, purged or not, though the clock does. Roles and scopes are read again on each refresh, and a \
                session whose account is gone ends.",
    yours: "When a password changes, store the new one first, and call \
            [`revoke_subject`](crate::session::Authenticator::revoke_subject) then.",
};
