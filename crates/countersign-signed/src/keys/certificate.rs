//! Keys named by their certificate: `x5t` (RFC 7515 section 4.1.7, RFC 7517 section 4.8) and `x5t#S256` (sections
//! 4.1.8 and 4.9).
//!
//! AD FS and others write no `kid` into a token, only the thumbprint of the certificate, and give the same text
//! in their key set. Here it is a name and nothing more: it chooses among the keys that the verifier has, it is
//! compared as text, and no certificate is read.

use super::MAX_KID_LEN;

/// How a token names its key (RFC 7515 section 4).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct KeyHint<'h> {
    pub(crate) kid: Option<&'h str>,
    pub(crate) x5t: Option<&'h str>,
    pub(crate) x5t_s256: Option<&'h str>,
}

impl KeyHint<'_> {
    pub(super) fn names_a_certificate(&self) -> bool {
        self.x5t.is_some() || self.x5t_s256.is_some()
    }
}

/// The certificates of a key. There are several if a set has the key twice with different ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Certificates(Vec<Certificate>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Certificate {
    x5t: Option<Box<str>>,
    x5t_s256: Option<Box<str>>,
}

impl Certificates {
    /// From the members of a JWK, of which both may be missing.
    pub(super) fn new(x5t: Option<&str>, x5t_s256: Option<&str>) -> Self {
        let certificate = Certificate { x5t: x5t.map(Into::into), x5t_s256: x5t_s256.map(Into::into) };
        if x5t.is_none() && x5t_s256.is_none() { Self::default() } else { Self(vec![certificate]) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds those of another entry for the same key.
    pub(super) fn add(&mut self, other: &Self) {
        for certificate in &other.0 {
            if !self.0.contains(certificate) {
                self.0.push(certificate.clone());
            }
        }
    }

    /// Whether the hint names one of them: one thumbprint is equal, and the other one does not differ.
    pub(super) fn are_named_by(&self, hint: KeyHint<'_>) -> bool {
        self.0.iter().any(|certificate| {
            let both =
                [(certificate.x5t.as_deref(), hint.x5t), (certificate.x5t_s256.as_deref(), hint.x5t_s256)];
            let comparable = both.into_iter().filter_map(|(own, named)| own.zip(named));
            let equal = comparable.clone().filter(|(own, named)| own == named).count();
            equal > 0 && equal == comparable.count()
        })
    }
}

/// The text, if it can be such a name. Other values of these members are passed over, since nothing depends on them
/// but finding the key.
pub(crate) fn usable_thumbprint(text: &str) -> bool {
    (1..=MAX_KID_LEN).contains(&text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(own: [Option<&str>; 2], hint: [Option<&str>; 2]) -> bool {
        let hint = KeyHint { kid: None, x5t: hint[0], x5t_s256: hint[1] };
        Certificates::new(own[0], own[1]).are_named_by(hint)
    }

    #[test]
    fn one_thumbprint_must_be_equal_and_none_may_differ() {
        let (a, b) = (Some("a"), Some("b"));
        for (own, hint, expected) in [
            ([a, None], [a, None], true),
            ([None, a], [None, a], true),
            ([a, b], [a, b], true),
            ([a, b], [a, None], true),
            ([a, None], [a, b], true),
            ([a, None], [b, None], false),
            ([a, b], [a, a], false),
            ([a, b], [b, a], false),
            ([a, None], [None, a], false),
            ([a, None], [None, None], false),
            ([None, None], [a, None], false),
            ([None, None], [None, None], false),
        ] {
            assert_eq!(named(own, hint), expected, "{own:?} {hint:?}");
        }
    }

    #[test]
    fn a_key_that_is_there_twice_has_the_certificates_of_both() {
        let mut certificates = Certificates::new(Some("a"), None);
        certificates.add(&Certificates::new(Some("b"), None));
        certificates.add(&Certificates::new(Some("a"), None));
        assert_eq!(certificates.0.len(), 2);
        for x5t in ["a", "b"] {
            assert!(certificates.are_named_by(KeyHint { x5t: Some(x5t), ..KeyHint::default() }));
        }
    }
}
