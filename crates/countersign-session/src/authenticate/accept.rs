//! The ways in which a request can be authenticated, and those that an endpoint accepts.

/// How a request was authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// By user name and password.
    Basic,
    /// By a signed access token of this service.
    SignedToken,
    /// By a signed token of another issuer.
    ForeignToken,
    /// By a random access token.
    RandomToken,
    /// By an API key.
    ApiKey,
}

/// The kinds of credentials that an endpoint takes. Combine them with [`or`](Self::or).
///
/// ```
/// use countersign_session::Accept;
///
/// let either = Accept::bearer().or(Accept::basic());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct Accept {
    access_tokens: bool,
    /// Of other issuers.
    foreign_tokens: bool,
    api_keys: bool,
    basic: bool,
}

impl Accept {
    const NOTHING: Self = Self { access_tokens: false, foreign_tokens: false, api_keys: false, basic: false };

    /// Access tokens, signed or random: what a log-in gave, and signed tokens of the other issuers that the
    /// service accepts, if it does.
    pub const fn access_tokens() -> Self {
        Self { access_tokens: true, foreign_tokens: true, ..Self::NOTHING }
    }

    /// API keys.
    pub const fn api_keys() -> Self {
        Self { api_keys: true, ..Self::NOTHING }
    }

    /// Anything that comes as Bearer: access tokens and API keys.
    pub const fn bearer() -> Self {
        Self { access_tokens: true, foreign_tokens: true, api_keys: true, ..Self::NOTHING }
    }

    /// User name and password with every request, as Basic.
    pub const fn basic() -> Self {
        Self { basic: true, ..Self::NOTHING }
    }

    /// The same without tokens of other issuers: for endpoints whose subjects are accounts of this service, such
    /// as those that make and list API keys.
    pub const fn ours_only(self) -> Self {
        Self { foreign_tokens: false, ..self }
    }

    /// What either takes.
    pub const fn or(self, other: Self) -> Self {
        Self {
            access_tokens: self.access_tokens || other.access_tokens,
            foreign_tokens: self.foreign_tokens || other.foreign_tokens,
            api_keys: self.api_keys || other.api_keys,
            basic: self.basic || other.basic,
        }
    }

    /// Whether a request that was authenticated by this method is taken: for whoever finds a
    /// [`Principal`](crate::Principal) that somebody else has authenticated.
    #[must_use]
    pub const fn takes(self, method: Method) -> bool {
        match method {
            Method::Basic => self.basic,
            Method::SignedToken | Method::RandomToken => self.access_tokens,
            Method::ForeignToken => self.foreign_tokens,
            Method::ApiKey => self.api_keys,
        }
    }

    pub(crate) fn takes_access_tokens(self) -> bool {
        self.access_tokens
    }

    pub(crate) fn takes_foreign_tokens(self) -> bool {
        self.foreign_tokens
    }

    pub(crate) fn takes_api_keys(self) -> bool {
        self.api_keys
    }

    pub(crate) fn takes_bearer(self) -> bool {
        self.access_tokens || self.api_keys
    }

    /// Whether user name and password are taken, so that the address of the client is needed.
    #[must_use]
    pub const fn takes_basic(self) -> bool {
        self.basic
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_takes_its_own_methods() {
        let methods =
            [Method::Basic, Method::SignedToken, Method::ForeignToken, Method::RandomToken, Method::ApiKey];
        for (accept, expected) in [
            (Accept::basic(), [true, false, false, false, false]),
            (Accept::access_tokens(), [false, true, true, true, false]),
            (Accept::access_tokens().ours_only(), [false, true, false, true, false]),
            (Accept::api_keys(), [false, false, false, false, true]),
            (Accept::bearer(), [false, true, true, true, true]),
            (Accept::api_keys().or(Accept::basic()), [true, false, false, false, true]),
        ] {
            assert_eq!(methods.map(|method| accept.takes(method)), expected, "{accept:?}");
        }
    }
}
