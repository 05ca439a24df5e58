//! The text of a stored hash, and what is read from it.
//!
//! The text is a PHC string as the reference implementation writes it:
//! `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<tag>`. It is read more strictly than the `argon2` crate would:
//! that crate fills in a missing version or parameter from its own defaults, lets the last of two
//! parameters of one name win, and sets no upper bound. Here the version is 19 (0x13, RFC 9106 section 3.1)
//! and is there; m, t and p are there, once, in that order, alone and within [`Parameters`]; the salt has 8
//! to 48 bytes and the tag 16 to 64. Anything else is not read, which lets nobody in.

use std::fmt;

use argon2::{
    Algorithm, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash as Phc, Salt},
};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{Error, Parameters, argon::HashFunction};

/// The salt of a new hash, in bytes (RFC 9106 section 3.1: 16 are recommended for passwords).
pub(crate) const SALT_BYTES: usize = 16;
/// The tag of a new hash, in bytes (RFC 9106 section 4: 256 bits in both recommended settings).
pub(crate) const TAG_BYTES: usize = 32;
/// The shortest tag of a stored hash, in bytes (RFC 9106 section 4: 128 bits are sufficient).
const MIN_TAG_BYTES: usize = 16;

/// The hash of a password, as the text that is stored: a PHC string, ASCII, at most 101 bytes if made here.
///
/// It holds whatever text it is made of; whether it can be read shows when a password is checked. Wiped when
/// dropped.
///
/// Security: no password can be read from it, but passwords can be guessed with it at leisure. So it is
/// redacted in `Debug`, and no `PartialEq` invites comparing it.
#[derive(Clone)]
pub struct PasswordHash(Zeroizing<String>);

impl PasswordHash {
    /// The text, to be stored.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for PasswordHash {
    /// Takes over text that was stored.
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<&str> for PasswordHash {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash([redacted])")
    }
}

/// A stored hash that could be read.
pub(crate) struct Parsed {
    algorithm: Algorithm,
    parameters: Parameters,
    salt: Salt,
    tag: Output,
}

impl Parsed {
    /// `None` if the text is not as the module says.
    pub(crate) fn parse(text: &PasswordHash) -> Option<Self> {
        let phc = Phc::new(text.expose()).ok()?;
        let algorithm = Algorithm::new(phc.algorithm).ok()?;
        let (salt, tag) = phc.salt.zip(phc.hash)?;
        if phc.version? != u32::from(Version::V0x13) || tag.len() < MIN_TAG_BYTES {
            return None;
        }
        Some(Self { algorithm, parameters: parameters(&phc.params)?, salt, tag })
    }

    pub(crate) fn parameters(&self) -> Parameters {
        self.parameters
    }

    /// Whether `password` is the one that was hashed. One run of argon2 with the stored parameters.
    pub(crate) fn matches(&self, work: &dyn HashFunction, password: &str) -> Result<bool, Error> {
        let mut tag = Zeroizing::new(vec![0; self.tag.len()]);
        work.run(self.algorithm, self.parameters, password.as_bytes(), &self.salt, &mut tag)?;
        Ok(tag.ct_eq(self.tag.as_bytes()).into())
    }

    /// Whether a hash made now with `current` would be better: it is not argon2id, has less memory, takes
    /// less work, or has a salt or a tag shorter than those made here.
    ///
    /// A hash with more of everything stays: lowered parameters weaken no hash that is already stored.
    pub(crate) fn is_outdated(&self, current: Parameters) -> bool {
        self.algorithm != Algorithm::Argon2id
            || self.parameters.memory_kib() < current.memory_kib()
            || self.parameters.work() < current.work()
            || self.salt.len() < SALT_BYTES
            || self.tag.len() < TAG_BYTES
    }
}

/// m, t and p, in this order and nothing else.
fn parameters(text: &ParamsString) -> Option<Parameters> {
    let mut pairs = text.iter();
    let mut next = |name| {
        let (found, value) = pairs.next()?;
        if found.as_str() == name { value.decimal().ok() } else { None }
    };
    let (memory_kib, passes, lanes) = (next("m")?, next("t")?, next("p")?);
    if pairs.next().is_some() {
        return None;
    }
    Parameters::weak(memory_kib, passes, lanes).ok()
}

