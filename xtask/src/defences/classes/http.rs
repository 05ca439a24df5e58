//! The `Authorization` header, and log-ins.

use crate::defences::row::Class;

pub(in crate::defences) const AUTHORIZATION: Class = Class {
    title: "Malformed and repeated `Authorization` headers",
    name: "several Authorization headers; obs-fold; control characters; non-UTF-8 Basic; missing colon; scheme case; \
           extra spaces; empty token",
    seen_in: &["headers", "Flask-HTTPAuth"],
    elsewhere: "A proxy judges the first of two headers, and the service the last. What is not quite in the grammar \
                is repaired by one reader and cut off by another, or ends in a panic or a 500.",
    behaviour: "[`Authorization::from_values`](crate::header::Authorization::from_values) sees all values: more than \
                one is an error, equal ones too. Length first, then the grammar to the letter: no folded lines, no \
                control characters, no space around it, `token68` for Bearer, canonical base64 and UTF-8 and a colon \
                for Basic. The scheme's case is free, and so is the number of spaces behind it, as RFC 9110 has \
                them. Nothing is repaired. Each fault has a kind of its own; what is malformed is answered with 400, \
                and what is missing with 401 and the challenges of what the endpoint takes.",
    yours: "Without `countersign-axum`, hand over all values of the header, and not the first one.",
};

pub(in crate::defences) const ENUMERATION: Class = Class {
    title: "Telling who has an account",
    name: "user enumeration at login",
    seen_in: &[],
    elsewhere: "An unknown user is answered at once, and a known one after a password hash has been computed; or the \
                two are answered in different words.",
    behaviour: "[`PasswordVerifier`](crate::password::PasswordVerifier) computes a hash for a user that does not \
                exist, and for one whose stored hash cannot be read; where a stored hash costs less than the current \
                parameters, the difference is made up for when the password is wrong. The answer is the same, in \
                status, code and body.",
    yours: "Look users up in a time that does not depend on whether they are there. A hash that costs more than the \
            current parameters still tells; so does a registration that says a name is taken.",
};

pub(in crate::defences) const GUESSING: Class = Class {
    title: "Guessing passwords, and log-ins by the thousand",
    name: "guessing of passwords; log-ins that take all threads or all memory",
    seen_in: &[],
    elsewhere: "Nothing counts wrong passwords, or a thousand attempts at once pass before the first is counted. Or \
                an account is locked by whoever guesses at it. A password hash takes 19 MiB and tens of \
                milliseconds, so that log-ins alone bring a service down.",
    behaviour: "A [`LogInLimiter`](crate::session::LogInLimiter) is asked before each check of a password, at log-in \
                and wherever Basic is taken; the attempt counts from then on, and is taken back if the password was \
                right. [`MemoryLimiter`](crate::session::MemoryLimiter) bounds guesses by name and by address in a \
                fixed amount of memory; no wait is longer than a minute unless told otherwise, and where a user has \
                logged in before, guesses from elsewhere do not count against them. A limiter that cannot tell lets \
                nobody in. Hashes are computed on threads of their own behind a bounded queue; what does not fit is \
                503 at once. Stored parameters are bounded, and a password that is too long is wrong without being \
                hashed.",
    yours: "A limiter is set by [`limiter`](crate::session::AuthenticatorBuilder::limiter), and there is none unless \
            you do; tell it the client's address (`log_in_from`, `TokenRoutes::client_address`), and have several \
            nodes share one.",
};

pub(in crate::defences) const KINDS: Class = Class {
    title: "A token of one kind in the place of another",
    name: "a token of one kind or purpose taken for another",
    seen_in: &[],
    elsewhere: "One key signs access tokens, ID tokens and links in mails, and each passes for the others. A refresh \
                token works as an access token, an API key opens what is for people, and a password goes wherever a \
                token does.",
    behaviour: "An endpoint says what it takes, and nothing else gets in: [`Accept`](crate::session::Accept) tells \
                access tokens, API keys and passwords apart, and ours from those of other issuers. Our access tokens \
                have the type `at+jwt`, our issuer and our audience, and live no longer than any that was issued. \
                Random tokens begin with what they are for, and that is bound into their digest, so that another \
                prefix leads nowhere. A refresh token is taken by \
                [`refresh`](crate::session::Authenticator::refresh) and by what ends a session, and by nothing else.",
    yours: "Tokens of your own under the same key get a type of their own \
            ([`Signer::token_type`](crate::signed::Signer::token_type)), and their verifier demands it. A key for \
            each purpose is better.",
};

pub(in crate::defences) const NAMES: Class = Class {
    title: "Names that say two things",
    name: "scopes with a space, realms with a quote or a line break",
    seen_in: &[],
    elsewhere: "A scope that somebody named `read admin` is two scopes once it stands in a token. A realm or a \
                description with a quote adds parameters to a challenge, and one with a line break adds a header to \
                the answer.",
    behaviour: "A scope is visible ASCII without quote and backslash (RFC 6749 section 3.3); an account that has \
                another gets no token. A scope is matched whole. What a [`Challenge`](crate::header::Challenge) \
                takes is held to its grammar when it is given, and a realm is escaped when it is written. Nothing of \
                a request goes into a challenge.",
    yours: "",
};
