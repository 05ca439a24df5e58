//! The ready-made routes: what a client needs to get tokens, renew them and be rid of them.
//!
//! Each group is mounted by a call and has a file; without a call nothing is mounted, so a service exposes no route
//! that it did not name. The routes decide nothing about tokens: they read the request, ask the `Authenticator`, and
//! write its answer.

mod answers;
mod api_keys;
mod browser;
mod form;
mod introspection;
mod jwks;
mod revocation;
mod sessions;
mod tokens;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use axum::http::request::Parts;
use countersign_session::{
    AuthMethods, Authenticator, Capability, ConfigurationFault, Error, is_scope_token,
};

pub use self::browser::BrowserTokens;
#[cfg(feature = "openapi")]
pub(crate) use self::browser::NAME as REFRESH_COOKIE;
use self::sessions::SessionName;
use crate::client_address::AddressSource;
use crate::{AuthPolicy, ClientAddressLayer, Rejection};

/// Token routes for an axum router. Nothing is mounted that is not asked for.
///
/// ```
/// use axum::Router;
/// use countersign_axum::TokenRoutes;
/// use countersign_session::Authenticator;
///
/// fn app(authenticator: &Authenticator) -> Result<Router, countersign_session::Error> {
///     let routes = TokenRoutes::new(authenticator).tokens().sessions().api_keys();
///     Ok(Router::new().merge(routes.into_router()?))
/// }
/// ```
///
/// Answers are `application/json` with `Cache-Control: no-store`, refusals those of RFC 6749 section 5.2 and
/// RFC 6750 section 3.1 with a fixed body. A request body of more than 17 KiB is refused with 413, by its
/// announced length before any of it is asked for. How long a body may take to arrive is for the server to
/// bound.
///
/// What must not stop half-way when a client hangs up runs on a task of its own, so the routes need tokio.
#[derive(Clone)]
#[must_use]
pub struct TokenRoutes {
    shared: Arc<Config>,
}

/// What is mounted, and what the handlers share.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) authenticator: Authenticator,
    address: Option<AddressSource>,
    pub(crate) tokens: Option<Tokens>,
    pub(crate) sessions: bool,
    session_name: Option<SessionName>,
    pub(crate) api_keys: bool,
    pub(crate) revocation: bool,
    /// The scope that callers need.
    pub(crate) introspection: Option<String>,
    /// How long caches may keep the set.
    pub(crate) jwks: Option<Duration>,
}

/// Who carries the refresh token.
#[derive(Clone)]
pub(crate) enum Tokens {
    /// The client, in a body.
    InBodies,
    /// The browser, in a cookie.
    InCookie(BrowserTokens),
}

impl TokenRoutes {
    /// No routes yet, over this authenticator.
    pub fn new(authenticator: &Authenticator) -> Self {
        let config = Config {
            authenticator: authenticator.clone(),
            address: None,
            tokens: None,
            sessions: false,
            session_name: None,
            api_keys: false,
            revocation: false,
            introspection: None,
            jwks: None,
        };
        Self { shared: Arc::new(config) }
    }

    /// `POST /tokens` (log in with Basic credentials; a form with `grant_type=client_credentials` or
    /// `refresh_token` is taken too), `POST /tokens/refresh` (a form or a JSON object with `refresh_token`)
    /// and `DELETE /tokens` (log out: the token that the request shows, and all that comes from the same
    /// log-in).
    ///
    /// In the place of [`browser_tokens`](Self::browser_tokens), if that was called before.
    pub fn tokens(self) -> Self {
        self.change(|config| config.tokens = Some(Tokens::InBodies))
    }

    /// The same three routes for an application in a browser: the refresh token is in a cookie that no script
    /// can read. See [`BrowserTokens`].
    ///
    /// In the place of [`tokens`](Self::tokens), if that was called before. A service for both kinds of
    /// clients mounts two sets of routes, one of them nested under a path of its own.
    pub fn browser_tokens(self, browser: BrowserTokens) -> Self {
        self.change(|config| config.tokens = Some(Tokens::InCookie(browser)))
    }

    /// `GET /sessions` (the caller's live sessions: id, name, scopes, `current`, `created_at`, `last_refreshed_at`,
    /// `expires_at`), `DELETE /sessions/{id}` (end one of them), `DELETE /sessions/others` (end all but the current
    /// one) and `DELETE /sessions` (log out everywhere). They take access tokens of this service. API keys stay.
    ///
    /// Without a token store there are no sessions to list, and only `DELETE /sessions` is mounted.
    pub fn sessions(self) -> Self {
        self.change(|config| config.sessions = true)
    }

    /// Names the session of a login by its request, so that the user recognizes it in `GET /sessions`. For example, make
    /// "Firefox on Linux" of the `User-Agent`. Without this call no name is stored. A name longer than 200 bytes is
    /// dropped.
    ///
    /// Security: any client can write such a header. Escape the name when you show it.
    pub fn session_names(self, name: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        self.change(|config| config.session_name = Some(SessionName::new(name)))
    }

    /// `POST /api-keys` (a JSON object with `name`, `scopes` and, optionally, `expires_in` in seconds; the
    /// answer is the only one that ever shows the key), `GET /api-keys` and `DELETE /api-keys/{id}`: the
    /// caller's own keys. They take access tokens of this service, and no key gets a scope that its maker has
    /// not.
    pub fn api_keys(self) -> Self {
        self.change(|config| config.api_keys = true)
    }

