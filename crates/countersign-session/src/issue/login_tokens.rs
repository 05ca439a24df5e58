//! Which tokens a login returns.

/// Which tokens a login returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum LoginTokens {
    /// A short-lived signed access token, and a refresh token that renews it.
    #[default]
    AccessAndRefresh,
    /// A signed access token alone. Nothing is stored until a token is revoked.
    Signed,
    /// A random access token alone. Every request looks it up in the token store, and revoking removes it. With a
    /// revocation store as well, [`revoke_subject`](crate::Authenticator::revoke_subject) also stops a login whose
    /// password is being checked at that moment.
    Random,
}
