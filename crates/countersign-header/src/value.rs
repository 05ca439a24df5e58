//! The text of a field value that holds a credential.
//!
//! A type of its own, because a plain `String` would be printed by the next `{:?}` and left behind in
//! freed memory. It is built once, into a buffer of its final size, so that no half-built copy stays
//! behind either.
//!
//! It does not become an `http` header: pass `expose()` to the client in use, and mark the header as
//! sensitive there.

use std::fmt;

use zeroize::Zeroizing;

/// A secret field value, such as `Bearer mF_9.B5f-4.1JqM`: visible ASCII and single spaces, at most
/// [`MAX_LENGTH`](crate::MAX_LENGTH) bytes.
///
/// Its `Debug` shows nothing of it, it has no `Display` and no `==`, and its memory is wiped on drop.
pub struct HeaderValue {
    text: Zeroizing<String>,
}

impl HeaderValue {
    /// `scheme SP credentials`, both already checked by the caller.
    pub(crate) fn join(scheme: &str, credentials: &str) -> Self {
        let length = scheme.len().saturating_add(1).saturating_add(credentials.len());
        let mut text = Zeroizing::new(String::with_capacity(length));
        text.push_str(scheme);
        text.push(' ');
        text.push_str(credentials);
        Self { text }
    }

    /// The value as it goes into the header field. This is the secret itself: keep it out of logs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeaderValue([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buffer_is_made_once_at_its_final_size() {
        let value = HeaderValue::join("Bearer", "abc");
        assert_eq!(value.expose(), "Bearer abc");
        assert_eq!(value.text.capacity(), 10);
    }
}
