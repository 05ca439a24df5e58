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
