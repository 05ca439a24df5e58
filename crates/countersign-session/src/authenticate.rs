//! From a request's `Authorization` to a [`Principal`]: the way that every request takes.

use countersign_header::Authorization;
use countersign_random::{KeyedDigest, ParsedKey};
use countersign_revocation::{Check, RevocationStore, TokenId, Verdict, Vintage};
use countersign_signed::{ErrorKind as SignedErrorKind, Verified};
use countersign_token_store::{AnyTokenStore, Found, Kind, Lookup, TokenStore};
use time::OffsetDateTime;

use crate::claims::AccessClaims;
use crate::clock::later;
use crate::log_in::header_error;
use crate::principal::Presented;
use crate::{Accept, Account, Authenticator, Error, ErrorKind, Principal, TokenFault};

impl Authenticator {
    /// Whom a request comes from. `values` are all values that it has for `Authorization`; `accept` is
    /// what the endpoint takes.
    ///
    /// ```text
    /// Bearer -> signed? verify, then ask the revocation store
    ///           random? checksum and prefix, then look its digest up
    /// Basic  -> ask the credential verifier
    /// ```
    ///
    /// # Errors
    /// See [`ErrorKind`]. Whoever cannot be authenticated is refused, and a store that cannot answer
    /// refuses everybody ([`Unavailable`](ErrorKind::Unavailable)).
    pub async fn authenticate<'a>(
        &self,
        values: impl IntoIterator<Item = &'a [u8]>,
        accept: Accept,
    ) -> Result<Principal, Error> {
        self.observe_request(self.authenticate_values(values, accept)).await
    }

    async fn authenticate_values<'a>(
        &self,
        values: impl IntoIterator<Item = &'a [u8]>,
        accept: Accept,
    ) -> Result<Principal, Error> {
        let authorization =
            Authorization::from_values(values).map_err(|error| header_error(error).at(accept))?;
        let principal = match authorization {
            Authorization::Bearer(bearer) if accept.takes_bearer() => {
                self.authenticate_text(bearer.token(), accept).await
            }
            Authorization::Basic(credentials) if accept.takes_basic() => {
                let account = self.account_of(&credentials, None).await;
                account.map(|(Account { subject, roles, scopes }, generation)| {
                    let presented = Presented::Basic { generation };
                    Principal { subject, scopes, roles, presented, accept }
                })
            }
            _ => Err(Error::new(ErrorKind::UnacceptedCredentials)),
        };
        principal.map_err(|error| error.at(accept))
    }

    /// Whom a Bearer token stands for, where the token did not come in `Authorization`.
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate).
    pub async fn authenticate_token(&self, token: &str, accept: Accept) -> Result<Principal, Error> {
        self.observe_request(self.authenticate_text(token, accept)).await
    }

    async fn authenticate_text(&self, token: &str, accept: Accept) -> Result<Principal, Error> {
        // A signed token has dots, and a random one cannot have any.
        let principal = if token.contains('.') {
            self.authenticate_signed(token, accept).await
        } else {
            self.authenticate_random(token, accept).await
        };
        principal.map_err(|error| error.at(accept))
    }

    async fn authenticate_signed(&self, token: &str, accept: Accept) -> Result<Principal, Error> {
        let inner = self.inner();
        // A service that issues no signed tokens, or an endpoint that takes none, knows none.
        let Some(signed) = inner.signed.as_ref().filter(|_| accept.takes_access_tokens()) else {
            return Err(TokenFault::Refused.into());
        };
        let now = self.now();
        let verified: Verified<'_, AccessClaims> = signed.verifier.verify(token, now).map_err(refused)?;
        let claims = verified.claims();
        let mut check = Check::new(&claims.iss)
            .token(TokenId::Jti(&claims.jti))
            .subject(&claims.sub, Vintage::Generation(claims.generation));
        if let Some(sid) = &claims.sid {
            check = check.session(sid);
        }
        if let Some(kid) = verified.kid() {
            check = check.key(kid);
        }
        match inner.revocations()?.check(&check, now).wait().await? {
            Verdict::NotRevoked => Ok(principal(verified.into_claims(), accept)),
            Verdict::Revoked(scope) => Err(TokenFault::Revoked(scope).into()),
        }
    }

    async fn authenticate_random(&self, token: &str, accept: Accept) -> Result<Principal, Error> {
        let inner = self.inner();
        let parsed = ParsedKey::parse(token);
        let parsed =
            parsed.map_err(|error| Error::caused(ErrorKind::InvalidToken(TokenFault::Refused), error))?;
        let prefixes = &inner.prefixes;
        let kind = if parsed.prefix() == prefixes.api_key.as_str() && accept.takes_api_keys() {
            Kind::ApiKey
        } else if parsed.prefix() == prefixes.access.as_str() && accept.takes_access_tokens() {
            Kind::AccessToken
        } else {
            return Err(TokenFault::Refused.into());
        };
        // Without a store, no random token was ever issued.
        let Some(tokens) = &inner.tokens else { return Err(TokenFault::Unknown.into()) };
        let now = self.now();
        let digests = inner.all_digests(kind, token)?;
        let found = match tokens.find(kind, &digests, now).await? {
            Lookup::Found(found) => found,
            Lookup::Expired => return Err(TokenFault::Expired.into()),
            Lookup::Unknown => return Err(TokenFault::Unknown.into()),
        };
        self.note_use(tokens, &found, &digests, now).await;
        let Found { record, .. } = found;
        let presented = match kind {
            Kind::ApiKey => Presented::ApiKey { id: record.id },
            _ => Presented::RandomToken { id: record.id },
        };
        Ok(Principal { subject: record.owner, scopes: record.scopes, roles: Vec::new(), presented, accept })
    }

    /// Writes down the use of an API key, now and then, and moves a token's digest to the primary key,
    /// once. The request does not depend on either: where the store fails here, a later use tries again.
    async fn note_use(
        &self,
        tokens: &AnyTokenStore,
        found: &Found,
        digests: &[KeyedDigest],
        now: OffsetDateTime,
    ) {
        let (record, throttle) = (&found.record, self.inner().policy.last_used_throttle);
        let is_due = record.last_used_at.is_none_or(|last| now >= later(last, throttle));
        if record.kind == Kind::ApiKey && is_due {
            let _ = tokens.record_use(&record.id, now).await;
        }
        // The primary key's digest is the first.
        if let Some(primary) = digests.first()
            && primary.key_id != found.digest.key_id
        {
            let _ = tokens.redigest(&record.id, found.digest, *primary).await;
        }
    }
}

fn refused(error: countersign_signed::Error) -> Error {
    let kind = match error.kind() {
        SignedErrorKind::Expired => ErrorKind::InvalidToken(TokenFault::Expired),
        // It says nothing about the token.
        SignedErrorKind::KeysUnavailable => ErrorKind::Unavailable,
        _ => ErrorKind::InvalidToken(TokenFault::Refused),
    };
    Error::caused(kind, error)
}

fn principal(claims: AccessClaims, accept: Accept) -> Principal {
    // The verifier has checked that `exp` is a moment that can be represented.
    let exp = OffsetDateTime::from_unix_timestamp(claims.exp).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    Principal {
        subject: claims.sub,
        scopes: claims.scope.split_ascii_whitespace().map(str::to_owned).collect(),
        roles: claims.roles,
        presented: Presented::SignedToken {
            jti: claims.jti,
            session: claims.sid,
            generation: claims.generation,
            exp,
        },
        accept,
    }
}