/// The PHC string of an argon2id hash.
pub(crate) fn write(parameters: Parameters, salt: &[u8], tag: &[u8]) -> Option<PasswordHash> {
    let mut params = ParamsString::new();
    params.add_decimal("m", parameters.memory_kib()).ok()?;
    params.add_decimal("t", parameters.passes()).ok()?;
    params.add_decimal("p", parameters.lanes()).ok()?;
    let phc = Phc {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params,
        salt: Some(Salt::new(salt).ok()?),
        hash: Some(Output::new(tag).ok()?),
    };
    Some(PasswordHash::from(phc.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::argon::Argon2Function;

    const SALT: &str = "c2l4dGVlbiBieXRlIHNhbA";
    const TAG: &str = "SkTyK5ieVch90mEUwF8tzBe6D2HHTwYC614upiZx7+s";

    fn parse(text: &str) -> Option<Parsed> {
        Parsed::parse(&PasswordHash::from(text))
    }

    fn of(m: u32, t: u32, p: u32) -> Parameters {
        Parameters::weak(m, t, p).unwrap()
    }

    #[test]
    fn what_is_read_is_what_the_text_says() {
        let parsed = parse(&format!("$argon2d$v=19$m=67,t=3,p=4${SALT}${TAG}")).unwrap();
        assert_eq!(parsed.algorithm, Algorithm::Argon2d);
        assert_eq!(parsed.parameters(), of(67, 3, 4));
        assert_eq!(&*parsed.salt, b"sixteen byte sal");
        assert_eq!(parsed.tag.as_bytes()[..4], [0x4a, 0x44, 0xf2, 0x2b]);
    }

    #[test]
    fn every_other_shape_is_refused() {
        let good = |head: &str| format!("{head}${SALT}${TAG}");
        assert!(parse(&good("$argon2id$v=19$m=8,t=1,p=1")).is_some());
        for head in [
            "argon2id$v=19$m=8,t=1,p=1",
            "$argon2$v=19$m=8,t=1,p=1",
            "$Argon2id$v=19$m=8,t=1,p=1",
            "$scrypt$v=19$m=8,t=1,p=1",
            "$2b$v=19$m=8,t=1,p=1",
            // The version: absent, 0x10, another, no number.
            "$argon2id$m=8,t=1,p=1",
            "$argon2id$v=16$m=8,t=1,p=1",
            "$argon2id$v=20$m=8,t=1,p=1",
            "$argon2id$v=$m=8,t=1,p=1",
            "$argon2id$v=019$m=8,t=1,p=1",
            // Parameters: absent, twice, in another order, more of them, no numbers.
            "$argon2id$v=19",
            "$argon2id$v=19$",
            "$argon2id$v=19$m=8",
            "$argon2id$v=19$m=8,t=1",
            "$argon2id$v=19$t=1,p=1",
            "$argon2id$v=19$m=8,m=8,t=1,p=1",
            "$argon2id$v=19$m=8,t=1,p=1,p=1",
            "$argon2id$v=19$t=1,m=8,p=1",
            "$argon2id$v=19$m=8,t=1,p=1,data=AAAA",
            "$argon2id$v=19$m=8,t=1,p=1,keyid=AAAA",
            "$argon2id$v=19$m=8,t=1,p=1,",
            "$argon2id$v=19$m=08,t=1,p=1",
            "$argon2id$v=19$m=+8,t=1,p=1",
            "$argon2id$v=19$m=-8,t=1,p=1",
            "$argon2id$v=19$m=8 ,t=1,p=1",
            "$argon2id$v=19$m=,t=1,p=1",
            // Out of range, and past 32 bits.
            "$argon2id$v=19$m=7,t=1,p=1",
            "$argon2id$v=19$m=8,t=0,p=1",
            "$argon2id$v=19$m=8,t=1,p=0",
            "$argon2id$v=19$m=8,t=1,p=2",
            "$argon2id$v=19$m=1048577,t=1,p=1",
            "$argon2id$v=19$m=8,t=17,p=1",
            "$argon2id$v=19$m=1024,t=1,p=17",
            "$argon2id$v=19$m=4294967304,t=1,p=1",
        ] {
            assert!(parse(&good(head)).is_none(), "{head}");
        }
        let head = "$argon2id$v=19$m=8,t=1,p=1";
        for tail in [
            String::new(),
            format!("${SALT}"),
            format!("${SALT}$"),
            format!("$${TAG}"),
            format!("${SALT}${TAG}$"),
            format!("${SALT}${TAG}\n"),
            format!("${SALT}${TAG}="),
            format!("${SALT}=${TAG}"),
            // A salt of 7 bytes and one of 49; a tag of 15 bytes (by argon2-cffi) and one of 65.
            format!("$c2hvcnRlcg${TAG}"),
            format!("${}${TAG}", "c3Nz".repeat(16) + "cw"),
            "$OCBieXRlcy4$7Rn9Jvt3HeMExlWT5N4m".to_owned(),
            // The same bytes with other trailing bits.
            format!("${}${TAG}", SALT.replace("bA", "bB")),
            format!("${SALT}${}", TAG.replace("7+s", "7+t")),
            format!("${SALT}${}", "AAAA".repeat(21) + "AAA"),
        ] {
            assert!(parse(&format!("{head}{tail}")).is_none(), "{tail}");
        }
        for text in ["", "$", "!", "*", "x", "$$$$$", "correct horse battery staple", "\u{0}", "$argon2id"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_tag_that_differs_in_one_bit_does_not_match() {
        let mut parsed = parse(&format!("$argon2id$v=19$m=8,t=1,p=1${SALT}${TAG}")).unwrap();
        let right = parsed.tag;
        assert!(parsed.matches(&Argon2Function, "correct horse battery staple").unwrap());
        for bit in 0..256 {
            let mut bytes = right.as_bytes().to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            parsed.tag = Output::new(&bytes).unwrap();
            assert!(!parsed.matches(&Argon2Function, "correct horse battery staple").unwrap(), "bit {bit}");
        }
    }

    #[test]
    fn a_hash_is_outdated_if_and_only_if_a_new_one_would_be_better() {
        let outdated = |text: &str, current| parse(text).unwrap().is_outdated(current);
        let hash = format!("$argon2id$v=19$m=100,t=2,p=1${SALT}${TAG}");
        assert!(!outdated(&hash, of(100, 2, 1)));
        assert!(!outdated(&hash, of(100, 2, 4)));
        assert!(!outdated(&hash, of(99, 2, 1)));
        assert!(!outdated(&hash, of(66, 3, 1)), "less memory, less work");
        assert!(outdated(&hash, of(101, 1, 1)), "more memory");
        assert!(outdated(&hash, of(100, 3, 1)), "more passes");
        assert!(outdated(&hash, of(67, 3, 1)), "more work in less memory");
        assert!(outdated(&hash.replace("2id", "2i"), of(100, 2, 1)));
        assert!(outdated(&hash.replace("2id", "2d"), of(100, 2, 1)));
        assert!(outdated(&hash.replace(SALT, "OCBieXRlcy4"), of(100, 2, 1)), "a salt of 8 bytes");
        assert!(outdated(&hash.replace(TAG, "BBCrlpkQbZqoD0twv/Y6mQ"), of(100, 2, 1)), "a tag of 16 bytes");
    }

    #[test]
    fn what_is_written_is_the_text_of_the_reference_implementation() {
        let tag: Vec<u8> = (0..32).collect();
        let text = write(of(19_456, 2, 1), b"sixteen byte sal", &tag).unwrap();
        // base64 by Python.
        assert_eq!(
            text.expose(),
            "$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbiBieXRlIHNhbA$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
        );
        assert!(write(of(8, 1, 1), b"7 bytes", &tag).is_none());
    }

    #[test]
    fn the_text_is_wiped_when_dropped() {
        // Freed memory cannot be looked at in safe code; the type that holds the text promises it.
        fn wiped<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        wiped(&PasswordHash::from("x").0);
    }

    #[test]
    fn debug_shows_nothing_of_the_hash() {
        assert_eq!(format!("{:#?}", PasswordHash::from("canary")), "PasswordHash([redacted])");
    }
}
