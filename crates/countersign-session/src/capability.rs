//! What an authenticator was built for, asked before requests come in.

use crate::authenticator::Authenticator;
use crate::error::Error;

/// Something that an [`Authenticator`] can do only if it was built for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// Logging in with a password: needs a credential verifier.
    LogIn,
    /// Creating, listing and removing API keys: needs a token store and digest keys.
    ApiKeys,
    /// Listing sessions and ending some of them: needs a token store and a revocation store.
    Sessions,
    /// Publishing verification keys: needs a signing key.
    PublicKeys,
}

/// For what serves an authenticator over HTTP.
impl Authenticator {
    /// Checks that the authenticator was built for `capability`, so that a service can fail at its start and not
    /// at the first request.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](crate::ErrorKind::InvalidConfiguration), with the fault that names what is
    /// missing.
    pub fn check(&self, capability: Capability) -> Result<(), Error> {
        let inner = self.inner();
        match capability {
            Capability::LogIn => inner.credentials().map(|_| ())?,
            Capability::ApiKeys => {
                inner.tokens()?;
                inner.shared_digest_keys()?;
            }
            Capability::Sessions => {
                inner.tokens()?;
                inner.revocations()?;
            }
            Capability::PublicKeys => inner.signed().map(|_| ())?,
        }
        Ok(())
    }

    /// Whether both are clones of one authenticator. Then a [`Principal`](crate::Principal) that one of them returned is
    /// good for the other too.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        std::ptr::eq(self.inner(), other.inner())
    }
}
