//! One thing that is asked of every contender, and what came of it.

use serde::Serialize;

/// What a contender is asked.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Ask {
    /// Whether its ordinary function to verify gives the claims out, read into a map.
    Verify,
    /// The same, into a struct with the claims `sub` and `role`, and what else the library asks for.
    Struct,
    /// The same as `Verify`, of a token with two different `role`: which one comes out?
    Role,
    /// The words of the refusal.
    Words,
    /// Whether `Debug` of the key that was read from the JWK, or of the JWK itself, shows the secret.
    Debug,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Key {
    /// A secret of HS256, which travels as hexadecimal digits.
    Secret(#[serde(serialize_with = "hex")] Vec<u8>),
    /// JSON.
    Jwk(String),
}

/// One question.
#[derive(Serialize)]
pub(crate) struct Case {
    /// Stable and unique.
    pub(crate) id: &'static str,
    /// The heading that it stands under.
    pub(crate) group: &'static str,
    /// In Markdown.
    pub(crate) label: &'static str,
    pub(crate) ask: Ask,
    /// A good token, which everybody has to take that can be asked: without it the others prove nothing.
    pub(crate) control: bool,
    pub(crate) token: String,
    pub(crate) key: Key,
    /// The name that the key has where a contender gives names to keys.
    pub(crate) kid: Option<&'static str>,
}

impl Case {
    pub(crate) fn secret(&self) -> Option<&[u8]> {
        match &self.key {
            Key::Secret(secret) => Some(secret),
            Key::Jwk(_) => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    In,
    Out,
    Shown,
    Redacted,
    /// The contender has no such thing.
    None,
    /// A panic, which is neither.
    Panic,
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Outcome {
    pub(crate) verdict: Verdict,
    /// What belongs to the verdict, if anything does.
    pub(crate) note: String,
    /// The words of a refusal.
    pub(crate) said: String,
}

impl Outcome {
    pub(crate) fn new(verdict: Verdict, note: impl Into<String>) -> Self {
        Self { verdict, note: note.into(), said: String::new() }
    }

    /// Of the function that verifies, which gives the claim `role` out.
    pub(crate) fn of(ask: Ask, verified: Result<Option<String>, String>) -> Self {
        match verified {
            Ok(role) if ask == Ask::Role => {
                let which = match role.as_deref() {
                    Some("reader") => "first wins",
                    Some("admin") => "last wins",
                    _ => "neither comes out",
                };
                Self::new(Verdict::In, which)
            }
            Ok(_) => Self::new(Verdict::In, ""),
            Err(said) => {
                let note = if ask == Ask::Words { said.clone() } else { String::new() };
                Self { verdict: Verdict::Out, note, said }
            }
        }
    }

    /// Whether this text of a key shows the secret, in base64url, as text or as a list of bytes.
    pub(crate) fn of_debug(shown: &str, secret: &[u8]) -> Self {
        let bytes: Vec<_> = secret.iter().take(4).map(u8::to_string).collect();
        let text = String::from_utf8_lossy(secret);
        let is_shown = [crate::token::base64url(secret), text.into_owned(), bytes.join(", ")]
            .iter()
            .any(|form| shown.contains(form));
        Self::new(if is_shown { Verdict::Shown } else { Verdict::Redacted }, "")
    }
}

fn hex<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_each_of_its_forms() {
        for shown in
            ["Jwk { value: \"c2VjcmV0IQ\" }", "Key(secret!)", "Key([115, 101, 99, 114, 101, 116, 33])"]
        {
            assert_eq!(Outcome::of_debug(shown, b"secret!").verdict, Verdict::Shown, "{shown}");
        }
        assert_eq!(Outcome::of_debug("Key([redacted])", b"secret!").verdict, Verdict::Redacted);
    }

    #[test]
    fn of_two_roles_it_is_told_which_one_came_out() {
        for (role, said) in [("reader", "first wins"), ("admin", "last wins")] {
            assert_eq!(Outcome::of(Ask::Role, Ok(Some(role.into()))), Outcome::new(Verdict::In, said));
        }
        assert_eq!(Outcome::of(Ask::Verify, Ok(Some("admin".into()))), Outcome::new(Verdict::In, ""));
    }

    #[test]
    fn the_words_of_a_refusal_are_a_note_where_they_are_asked_for() {
        let of = |ask| Outcome::of(ask, Err("no".into()));
        let expected = Outcome { verdict: Verdict::Out, note: "no".into(), said: "no".into() };
        assert_eq!(of(Ask::Words), expected);
        assert_eq!(of(Ask::Verify), Outcome { note: String::new(), ..expected });
    }
}
