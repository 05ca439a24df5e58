//! What stands between HTTP and the `Authenticator`.

use crate::defences::row::Class;

pub(in crate::defences) const OTHER_SITES: Class = Class {
    title: "Other sites in a browser that is logged in (CSRF)",
    name: "requests that another site makes a browser send (CSRF); a refresh token that a script can read",
    seen_in: &[],
    elsewhere: "A browser sends cookies along with requests that any page makes it send. A refresh token that \
                scripts can read is carried off by the first script that somebody smuggles into a page.",
    behaviour: "With `TokenRoutes::browser_tokens` the refresh token is in a cookie named `__Host-refresh`, \
                `HttpOnly`, `Secure` and `SameSite=Strict`, and in no body. Log-in, refresh and logout are taken \
                only from a page of the named origins: its `Origin` says so or, where there is none, \
                `Sec-Fetch-Site: same-origin`. Where neither is there, and for `Origin: null`, the answer is 403. \
                Two cookies of the name are refused.",
    yours: "A script in the page itself can use the session while the page is open: a content security policy is \
            yours, and so is keeping the access token in memory and out of `localStorage`.",
};

pub(in crate::defences) const ENDPOINTS: Class = Class {
    title: "An endpoint that lets in more than it says",
    name: "an endpoint that lets in more than it says",
    seen_in: &[],
    elsewhere: "Optional authentication treats bad credentials as none. A layer that somebody forgot leaves a \
                handler open. A subject of one issuer is taken for the account of the same name, and an API key gets \
                scopes that its maker does not have.",
    behaviour: "What an endpoint takes is a type in the handler's signature or a value at the layer, and an \
                extractor believes a layer around it only if it is of the same authenticator, and took a kind of \
                credentials that the extractor takes as well. Optional means that nothing was shown: what was shown \
                and is bad is refused. Without its layer, `Authenticated<Layered>` is 500 and never a guest. Token \
                routes for an account take tokens of this service alone, an API key gets no scope that its maker \
                lacks, and introspection demands a scope. Nothing is mounted that was not asked for.",
    yours: "Check in the handler that what is asked for belongs to \
            [`Principal::subject`](crate::session::Principal::subject): scopes do not say whose data it is. With \
            several issuers, go by subject and issuer together, or take \
            [`Accept::ours_only`](crate::session::Accept::ours_only).",
};

pub(in crate::defences) const BODIES: Class = Class {
    title: "Bodies that are too long or say two things",
    name: "bodies of requests: too long, of two media types, with a parameter twice",
    seen_in: &[],
    elsewhere: "The body of a token request is read before anybody is authenticated. Without a bound it fills \
                memory, and with a parameter twice two readers see two requests.",
    behaviour: "Bodies of the token routes have 17 KiB at most, by the announced length before any is asked for, and \
                by what arrives otherwise. There is one media type and each parameter occurs once (RFC 6749 section \
                3.2); in JSON objects a member that nobody knows is refused.",
    yours: "How long a body may take to arrive is for the server to bound, and how many connections there are.",
};

pub(in crate::defences) const HANGING_UP: Class = Class {
    title: "Clients that hang up half-way",
    name: "clients that hang up while what they asked for is being done",
    seen_in: &[],
    elsewhere: "A server drops the handler of a client that is gone. A logout that is dropped between two stores has \
                ended one half of a session.",
    behaviour: "What must not stop half-way runs on a task of its own in the token routes. Beneath, the order of the \
                steps is such that whatever is dropped leaves nothing alive, and is completed by the next try.",
    yours: "Handlers of your own that call [`revoke_subject`](crate::session::Authenticator::revoke_subject) or \
            [`refresh`](crate::session::Authenticator::refresh) spawn a task too.",
};
