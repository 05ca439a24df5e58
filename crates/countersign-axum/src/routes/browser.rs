//! Log in, refresh, log out, for an application in a browser.
//!
//! The refresh token is in a cookie that scripts cannot read, so that a script that somebody smuggles into
//! the page cannot carry it off; the access token is in the answer's body, for the page to keep in memory. A
//! cookie comes along with requests that other sites make, so each of the three routes looks where its
//! request comes from. It looks at `Origin`, or else at `Sec-Fetch-Site`, and not at a custom header or a second token:
//! browsers send these by themselves, no page can forge them, and the page has nothing to keep.

use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{COOKIE, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::post;
use countersign_header::bearer_from_cookies;
use countersign_session::TokenResponse;
use serde::Serialize;
use zeroize::Zeroizing;

use super::form::{self, Grant, TokenForm, unsupported_grant_type};
use super::{Shared, answers};
use crate::Rejection;

/// RFC 6265bis section 4.1.3.2: a name with this prefix is taken by the browser only from the host itself,
/// over TLS, for all of its paths. So no subdomain and no eavesdropper on plain HTTP can plant a cookie of
/// theirs.
pub(crate) const NAME: &str = "__Host-refresh";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Token routes for an application in a browser, mounted by
/// [`TokenRoutes::browser_tokens`](super::TokenRoutes::browser_tokens).
///
/// - `POST /tokens` logs in with Basic credentials; `POST /tokens/refresh` takes the cookie, and nothing in a
///   body. Both answer with an access token, which the page keeps in memory (not in `localStorage`, which
///   every script can read), and set the cookie `__Host-refresh`: `HttpOnly; Secure; SameSite=Strict;
///   Path=/`. The path is what the name's prefix demands.
/// - `DELETE /tokens` ends the cookie's session, and removes the cookie. It needs no access token, which may
///   have expired.
/// - A page that was loaded anew asks `POST /tokens/refresh` first. `invalid_grant` means that nobody is
///   logged in. Tabs that refresh at once get the same cookie, by the grace of the authenticator.
///
/// Security: a request is taken only if it comes from a page of the named origins. Its `Origin` says so;
/// where it has none, `Sec-Fetch-Site: same-origin`; where it has neither, it is refused (403
/// `cross_site_request`), as is `Origin: null`. `SameSite` is a second line, which holds back other sites but
/// not other hosts of the same one.
///
/// A refused log-in has no challenge, other than RFC 9110 section 15.5.2 has it: browsers would answer it by
/// asking the user for a password themselves, and send that along with every later request.
#[derive(Clone, Debug)]
#[must_use]
pub struct BrowserTokens {
    origins: Vec<String>,
    max_age: Option<Duration>,
}

impl BrowserTokens {
    /// For an application whose pages have this origin: scheme, host and, where it is not the scheme's own,
    /// port, as in `https://app.example`. A browser takes the cookie over TLS alone, or from `localhost`.
    pub fn new(origin: &str) -> Self {
        Self { origins: Vec::new(), max_age: None }.origin(origin)
    }

    /// Takes requests from pages of another origin too: of the same site, or the cookie will not come along.
    /// It needs an answer to preflight requests as well, which is the application's.
    pub fn origin(mut self, origin: &str) -> Self {
        // As browsers write them.
        self.origins.push(origin.trim_end_matches('/').to_ascii_lowercase());
        self
    }

    /// Lets the cookie outlive the browser, for this long from each refresh on, in whole seconds: for the
    /// idle lifetime, say. Otherwise it is forgotten when the browser is closed.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Refuses a request that no page of ours has made.
    fn check_site(&self, headers: &HeaderMap) -> Result<(), Rejection> {
        let is_ours = match (only(headers, &ORIGIN), only(headers, &SEC_FETCH_SITE)) {
            (Only::One(origin), _) => {
                let listed = self.origins.iter().any(|ours| ours.as_bytes() == origin);
                // What a sandboxed frame of anybody's says.
                listed && origin != b"null"
            }
            (Only::None, Only::One(site)) => site == b"same-origin",
            _ => false,
        };
        if is_ours { Ok(()) } else { Err(Rejection::plain(StatusCode::FORBIDDEN, "cross_site_request")) }
    }

    /// An access token for the page, and the refresh token for the browser.
    fn answer(&self, issued: &TokenResponse) -> Result<Response, Rejection> {
        let scope = issued.scopes().join(" ");
        let body = PageTokens {
            access_token: issued.access_token().expose(),
            token_type: "Bearer",
            expires_in: issued.expires_in().as_secs(),
            scope: Some(scope).filter(|scope| !scope.is_empty()),
        };
        let mut response = answers::serialized(StatusCode::OK, &body)?;
        if let Some(token) = issued.refresh_token() {
            set_cookie(&mut response, token.expose(), self.max_age)?;
        }
        Ok(response)
    }
}

/// RFC 6749 section 5.1, without the refresh token.
#[derive(Serialize)]
struct PageTokens<'a> {
    access_token: &'a str,
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

fn set_cookie(response: &mut Response, value: &str, max_age: Option<Duration>) -> Result<(), Rejection> {
    let max_age = max_age.map_or_else(String::new, |age| format!("; Max-Age={}", age.as_secs()));
    let cookie = format!("{NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Strict{max_age}");
    let cookie = Zeroizing::new(cookie);
    let mut cookie = HeaderValue::from_str(&cookie).map_err(|_| Rejection::server_error())?;
    cookie.set_sensitive(true);
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(())
}

/// How often a header occurs.
enum Only<'a> {
    None,
    One(&'a [u8]),
    Several,
}

fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Only<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Only::None,
        (Some(value), None) => Only::One(value.as_bytes()),
        (Some(_), Some(_)) => Only::Several,
    }
}

