//! The ways in which a request can be authenticated, and those that an endpoint accepts.

/// How a request was authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthMethod {
    /// By user name and password.
    Basic,
    /// By a signed access token of this service.
    SignedToken,
    /// By a signed token of another issuer.
    ExternalToken,
    /// By a random access token.
    RandomToken,
    /// By an API key.
    ApiKey,
}

/// The kinds of credentials that an endpoint takes. Combine them with [`or`](Self::or).
///
/// ```
/// use countersign_session::AuthMethods;
///
/// let either = AuthMethods::bearer().or(AuthMethods::basic());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct AuthMethods {
    access_tokens: bool,
    /// Of other issuers.
    external_tokens: bool,
    api_keys: bool,
    basic: bool,
}

impl AuthMethods {
    const NOTHING: Self =
        Self { access_tokens: false, external_tokens: false, api_keys: false, basic: false };

    /// Access tokens, signed or random: what a log-in gave, and signed tokens of the other issuers that the
    /// service accepts, if it does.
    pub const fn access_tokens() -> Self {
        Self { access_tokens: true, external_tokens: true, ..Self::NOTHING }
    }

    /// API keys.
    pub const fn api_keys() -> Self {
        Self { api_keys: true, ..Self::NOTHING }
    }

    /// Anything that comes as Bearer: access tokens and API keys.
    pub const fn bearer() -> Self {
        Self { access_tokens: true, external_tokens: true, api_keys: true, ..Self::NOTHING }
    }

    /// User name and password with every request, as Basic.
    pub const fn basic() -> Self {
        Self { basic: true, ..Self::NOTHING }
    }

    /// The same without tokens of other issuers: for endpoints whose subjects are accounts of this service, such
    /// as those that make and list API keys.
    pub const fn first_party_only(self) -> Self {
        Self { external_tokens: false, ..self }
    }

    /// What either takes.
    pub const fn or(self, other: Self) -> Self {
        Self {
            access_tokens: self.access_tokens || other.access_tokens,
            external_tokens: self.external_tokens || other.external_tokens,
            api_keys: self.api_keys || other.api_keys,
            basic: self.basic || other.basic,
        }
    }

    /// Whether a request that was authenticated by this method is taken: for whoever finds a
    /// [`Principal`](crate::Principal) that somebody else has authenticated.
    #[must_use]
    pub const fn contains(self, method: AuthMethod) -> bool {
        match method {
            AuthMethod::Basic => self.basic,
            AuthMethod::SignedToken | AuthMethod::RandomToken => self.access_tokens,
            AuthMethod::ExternalToken => self.external_tokens,
            AuthMethod::ApiKey => self.api_keys,
        }
    }

    pub(crate) fn contains_access_tokens(self) -> bool {
        self.access_tokens
    }

    pub(crate) fn contains_external_tokens(self) -> bool {
        self.external_tokens
    }

    pub(crate) fn contains_api_keys(self) -> bool {
        self.api_keys
    }

    pub(crate) fn contains_bearer(self) -> bool {
        self.access_tokens || self.api_keys
    }

    /// Whether user name and password are taken, so that the address of the client is needed.
    #[must_use]
    pub const fn contains_basic(self) -> bool {
        self.basic
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_takes_its_own_methods() {
        let methods = [
            AuthMethod::Basic,
            AuthMethod::SignedToken,
            AuthMethod::ExternalToken,
            AuthMethod::RandomToken,
            AuthMethod::ApiKey,
        ];
        for (accept, expected) in [
            (AuthMethods::basic(), [true, false, false, false, false]),
            (AuthMethods::access_tokens(), [false, true, true, true, false]),
            (AuthMethods::access_tokens().first_party_only(), [false, true, false, true, false]),
            (AuthMethods::api_keys(), [false, false, false, false, true]),
            (AuthMethods::bearer(), [false, true, true, true, true]),
            (AuthMethods::api_keys().or(AuthMethods::basic()), [true, false, false, false, true]),
        ] {
            assert_eq!(methods.map(|method| accept.contains(method)), expected, "{accept:?}");
        }
    }
}
