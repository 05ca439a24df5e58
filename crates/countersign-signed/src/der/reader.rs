//! Reading tag, length and content, with the one encoding that DER allows for each (X.690 section 10).
//!
//! It borrows what it reads, so a private key is not copied about.

use super::Malformed;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// What is left of some DER.
#[derive(Clone)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(der: &'a [u8]) -> Self {
        Self(der)
    }

    /// The next element: its tag and its content.
    pub(super) fn element(&mut self) -> Result<(u8, &'a [u8]), Malformed> {
        let (tag, length, rest) = match *self.0 {
            // X.690 section 8.1.2.4: a tag of more bytes, which no key has.
            [tag, ..] if tag & 0x1F == 0x1F => return Err(Malformed),
            [tag, length @ ..=0x7F, ref rest @ ..] => (tag, usize::from(length), rest),
            // Section 10.1: as short as can be, which rules out the indefinite form too.
            [tag, 0x81, length @ 0x80..=0xFF, ref rest @ ..] => (tag, usize::from(length), rest),
            [tag, 0x82, high @ 1..=0xFF, low, ref rest @ ..] => {
                (tag, usize::from(u16::from_be_bytes([high, low])), rest)
            }
            _ => return Err(Malformed),
        };
        let (content, rest) = rest.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok((tag, content))
    }

    /// The content of the next element, which has this tag.
    pub(super) fn expect(&mut self, wanted: u8) -> Result<&'a [u8], Malformed> {
        let (tag, content) = self.element()?;
        if tag == wanted { Ok(content) } else { Err(Malformed) }
    }

    /// The content of the next element if it has this tag.
    pub(super) fn optional(&mut self, wanted: u8) -> Result<Option<&'a [u8]>, Malformed> {
        if self.0.first() == Some(&wanted) { self.expect(wanted).map(Some) } else { Ok(None) }
    }

    pub(super) fn sequence(&mut self) -> Result<Self, Malformed> {
        self.expect(SEQUENCE).map(Self)
    }

    /// The magnitude of an integer that is not negative, without leading zeros; zero is empty.
    pub(super) fn unsigned(&mut self) -> Result<&'a [u8], Malformed> {
        // Section 8.3.2: a leading zero only where the next bit is set.
        match self.expect(INTEGER)? {
            [0] => Ok(&[]),
            [0, magnitude @ ..] if magnitude.first() >= Some(&0x80) => Ok(magnitude),
            magnitude @ [1..=0x7F, ..] => Ok(magnitude),
            _ => Err(Malformed),
        }
    }

    /// An integer of 0 to 127: a version or a length.
    pub(super) fn small(&mut self) -> Result<u8, Malformed> {
        match *self.expect(INTEGER)? {
            [value @ ..=0x7F] => Ok(value),
            _ => Err(Malformed),
        }
    }

    /// The bytes of a bit string that is made of whole ones.
    pub(super) fn whole_bits(&mut self) -> Result<&'a [u8], Malformed> {
        whole_bits(self.expect(BIT_STRING)?)
    }

    /// Nothing may be left.
    pub(super) fn finish(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}

/// The content of a bit string, without the count of unused bits, which is zero.
pub(super) fn whole_bits(content: &[u8]) -> Result<&[u8], Malformed> {
    content.strip_prefix(&[0]).ok_or(Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_one_encoding() {
        let read = |der: &[u8]| Reader::new(der).element().map(|(_, content)| content.len());
        assert_eq!(read(&[4, 0]), Ok(0));
        assert_eq!(read(&[4, 1, 9, 9]), Ok(1));
        assert_eq!(read(&[&[4, 0x81, 0x80][..], &[9; 128]].concat()), Ok(128));
        assert_eq!(read(&[&[4, 0x82, 1, 0][..], &[9; 256]].concat()), Ok(256));
        for wrong in [
            &[][..],
            &[4],
            &[4, 1],
            &[4, 0x80, 0, 0],
            &[4, 0x81, 1, 9],
            &[4, 0x82, 0, 1, 9],
            &[4, 0x83, 0, 0, 1, 9],
            &[4, 0xFF],
            &[0x1F, 0x81, 1, 0],
        ] {
            assert_eq!(read(wrong), Err(Malformed), "{wrong:?}");
        }
        assert_eq!(read(&[&[4, 0x81, 0x7F][..], &[9; 127]].concat()), Err(Malformed));
    }

    #[test]
    fn an_integer_has_one_encoding_and_no_sign() {
        let read = |der: &'static [u8]| Reader::new(der).unsigned();
        assert_eq!(read(&[2, 1, 0]), Ok(&[][..]));
        assert_eq!(read(&[2, 1, 0x7F]), Ok(&[0x7F][..]));
        assert_eq!(read(&[2, 2, 0, 0x80]), Ok(&[0x80][..]));
        for wrong in [&[2, 0][..], &[2, 1, 0x80], &[2, 2, 0, 0x7F], &[2, 2, 0, 0], &[4, 1, 1]] {
            assert_eq!(read(wrong), Err(Malformed), "{wrong:?}");
        }
    }

    #[test]
    fn bits_are_whole_bytes_and_versions_small() {
        assert_eq!(Reader::new(&[3, 2, 0, 9]).whole_bits(), Ok(&[9][..]));
        assert_eq!(Reader::new(&[3, 2, 1, 8]).whole_bits(), Err(Malformed));
        assert_eq!(Reader::new(&[3, 0]).whole_bits(), Err(Malformed));
        assert_eq!(Reader::new(&[2, 1, 1]).small(), Ok(1));
        assert_eq!(Reader::new(&[2, 2, 0, 0x80]).small(), Err(Malformed));
        assert_eq!(Reader::new(&[5]).clone().finish(), Err(Malformed));
        assert_eq!(Reader::new(&[]).finish(), Ok(()));
    }
}
