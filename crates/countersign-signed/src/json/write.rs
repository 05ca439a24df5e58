//! Claims to text, held to what a reader demands of them.
//!
//! Nothing may be issued that no verifier takes, so what a caller's type serialises to must be one object,
//! nested at most 32 deep, with names that differ. Walking the text for that afterwards costs as much as
//! writing it, so the writer [watches](watch) the names while it writes them; where that is not enough to
//! tell, which is rare, the text is walked after all, and that decides.
//!
//! The text is what serde_json would write, byte for byte. This writes it itself, since most of it is
//! strings, which are searched for escapes here eight bytes at a time and there byte by byte. Floats, and the
//! types of serde_json's own that stand for text written already, are left to serde_json.

mod key;
mod watch;

use serde::Serialize;
use serde::ser::{self, Serializer};
use serde_json::Error;

use self::key::Key;
use self::watch::Watch;
use super::name::{Tag, short_word};
use super::object::Members;
use super::scan::parse_object;
use super::words::{plain_len, specials};
use crate::error::ErrorKind;

/// Names that serde_json gives to types of its own, whose one field is text that is written already.
const PRIVATE: &str = "$serde_json::private::";

/// The text of `value`, in `text`, which is empty; or that it is not an object to be signed.
///
/// # Errors
///
/// [`ErrorKind::UnsignableClaims`].
pub(crate) fn write_object<T: Serialize + ?Sized>(
    value: &T,
    text: Vec<u8>,
) -> Result<Vec<u8>, crate::error::Error> {
    let mut writer = Writer { text, watch: Watch::new() };
    value
        .serialize(&mut writer)
        .map_err(|error| crate::error::Error::detailed(ErrorKind::UnsignableClaims, &error))?;
    let Writer { text, watch } = writer;
    if !watch.vouches() {
        let text = std::str::from_utf8(&text).map_err(|_| ErrorKind::UnsignableClaims)?;
        parse_object(text, &mut Members::new()).map_err(|_| ErrorKind::UnsignableClaims)?;
    }
    Ok(text)
}

struct Writer {
    text: Vec<u8>,
    watch: Watch,
}

impl Writer {
    #[inline]
    fn raw(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
    }

    /// RFC 8259 section 7. What has a short escape gets it; other control characters the long one.
    #[inline]
    fn string(&mut self, text: &str) {
        self.text.reserve(text.len().saturating_add(2));
        self.text.push(b'"');
        let mut rest = text.as_bytes();
        while let Some((plain, behind)) = rest.split_at_checked(plain_len(rest)) {
            self.raw(plain);
            let Some((special, behind)) = behind.split_first() else { break };
            self.escape(*special);
            rest = behind;
        }
        self.text.push(b'"');
    }

    #[cold]
    fn escape(&mut self, special: u8) {
        match special {
            b'"' => self.raw(b"\\\""),
            b'\\' => self.raw(b"\\\\"),
            0x08 => self.raw(b"\\b"),
            0x0C => self.raw(b"\\f"),
            b'\n' => self.raw(b"\\n"),
            b'\r' => self.raw(b"\\r"),
            b'\t' => self.raw(b"\\t"),
            control => self.raw(format!("\\u{control:04x}").as_bytes()),
        }
    }

    /// A member's name, and the colon behind it.
    #[inline]
    fn name(&mut self, name: &str, is_first: bool) {
        if !is_first {
            self.text.push(b',');
        }
        // Most names are so short that the word that makes their tag shows whether they have to be escaped.
        if name.len() < 8 {
            let word = short_word(name.as_bytes());
            self.watch.name(Tag::from_word(word, name.len()));
            if specials(word).trailing_zeros() as usize / 8 >= name.len() {
                self.text.push(b'"');
                self.raw(name.as_bytes());
                self.raw(b"\":");
                return;
            }
        } else {
            self.watch.name(Tag::of(name.as_bytes()));
        }
        self.string(name);
        self.text.push(b':');
    }

    #[inline]
    fn integer(&mut self, integer: impl itoa::Integer) {
        self.raw(itoa::Buffer::new().format(integer).as_bytes());
    }

