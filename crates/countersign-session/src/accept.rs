//! What an endpoint takes.

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

    pub(crate) fn takes_basic(self) -> bool {
        self.basic
    }
}
