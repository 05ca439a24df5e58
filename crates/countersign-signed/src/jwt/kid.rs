//! A `kid` that goes along with verified claims.
//!
//! The key set may be replaced while they are used, and counting references to its key would make all
//! threads write to one place for every token. So the `kid` is copied; those that fit, thumbprints among
//! them, without allocating.

use std::fmt;

/// Bytes that fit: a thumbprint has 43.
const INLINE: usize = 46;

/// A copy of the `kid` of a key, as [`Verified::into_parts`](crate::Verified::into_parts) gives it.
///
/// Up to 46 bytes, thumbprints among them, are copied without allocating.
#[derive(Clone)]
pub struct Kid(Text);

#[derive(Clone)]
enum Text {
    Inline { length: u8, bytes: [u8; INLINE] },
    Long(Box<str>),
}

impl Kid {
    pub(super) fn new(kid: &str) -> Self {
        let mut bytes = [0; INLINE];
        match (bytes.get_mut(..kid.len()), u8::try_from(kid.len())) {
            (Some(room), Ok(length)) => {
                room.copy_from_slice(kid.as_bytes());
                Self(Text::Inline { length, bytes })
            }
            _ => Self(Text::Long(kid.into())),
        }
    }

    /// The `kid`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Inline { length, bytes } => {
                // The bytes of a text, so they are text.
                std::str::from_utf8(bytes.get(..usize::from(*length)).unwrap_or_default()).unwrap_or_default()
            }
            Text::Long(kid) => kid,
        }
    }
}

impl fmt::Debug for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kid_of_any_length_comes_back() {
        for length in [1, 43, INLINE - 1, INLINE, INLINE + 1, 256] {
            let kid = "k".repeat(length);
            assert_eq!(Kid::new(&kid).as_str(), kid);
        }
        assert_eq!(Kid::new("é\u{1F512}").as_str(), "é\u{1F512}");
    }
}