    fn by_serde_json(&mut self, value: &impl Serialize) -> Result<(), Error> {
        serde_json::to_writer(&mut self.text, value)
    }

    /// The text that one of serde_json's own types stands for.
    fn written_already<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let mut quoted = Writer { text: Vec::new(), watch: Watch::new() };
        value.serialize(&mut quoted)?;
        self.watch.doubt();
        self.raw(serde_json::from_slice::<String>(&quoted.text)?.as_bytes());
        Ok(())
    }

    fn open(&mut self, bracket: u8) {
        self.watch.open(bracket == b'{');
        self.text.push(bracket);
    }

    fn close(&mut self, bracket: u8) {
        self.watch.close();
        self.text.push(bracket);
    }

    /// `{"variant":`, of which the rest follows.
    fn variant(&mut self, variant: &str) {
        self.open(b'{');
        self.name(variant, true);
    }
}

/// What is open: an array or an object, perhaps in the object that names a variant.
struct Open<'w> {
    writer: &'w mut Writer,
    is_first: bool,
    /// The brackets to close, the innermost first.
    brackets: &'static [u8],
    /// It is of a type of serde_json's own.
    is_private: bool,
}

impl<'w> Open<'w> {
    fn new(writer: &'w mut Writer, bracket: u8, brackets: &'static [u8]) -> Self {
        writer.open(bracket);
        Self { writer, is_first: true, brackets, is_private: false }
    }

    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        if !self.is_first {
            self.writer.text.push(b',');
        }
        self.is_first = false;
        value.serialize(&mut *self.writer)
    }

    #[inline]
    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        if self.is_private {
            return self.writer.written_already(value);
        }
        self.writer.name(name, self.is_first);
        self.is_first = false;
        value.serialize(&mut *self.writer)
    }

    fn close(self) {
        self.brackets.iter().for_each(|bracket| self.writer.close(*bracket));
    }
}

macro_rules! integers {
    ($($method:ident: $type:ty),*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<(), Error> {
            self.integer(value);
            Ok(())
        }
    )*};
}

impl<'w> Serializer for &'w mut Writer {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Open<'w>;
    type SerializeTuple = Open<'w>;
    type SerializeTupleStruct = Open<'w>;
    type SerializeTupleVariant = Open<'w>;
    type SerializeMap = Open<'w>;
    type SerializeStruct = Open<'w>;
    type SerializeStructVariant = Open<'w>;

    integers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128
    }

    fn serialize_bool(self, value: bool) -> Result<(), Error> {
        self.raw(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        self.by_serde_json(&value)
    }

    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        self.by_serde_json(&value)
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), Error> {
        self.string(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.raw(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.variant(variant);
        value.serialize(&mut *self)?;
        self.close(b'}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Open<'w>, Error> {
        Ok(Open::new(self, b'[', b"]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Open<'w>, Error> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Open<'w>, Error> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'w>, Error> {
        self.variant(variant);
        Ok(Open::new(self, b'[', b"]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Open<'w>, Error> {
        Ok(Open::new(self, b'{', b"}"))
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Open<'w>, Error> {
        if name.starts_with(PRIVATE) {
            return Ok(Open { writer: self, is_first: true, brackets: b"", is_private: true });
        }
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Open<'w>, Error> {
        self.variant(variant);
        Ok(Open::new(self, b'{', b"}}"))
    }
}

macro_rules! arrays {
    ($($trait:ident $method:ident),*) => {$(
        impl ser::$trait for Open<'_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.element(value)
            }

            fn end(self) -> Result<(), Error> {
                self.close();
                Ok(())
            }
        }
    )*};
}

arrays! {
    SerializeSeq serialize_element, SerializeTuple serialize_element, SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
}

macro_rules! structs {
    ($($trait:ident),*) => {$(
        impl ser::$trait for Open<'_> {
            type Ok = ();
            type Error = Error;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Error> {
                self.member(name, value)
            }

            fn end(self) -> Result<(), Error> {
                self.close();
                Ok(())
            }
        }
    )*};
}

structs!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Open<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        key.serialize(Key { writer: self.writer, is_first: self.is_first })?;
        self.is_first = false;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Error> {
        self.close();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
