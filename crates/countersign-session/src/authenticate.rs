//! From a request's `Authorization` to a [`Principal`]: the way that every request takes.

pub(crate) mod auth_methods;
pub(crate) mod error_response;
pub(crate) mod principal;
pub(crate) mod signed_token;
pub(crate) mod trusted_issuer;

use std::net::IpAddr;
use std::sync::Arc;

use countersign_header::{Authorization, BasicCredentials};
use countersign_random::{KeyedDigest, ParsedKey};
use countersign_revocation::{RevocationStore, Verdict};
use countersign_token_store::{AnyTokenStore, FoundToken, Kind, TokenLookup, TokenRecord, TokenStoreExt};
use time::OffsetDateTime;

use crate::audit::observe::Span;
use crate::audit::{Action, Outcome};
use crate::authenticate::auth_methods::AuthMethods;
use crate::authenticate::error_response::ErrorResponse;
use crate::authenticate::principal::{Presented, Principal};
use crate::authenticate::signed_token::SignedToken;
use crate::authenticator::Authenticator;
use crate::error::Error;
use crate::error::kind::{ErrorKind, TokenFault};
use crate::log_in::header_error;
use crate::state::Inner;
use crate::state::clock::later;

/// Authentication of every request.
impl Authenticator {
    /// Authenticates a request and returns its [`Principal`]. `values` are all values of its `Authorization`
    /// headers. `accept` says which credentials the endpoint accepts.
    ///
    /// ```text
    /// Bearer -> signed? verify, then ask the revocation store
    ///           random? checksum and prefix, then look its digest up
    /// Basic  -> ask the credential verifier
    /// ```
    ///
    /// If the endpoint accepts Basic and the service has a limiter, call
    /// [`authenticate_from`](Self::authenticate_from) instead: this function knows no client address.
    ///
    /// # Errors
    /// See [`ErrorKind`]. Bad or missing credentials are refused. If a store cannot answer, every request that needs
    /// it is refused with [`Unavailable`](ErrorKind::Unavailable) (503).
    pub async fn authenticate<'a>(
        &self,
        values: impl IntoIterator<Item = &'a [u8]>,
        accept: AuthMethods,
    ) -> Result<Principal, Error> {
        self.authenticate_from(values, accept, None).await
    }

    /// Authenticates a request as [`authenticate`](Self::authenticate) does, for an endpoint that also accepts Basic.
    /// `address` goes to the [`LogInLimiter`](crate::LogInLimiter), as with [`log_in_from`](Self::log_in_from).
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate). For Basic credentials also
    /// [`TooManyAttempts`](ErrorKind::TooManyAttempts) (429), and
    /// [`ConfigurationFault::NoClientAddress`](crate::ConfigurationFault::NoClientAddress) (500) if a limiter is
    /// set and `address` is `None`.
    pub async fn authenticate_from<'a>(
        &self,
        values: impl IntoIterator<Item = &'a [u8]>,
        accept: AuthMethods,
        address: Option<IpAddr>,
    ) -> Result<Principal, Error> {
        // What waits for a store is boxed: the future of every request would have room for it, and is moved.
        let request = async {
            match Authorization::from_values(values).map_err(header_error)? {
                Authorization::Bearer(bearer) if accept.contains_bearer() => {
                    self.authenticate_bearer(bearer.as_bytes(), accept).await
                }
                Authorization::Basic(credentials) if accept.contains_basic() => {
                    Box::pin(self.authenticate_basic(credentials, accept, address)).await
                }
                _ => Err(Error::new(ErrorKind::UnacceptedCredentials)),
            }
        };
        self.observe_request(accept, request).await
    }

    /// Authenticates a Bearer token that did not come from the `Authorization` header.
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate).
    pub async fn authenticate_token(&self, token: &str, accept: AuthMethods) -> Result<Principal, Error> {
        self.observe_request(accept, self.authenticate_bearer(token.as_bytes(), accept)).await
    }

    /// Runs a request in its span, and tells the audit sink if it is refused.
    async fn observe_request(
        &self,
        accept: AuthMethods,
        request: impl Future<Output = Result<Principal, Error>>,
    ) -> Result<Principal, Error> {
        let span = Span::of(Action::Authenticate);
        let mut result = span.around(request).await;
        match &mut result {
            Ok(_) => span.note(Outcome::Done),
            Err(error) => {
                error.set_accept(accept);
                self.note_refused_request(&span, error);
            }
        }
        result
    }

    async fn authenticate_basic(
        &self,
        credentials: BasicCredentials,
        accept: AuthMethods,
        address: Option<IpAddr>,
    ) -> Result<Principal, Error> {
        let (account, subject_version) = self.account_of(&credentials, address).await?;
        let issuer = Arc::clone(&self.inner().issuer);
        Ok(Principal { presented: Presented::Basic { issuer, account, subject_version }, accept })
    }

    async fn authenticate_bearer(&self, token: &[u8], accept: AuthMethods) -> Result<Principal, Error> {
        // A signed token has dots, and a random one cannot have any.
        if token.contains(&b'.') {
            self.authenticate_signed(token, accept).await
        } else {
            Box::pin(self.authenticate_random(token, accept)).await
        }
    }

    async fn authenticate_signed(&self, token: &[u8], accept: AuthMethods) -> Result<Principal, Error> {
        let (inner, now) = (self.inner(), self.now());
        let token = inner.verify_signed(token, accept, now)?;
        match inner.revocations()?.check(&token.check(), now).wait().await? {
            Verdict::NotRevoked => Ok(Principal { presented: Presented::Signed(token), accept }),
            Verdict::Revoked(scope) => Err(TokenFault::Revoked(scope).into()),
        }
    }

    async fn authenticate_random(&self, token: &[u8], accept: AuthMethods) -> Result<Principal, Error> {
        let inner = self.inner();
        let token = str::from_utf8(token).map_err(|_| Error::refused("the token is not UTF-8"))?;
        let parsed = ParsedKey::parse(token);
        let parsed =
            parsed.map_err(|error| Error::caused(ErrorKind::InvalidToken(TokenFault::Refused), error))?;
        let prefixes = &inner.prefixes;
        let kind = if parsed.prefix() == prefixes.api_key.as_str() && accept.contains_api_keys() {
            Kind::ApiKey
        } else if parsed.prefix() == prefixes.access.as_str() && accept.contains_access_tokens() {
            Kind::AccessToken
        } else {
            return Err(Error::refused("its prefix is not one that this endpoint takes"));
        };
        // Without a store, no random token was ever issued.
        let Some(tokens) = &inner.tokens else {
            return Err(Error::because(
                TokenFault::Unknown,
                "no token store is set, so no random token is known",
            ));
        };
        let now = self.now();
        let mut digests = inner.all_digests(kind, token)?;
        let mut lookup = tokens.find_token(kind, &digests, now).await?;
        if let TokenLookup::Unknown = lookup {
            // Digest keys may be on their way from one to the next. Then the token's digest may have been moved
            // after ours were made, or, where an engine looks at them one by one, while it looked. It moves to
            // the primary key, once, so a second look is enough.
            let before = digests.first().map(|digest| digest.key_id);
            digests = inner.all_digests(kind, token)?;
            if digests.len() > 1 || digests.first().map(|digest| digest.key_id) != before {
                lookup = tokens.find_token(kind, &digests, now).await?;
            }
        }
        let found = match lookup {
            TokenLookup::Found(found) => found,
            TokenLookup::Expired => return Err(TokenFault::Expired.into()),
            TokenLookup::Unknown => return Err(TokenFault::Unknown.into()),
        };
        self.note_use(tokens, &found, &digests, now).await;
        let TokenRecord { kind, id, owner, scopes, roles, expires_at, .. } = found.record;
        let issuer = Arc::clone(&inner.issuer);
        let presented = Presented::Stored { issuer, kind, id, owner, scopes, roles, expires_at };
        Ok(Principal { presented, accept })
    }

    /// Writes down the use of an API key, now and then, and moves a token's digest to the primary key,
    /// once. The request does not depend on either: where the store fails here, a later use tries again.
    async fn note_use(
        &self,
        tokens: &AnyTokenStore,
        found: &FoundToken,
        digests: &[KeyedDigest],
        now: OffsetDateTime,
    ) {
        let (record, throttle) = (&found.record, self.inner().policy.last_used_throttle);
        let is_due = record.last_used_at.is_none_or(|last| now >= later(last, throttle));
        if record.kind == Kind::ApiKey && is_due {
            let _ = tokens.record_use(record.kind, &record.id, now).await;
        }
        // The primary key's digest is the first.
        if let Some(primary) = digests.first()
            && primary.key_id != found.digest.key_id
        {
            let _ = tokens.redigest(record.kind, &record.id, found.digest, *primary).await;
        }
    }
}

