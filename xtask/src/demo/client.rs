//! One exchange through a real HTTP client, shown so that a person can follow it, and checked.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use ureq::http::{Method, Request};

/// A client of the service that counts its checks.
pub(crate) struct Client<'a> {
    agent: ureq::Agent,
    url: &'a str,
    checked: u32,
}

/// A request.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sent<'a> {
    pub(crate) authorization: Option<&'a str>,
    /// The media type and the text.
    pub(crate) body: Option<(&'a str, &'a str)>,
}

/// The expected answer.
#[derive(Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) status: u16,
    /// All values of `WWW-Authenticate`.
    pub(crate) challenges: &'a [&'a str],
    /// The whole body, where it is fixed.
    pub(crate) body: Option<&'a str>,
}

impl Expected<'_> {
    pub(crate) const fn status(status: u16) -> Self {
        Self { status, challenges: &[], body: None }
    }
}

impl<'a> Client<'a> {
    pub(crate) fn new(url: &'a str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        Self { agent: config.new_agent(), url, checked: 0 }
    }

    /// How many answers have been checked.
    pub(crate) fn checked(&self) -> u32 {
        self.checked
    }

    /// Sends a request, shows the exchange under `title`, checks the answer, and returns its body.
    pub(crate) fn exchange(
        &mut self,
        title: &str,
        line: &str,
        sent: Sent<'_>,
        expected: Expected<'_>,
    ) -> Result<Value, String> {
        println!("\n# {title}\n> {line}");
        let (method, path) = line.split_once(' ').ok_or("a request line has a method and a path")?;
        let method = Method::from_bytes(method.as_bytes()).map_err(|error| error.to_string())?;
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        if let Some(authorization) = sent.authorization {
            println!("> authorization: {}", shorten(authorization));
            request = request.header("authorization", authorization);
        }
        let text = sent.body.map_or("", |(media_type, text)| {
            println!("> {}", shorten(text));
            request = std::mem::take(&mut request).header("content-type", media_type);
            text
        });
        let request = request.body(text.to_owned()).map_err(|error| error.to_string())?;
        let response = self.agent.run(request);
        let mut response = response.map_err(|error| format!("{title}: {error}"))?;
        let status = response.status();
        println!("< {} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
        let challenges: Vec<String> = response
            .headers()
            .get_all("www-authenticate")
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect();
        for challenge in &challenges {
            println!("< www-authenticate: {challenge}");
        }
        let body = response.body_mut().read_to_string().map_err(|error| format!("{title}: {error}"))?;
        if !body.is_empty() {
            println!("< {}", shorten(&body));
        }
        self.checked += 1;
        check(title, "status", &status.as_u16(), &expected.status)?;
        check(title, "challenges", &challenges.as_slice(), &expected.challenges)?;
        if let Some(expected) = expected.body {
            check(title, "body", &body.as_str(), &expected)?;
        }
        Ok(serde_json::from_str(&body).unwrap_or(Value::Null))
    }
}

/// Fails with both values if they differ.
pub(crate) fn check<T, U>(title: &str, what: &str, got: &T, expected: &U) -> Result<(), String>
where
    T: PartialEq<U> + std::fmt::Debug,
    U: std::fmt::Debug,
{
    if got == expected { Ok(()) } else { Err(format!("{title}: {what}: expected {expected:?}, got {got:?}")) }
}

/// The value of `Authorization` for a password.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// The value of `Authorization` for a token.
pub(crate) fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// Long words lose their middle: enough to tell one token from another.
fn shorten(text: &str) -> String {
    let mut out = String::new();
    for piece in text.split_inclusive(|character: char| " \":,={}[]&".contains(character)) {
        let word = piece.trim_end_matches(|character: char| " \":,={}[]&".contains(character));
        let rest = &piece[word.len()..];
        if word.len() > 40 && word.is_ascii() {
            out.push_str(&word[..20]);
            out.push_str("...");
            out.push_str(&word[word.len() - 8..]);
        } else {
            out.push_str(word);
        }
        out.push_str(rest);
    }
    out
}
