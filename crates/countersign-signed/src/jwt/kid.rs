//! A `kid` that goes along with verified claims.
//!
//! The key set may be replaced while they are used, and counting references to its key would make all
//! threads write to one place for every token. So the `kid` is copied; those that fit, thumbprints among
//! them, without allocating.

/// Bytes that fit: a thumbprint has 43.
const INLINE: usize = 46;

#[derive(Clone)]
pub(super) enum Kid {
    Inline { length: u8, bytes: [u8; INLINE] },
    Long(Box<str>),
}

impl Kid {
    pub(super) fn new(kid: &str) -> Self {
        let mut bytes = [0; INLINE];
        match (bytes.get_mut(..kid.len()), u8::try_from(kid.len())) {
            (Some(room), Ok(length)) => {
                room.copy_from_slice(kid.as_bytes());
                Self::Inline { length, bytes }
            }
            _ => Self::Long(kid.into()),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Inline { length, bytes } => {
                // The bytes of a text, so they are text.
                std::str::from_utf8(bytes.get(..usize::from(*length)).unwrap_or_default()).unwrap_or_default()
            }
            Self::Long(kid) => kid,
        }
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
