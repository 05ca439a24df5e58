//! The files of the page, which are part of the program.

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::IntoResponse;
use axum::routing::get;

/// Scripts, styles and requests of this origin alone, nothing inline, no other page around this one: what is
/// smuggled into the text does not run, and nobody lays a page of theirs over the buttons.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/", file("text/html", include_str!("page.html")))
        .route("/page.css", file("text/css", include_str!("page.css")))
        .route("/page.js", file("text/javascript", include_str!("page.js")))
        .route("/api.js", file("text/javascript", include_str!("api.js")))
        .route("/icon.svg", file("image/svg+xml", include_str!("icon.svg")))
}

fn file(media_type: &'static str, text: &'static str) -> axum::routing::MethodRouter {
    get(async move || answer(media_type, text))
}

fn answer(media_type: &str, text: &'static str) -> impl IntoResponse + use<> {
    let headers = [
        (CONTENT_TYPE, format!("{media_type}; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (REFERRER_POLICY, "no-referrer".to_owned()),
        // Nothing that the back button could bring back after a logout.
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, text)
}