    /// `POST /tokens/revoke` (RFC 7009): ends whatever token the form's `token` is, refresh token, access
    /// token or API key, and all that comes from the same log-in. Whoever has the token may end it, so
    /// nothing else is to be shown (clients are public ones, RFC 6749 section 2.1). 200 for tokens that are
    /// unknown or over, too; 503 if it could not be recorded.
    pub fn revocation(self) -> Self {
        self.change(|config| config.revocation = true)
    }

    /// `POST /tokens/introspect` (RFC 7662): tells a resource server whether the form's `token`, an access
    /// token or API key of this service, is good, and what it says. Whatever is not good is
    /// `{"active":false}` and nothing more; refresh tokens and tokens of other issuers are never active here.
    ///
    /// The caller shows an API key, an access token or a password of this service, with the scope `scope`:
    /// printable ASCII without spaces, quotes or backslashes, to be given to resource servers alone. An API
    /// key is the quickest.
    pub fn introspection(self, scope: &str) -> Self {
        self.change(|config| config.introspection = Some(scope.to_owned()))
    }

    /// `GET /.well-known/jwks.json`: the public keys of this service's signed tokens (RFC 7517 section 5),
    /// which caches may keep for `max_age`, in whole seconds. A key is to be published for at least that long
    /// before it signs ([`Authenticator::publish_signing_key`]). The answer has an `ETag`, and whoever shows it again
    /// in `If-None-Match` gets 304.
    pub fn jwks(self, max_age: Duration) -> Self {
        self.change(|config| config.jwks = Some(max_age))
    }

    /// Finds the address of the client with `source`, for all of these routes. A service with a limiter needs it
    /// for logins, and for Basic at introspection. Without this call it comes from a
    /// [`ClientAddressLayer`](crate::ClientAddressLayer) around the routes, or else is the peer of the connection,
    /// if you serve with axum's `ConnectInfo`. Do not take it from a header that any client can write.
    pub fn client_address(self, source: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        self.change(|config| config.address = Some(AddressSource::new(source)))
    }

    /// Builds the routes that were asked for, to be merged into a router or nested under a path.
    ///
    /// # Errors
    /// The authenticator lacks what a group needs: a credential verifier for [`tokens`](Self::tokens) and
    /// [`browser_tokens`](Self::browser_tokens), a token store for [`api_keys`](Self::api_keys), a signing key for
    /// [`jwks`](Self::jwks). Or the scope of
    /// [`introspection`](Self::introspection) is no scope token
    /// ([`InvalidName`](countersign_session::ConfigurationFault::InvalidName)).
    pub fn into_router<S: Clone + Send + Sync + 'static>(self) -> Result<Router<S>, Error> {
        self.shared.check()?;
        let config = &self.shared;
        let mut router = Router::new();
        match &config.tokens {
            Some(Tokens::InBodies) => router = router.merge(tokens::routes()),
            Some(Tokens::InCookie(browser)) => router = router.merge(browser::routes(browser)),
            None => {}
        }
        if config.sessions {
            router = router.merge(sessions::everywhere());
            if config.has_sessions() {
                router = router.merge(sessions::routes());
            }
        }
        if config.api_keys {
            router = router.merge(api_keys::routes());
        }
        if config.revocation {
            router = router.merge(revocation::routes());
        }
        if let Some(scope) = &config.introspection {
            router = router.merge(introspection::routes(scope));
        }
        if let Some(max_age) = config.jwks {
            router = router.merge(jwks::routes(max_age));
        }
        if let Some(source) = &config.address {
            router = router.layer(ClientAddressLayer::from_source(source.clone()));
        }
        Ok(router.with_state(Shared(self.shared)))
    }

    #[cfg(feature = "openapi")]
    pub(crate) fn config(&self) -> &Config {
        &self.shared
    }

    fn change(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(Arc::make_mut(&mut self.shared));
        self
    }
}

impl Config {
    /// Whether there are sessions to list.
    pub(crate) fn has_sessions(&self) -> bool {
        self.authenticator.check(Capability::Sessions).is_ok()
    }

    /// Checks that all that is mounted can work.
    fn check(&self) -> Result<(), Error> {
        let check = |capability| self.authenticator.check(capability);
        if self.tokens.is_some() {
            check(Capability::LogIn)?;
        }
        if self.api_keys {
            check(Capability::ApiKeys)?;
        }
        if self.jwks.is_some() {
            check(Capability::PublicKeys)?;
        }
        match &self.introspection {
            Some(scope) if !is_scope_token(scope) => Err(ConfigurationFault::InvalidName.into()),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for TokenRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRoutes")
            .field("authenticator", &self.shared.authenticator)
            .finish_non_exhaustive()
    }
}

/// The state of the routes.
#[derive(Clone)]
struct Shared(Arc<Config>);

impl FromRef<Shared> for Authenticator {
    fn from_ref(shared: &Shared) -> Self {
        shared.0.authenticator.clone()
    }
}

impl Shared {
    fn authenticator(&self) -> &Authenticator {
        &self.0.authenticator
    }

    fn refuse(&self, error: &Error) -> Rejection {
        Rejection::new(self.authenticator(), error)
    }

    /// Runs `work` to its end even if the client hangs up, which drops a handler where it stands.
    async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Rejection> {
        match tokio::spawn(work).await {
            Ok(result) => result.map_err(|error| self.refuse(&error)),
            Err(_) => Err(Rejection::server_error()),
        }
    }
}

/// Access tokens of this service: the subject is one of its accounts.
enum OwnAccessToken {}

impl AuthPolicy for OwnAccessToken {
    const METHODS: AuthMethods = AuthMethods::access_tokens().first_party_only();
}