/// The response to a rejected request.
impl Authenticator {
    /// Returns the HTTP response to an error: its status, its challenges and a fixed body, which do not tell the client
    /// the reason.
    #[must_use]
    pub fn error_response(&self, error: &Error) -> ErrorResponse {
        ErrorResponse::new(error, &self.inner().realm)
    }
}

impl Inner {
    /// What a signed token says, with the verifier of its issuer. Where no other issuer is accepted, there is
    /// nothing to choose, and the token is read once.
    fn verify_signed(
        &self,
        token: &[u8],
        accept: AuthMethods,
        now: OffsetDateTime,
    ) -> Result<Arc<SignedToken>, Error> {
        // A service that issues no signed tokens, or an endpoint that takes none, knows none.
        if !accept.contains_access_tokens() {
            return Err(Error::refused("the endpoint takes no signed tokens"));
        }
        let Some(issuers) = &self.issuers else { return self.verify_own(token, now) };
        issuers.verify_with(token, |other| match other {
            Some(issuer) if accept.contains_external_tokens() => issuer.verify(token, now),
            Some(_) => Err(Error::refused("the endpoint takes no tokens of other issuers")),
            None => self.verify_own(token, now),
        })
    }

    fn verify_own(&self, token: &[u8], now: OffsetDateTime) -> Result<Arc<SignedToken>, Error> {
        match &self.signed {
            Some(signed) => signed.verifier.verify(token, now, SignedToken::ours),
            None => Err(Error::refused("no signing key is set, so no signed token is our own")),
        }
    }
}