/// The refresh token in the cookie, if there is one. What is no token is as good as none.
///
/// Two of that name are refused: which of them counts would be a guess.
fn cookie(headers: &HeaderMap) -> Result<Option<Zeroizing<String>>, Rejection> {
    let values = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
    match bearer_from_cookies(values, NAME) {
        Ok(bearer) => Ok(Some(Zeroizing::new(bearer.token().to_owned()))),
        Err(error) if error.kind().is_multiple() => Err(Rejection::invalid_request()),
        Err(_) => Ok(None),
    }
}

pub(super) fn routes(browser: &BrowserTokens) -> Router<Shared> {
    let (at_log_in, at_refresh, at_log_out) = (browser.clone(), browser.clone(), browser.clone());
    let log_in = async move |State(shared): State<Shared>, request: Request| {
        log_in(&at_log_in, &shared, request).await
    };
    let refresh = async move |State(shared): State<Shared>, headers: HeaderMap| {
        refresh(&at_refresh, &shared, &headers).await
    };
    let log_out = async move |State(shared): State<Shared>, headers: HeaderMap| {
        log_out(&at_log_out, &shared, &headers).await
    };
    Router::new().route("/tokens", post(log_in).delete(log_out)).route("/tokens/refresh", post(refresh))
}

async fn log_in(browser: &BrowserTokens, shared: &Shared, request: Request) -> Result<Response, Rejection> {
    let (parts, body) = request.into_parts();
    browser.check_site(&parts.headers)?;
    match form::read::<TokenForm>(&parts.headers, body).await?.grant("client_credentials")? {
        Grant::Credentials => {}
        Grant::RefreshToken(_) => return Err(unsupported_grant_type()),
    }
    let issued = shared.log_in(&parts).await.map_err(Rejection::without_challenges)?;
    browser.answer(&issued)
}

async fn refresh(
    browser: &BrowserTokens,
    shared: &Shared,
    headers: &HeaderMap,
) -> Result<Response, Rejection> {
    browser.check_site(headers)?;
    // Nobody is logged in: the same answer as to a session that is over, since it asks the page for the same.
    let token = cookie(headers)?.ok_or_else(|| Rejection::plain(StatusCode::BAD_REQUEST, "invalid_grant"))?;
    browser.answer(&shared.refresh(token).await?)
}

async fn log_out(
    browser: &BrowserTokens,
    shared: &Shared,
    headers: &HeaderMap,
) -> Result<Response, Rejection> {
    browser.check_site(headers)?;
    if let Some(token) = cookie(headers)? {
        let authenticator = shared.authenticator().clone();
        shared.finish(async move { authenticator.revoke_refresh_token(&token).await }).await?;
    }
    let mut response = answers::no_content();
    set_cookie(&mut response, "", Some(Duration::ZERO))?;
    Ok(response)
}
