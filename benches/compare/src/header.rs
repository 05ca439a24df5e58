//! `Authorization` read and written, against the `headers` crate.
//!
//! Both read the same `http::HeaderValue`, and the same map of a request with seven other headers. A reading ends with
//! the length of what was found, and what was made on the way is dropped within it; our pair is wiped then. A writing
//! ends with a value that is marked as sensitive.
//!
//! Only good values are compared: on bad ones the two disagree.

use std::error::Error;
use std::hint::black_box;

use countersign_header::{Authorization, BasicCredentials, Bearer};
use headers::authorization::{self, Credentials};
use headers::{Header as _, HeaderMapExt as _};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, ORIGIN,
};
use http::{HeaderMap, HeaderValue};

use crate::contender::Contender;
use crate::report::Report;

const OURS: &str = "countersign";
const OURS_TEXT: &str = "countersign, as text";
const PEER: &str = "headers";

/// The pair of RFC 7617 section 2.
const PAIR: &str = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
const USER_ID: &str = "Aladdin";
const PASSWORD: &str = "open sesame";

pub(crate) fn measure(report: &Report) -> Result<(), Box<dyn Error>> {
    let token = token();
    let bearer = HeaderValue::from_str(&format!("Bearer {token}"))?;
    if bearer.len() != 404 {
        return Err("the Bearer value is not the 404 bytes that it should be".into());
    }
    reading(
        report,
        "Bearer",
        &bearer,
        token.len(),
        |found: &headers::Authorization<authorization::Bearer>| found.token().len(),
    )?;
    let pair = HeaderValue::from_static(PAIR);
    let length = USER_ID.len() + PASSWORD.len();
    reading(report, "Basic", &pair, length, |found: &headers::Authorization<authorization::Basic>| {
        found.username().len() + found.password().len()
    })?;
    writing(report, token, &bearer)
}

/// The characters of a signed token with a few claims, and about its length: base64url in three segments.
fn token() -> String {
    let text: String =
        "eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUuY29tIi_-8Q".chars().cycle().take(395).collect();
    let (header, rest) = text.split_at(36);
    let (claims, signature) = rest.split_at(316);
    format!("{header}.{claims}.{signature}")
}

/// One value, alone and among the headers of a request.
fn reading<C: Credentials + 'static>(
    report: &Report,
    scheme: &str,
    value: &HeaderValue,
    length: usize,
    peer_length: impl Fn(&headers::Authorization<C>) -> usize + Copy + 'static,
) -> Result<(), Box<dyn Error>> {
    let right = move |found: &usize| *found == length;
    let [own, text, other] = [value.clone(), value.clone(), value.clone()];
    let own = move || our_length(Authorization::from_values([black_box(&own).as_bytes()]));
    let text = move || our_text_length(Authorization::from_values([black_box(&text).as_bytes()]));
    let other = move || {
        let found = headers::Authorization::<C>::decode(&mut [black_box(&other)].into_iter());
        found.as_ref().map_or(0, peer_length)
    };
    report.group(
        &format!("{scheme} value"),
        vec![
            Contender::new(OURS, own, right)?,
            Contender::new(OURS_TEXT, text, right)?,
            Contender::new(PEER, other, right)?,
        ],
    )?;
    let [own, other] = [request(value), request(value)];
    let own = move || our_length(Authorization::from_headers(black_box(&own)));
    let other = move || {
        let found = black_box(&other).typed_try_get::<headers::Authorization<C>>();
        found.ok().flatten().as_ref().map_or(0, peer_length)
    };
    report.group(
        &format!("{scheme} in a request"),
        vec![Contender::new(OURS, own, right)?, Contender::new(PEER, other, right)?],
    )?;
    Ok(())
}

/// What was found is read, as whoever parses does next: our verifiers take bytes.
fn our_length(found: Result<Authorization<'_>, countersign_header::Error>) -> usize {
    match found {
        Ok(Authorization::Bearer(bearer)) => black_box(bearer.as_bytes()).len(),
        Ok(Authorization::Basic(pair)) => black_box(pair.user_id()).len() + black_box(pair.password()).len(),
        _ => 0,
    }
}

/// The same of whoever wants text.
fn our_text_length(found: Result<Authorization<'_>, countersign_header::Error>) -> usize {
    match found {
        Ok(Authorization::Bearer(bearer)) => black_box(bearer.token()).len(),
        found => our_length(found),
    }
}

/// A request of a browser's script.
fn request(authorization: &HeaderValue) -> HeaderMap {
    let others = [
        (HOST, "api.example.com"),
        (ACCEPT, "application/json"),
        (ACCEPT_ENCODING, "gzip, deflate, br"),
        (ACCEPT_LANGUAGE, "en"),
        (CONTENT_TYPE, "application/json"),
        (COOKIE, "theme=dark"),
        (ORIGIN, "https://app.example.com"),
    ];
    let mut map: HeaderMap =
        others.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
    map.insert(AUTHORIZATION, authorization.clone());
    map
}

fn writing(report: &Report, token: String, bearer: &HeaderValue) -> Result<(), Box<dyn Error>> {
    let peers = token.clone();
    let own = move || Bearer::new(black_box(&token)).map(|bearer| bearer.to_header_value().to_http());
    let other = move || headers::Authorization::bearer(black_box(&peers)).map(|made| sensitive(&made.0));
    report.group(
        "Bearer written",
        vec![
            Contender::new(OURS, own, |value| value.as_ref().is_ok_and(|value| value == bearer))?,
            Contender::new(PEER, other, |value| value.as_ref().is_ok_and(|value| value == bearer))?,
        ],
    )?;
    let own = || {
        BasicCredentials::new(black_box(USER_ID), black_box(PASSWORD))
            .map(|pair| pair.to_header_value().to_http())
    };
    let other = || sensitive(&headers::Authorization::basic(black_box(USER_ID), black_box(PASSWORD)).0);
    report.group(
        "Basic written",
        vec![
            Contender::new(OURS, own, |value| value.as_ref().is_ok_and(|value| value == PAIR))?,
            Contender::new(PEER, other, |value| value == PAIR)?,
        ],
    )?;
    Ok(())
}

/// As the peer puts it into a map.
fn sensitive(credentials: &impl Credentials) -> HeaderValue {
    let mut value = credentials.encode();
    value.set_sensitive(true);
    value
}
