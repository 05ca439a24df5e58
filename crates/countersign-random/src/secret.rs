//! Text and bytes that must not be shown.
//!
//! Two small types rather than a generic one, because these two are all that is needed and their methods
//! read plainly. Both forbid what leaks by accident: they have no `Display`, no `PartialEq` (whose time
//! would depend on the content), no `Clone`, and a `Debug` that shows nothing. They do not lock memory
//! against swapping, and what is copied out of them is the caller's to look after.

use std::{fmt, mem};

use zeroize::Zeroizing;

/// Secret text, wiped when dropped.
///
/// ```
/// use countersign_random::SecretString;
///
/// let secret = SecretString::from(String::from("swordfish"));
/// assert_eq!(format!("{secret:?}"), "SecretString([redacted])");
/// assert_eq!(secret.expose(), "swordfish");
/// ```
pub struct SecretString(Zeroizing<String>);

impl SecretString {
    /// Takes over text that was under the wiping wrapper while it was being written.
    pub(crate) fn from_wiped(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Hands the text over, for the one moment it goes to the client. It is no longer wiped when dropped.
    #[must_use]
    pub fn into_exposed(mut self) -> String {
        mem::take(&mut *self.0)
    }

    /// The length in bytes of UTF-8.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no text at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for SecretString {
    /// Takes the text over without copying it.
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for SecretString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretString([redacted])")
    }
}

/// Secret bytes, wiped when dropped.
///
/// ```
/// use countersign_random::SecretBytes;
///
/// let secret = SecretBytes::from(vec![1, 2, 3]);
/// assert_eq!(format!("{secret:?}"), "SecretBytes([redacted])");
/// assert_eq!(secret.expose(), [1, 2, 3]);
/// ```
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes over bytes that were under the wiping wrapper while they were being filled.
    pub(crate) fn from_wiped(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// The bytes themselves.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Hands the bytes over. They are no longer wiped when dropped.
    #[must_use]
    pub fn into_exposed(mut self) -> Vec<u8> {
        mem::take(&mut *self.0)
    }

    /// The number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<u8>> for SecretBytes {
    /// Takes the bytes over without copying them.
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use zeroize::ZeroizeOnDrop;

    use super::*;

    #[test]
    fn what_holds_the_secret_wipes_it_when_dropped() {
        // Freed memory cannot be looked at in safe code. What can be held fast is that the content
        // lies in a type that promises the wiping: without it this does not compile.
        fn wiped<T: ZeroizeOnDrop>(_: &T) {}
        wiped(&SecretString::from(String::new()).0);
        wiped(&SecretBytes::from(Vec::new()).0);
    }

    #[test]
    fn content_and_length_come_out_as_they_went_in() {
        let text = SecretString::from(String::from("k\u{e4}se"));
        assert_eq!((text.expose(), text.len(), text.is_empty()), ("k\u{e4}se", 5, false));
        assert_eq!(text.into_exposed(), "k\u{e4}se");
        let bytes = SecretBytes::from(vec![0, 255]);
        assert_eq!((bytes.expose(), bytes.len(), bytes.is_empty()), (&[0, 255][..], 2, false));
        assert_eq!(bytes.into_exposed(), [0, 255]);
        assert!(SecretString::from(String::new()).is_empty());
        assert!(SecretBytes::from(Vec::new()).is_empty());
    }

    #[test]
    fn debug_shows_neither_content_nor_length() {
        let shown = format!("{:#?}", SecretString::from(String::from("canary")));
        assert_eq!(shown, "SecretString([redacted])");
        let shown = format!("{:#?}", SecretBytes::from(vec![67; 7]));
        assert_eq!(shown, "SecretBytes([redacted])");
    }
}
