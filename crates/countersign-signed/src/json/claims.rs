//! Reads the caller's type from an object that has been walked already.
//!
//! serde_json would walk the text again, from the first byte, to find what the first walk has found: where each
//! member stands, and that it is well formed. This reader hands serde the members from their places. It borrows
//! a plain string and converts a plain integer. serde_json reads everything else (floats, escapes in nested
//! values, arrays, objects, integers of more than 16 digits, newtypes) from the text of that one value. So every
//! type reads exactly what serde_json would give it.
//!
//! No part of a value and no member is left unread: a type that stops early is an error, since the rest could
//! contradict what it has read.

use std::borrow::Cow;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer as _, MapAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::Error;

use super::{Member, Object, Raw};
use crate::error::ErrorKind;

/// Reads `C` from the object.
///
/// # Errors
///
/// [`ErrorKind::UnfitClaims`].
#[inline]
pub(crate) fn read<'de, C: Deserialize<'de>>(object: Object<'de, '_>) -> Result<C, crate::error::Error> {
    C::deserialize(Whole { object })
        .map_err(|error| crate::error::Error::detailed(ErrorKind::UnfitClaims, &error))
}

struct Whole<'de, 'm> {
    object: Object<'de, 'm>,
}

impl<'de, 'm> Whole<'de, 'm> {
    fn members(&self) -> Rest<'de, 'm> {
        Rest { object: self.object, rest: self.object.members().iter(), value: None }
    }

    fn serde_json<T>(&self, read: impl FnOnce(&mut Reader<'de>) -> Result<T, Error>) -> Result<T, Error> {
        to_the_end(self.object.text(), read)
    }
}

type Reader<'de> = serde_json::Deserializer<serde_json::de::StrRead<'de>>;

/// Reads all of `text` with serde_json, which by itself reads no further than it needs to.
fn to_the_end<'de, T>(
    text: &'de str,
    read: impl FnOnce(&mut Reader<'de>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = read(&mut reader)?;
    reader.end()?;
    Ok(value)
}

impl<'de> Deserializer<'de> for Whole<'de, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut members = self.members();
        let value = visitor.visit_map(&mut members)?;
        if members.rest.len() > 0 || members.value.is_some() {
            return Err(serde::de::Error::custom("the type leaves members unread"));
        }
        Ok(value)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.serde_json(|reader| reader.deserialize_newtype_struct(name, visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.serde_json(|reader| reader.deserialize_enum(name, variants, visitor))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier
    }
}

/// The members that have not been handed out yet.
struct Rest<'de, 'm> {
    object: Object<'de, 'm>,
    rest: std::slice::Iter<'m, Member>,
    /// Of the member whose name has been handed out.
    value: Option<Value<'de, 'm>>,
}

impl<'de> MapAccess<'de> for &mut Rest<'de, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(member) = self.rest.next() else { return Ok(None) };
        self.value = Some(Value { object: self.object, member });
        match self.object.name(member) {
            Cow::Borrowed(name) => seed.deserialize(Name(name)),
            Cow::Owned(name) => seed.deserialize(name.into_deserializer()),
        }
        .map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let value = self.value.take().ok_or_else(|| serde::de::Error::custom("a value without its name"))?;
        seed.deserialize(value)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// A member's name. A map may have keys that are not text: their names are read as serde_json reads them.
struct Name<'de>(&'de str);

macro_rules! keys_that_are_no_text {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            if self.0.trim_ascii().len() < self.0.len() {
                return Err(serde::de::Error::custom("a name with white space around it is no number"));
            }
            serde_json::from_str::<serde_json::Number>(self.0)
                .map(drop)
                .or_else(|_| serde_json::from_str::<bool>(self.0).map(drop))?;
            to_the_end(self.0, |reader| reader.$method(visitor))
        }
    )*};
}

impl<'de> Deserializer<'de> for Name<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        BorrowedStrDeserializer::new(self.0).deserialize_enum(name, variants, visitor)
    }

    keys_that_are_no_text! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32
        deserialize_f64
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}

/// A member's value.
struct Value<'de, 'm> {
    object: Object<'de, 'm>,
    member: &'m Member,
}

impl<'de> Value<'de, '_> {
    fn raw(&self) -> Raw<'de> {
        self.object.value(self.member)
    }

    fn serde_json<T>(&self, read: impl FnOnce(&mut Reader<'de>) -> Result<T, Error>) -> Result<T, Error> {
        to_the_end(self.raw().0, read)
    }

    /// The characters of a string that has no escape.
    #[inline]
    fn plain(&self) -> Option<&'de str> {
        self.member.plain_string().map(|span| span.of(self.object.text()))
    }

    /// An integer that needs no care: up to 16 digits, and no sign.
    #[inline]
    fn integer(&self) -> Option<u64> {
        self.object.short_integer(self.member)
    }
}

macro_rules! integers {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.integer() {
                Some(integer) => visitor.visit_u64(integer),
                None => self.serde_json(|reader| reader.$method(visitor)),
            }
        }
    )*};
}

macro_rules! texts {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.plain() {
                Some(text) => visitor.visit_borrowed_str(text),
                None => self.serde_json(|reader| reader.$method(visitor)),
            }
        }
    )*};
}

macro_rules! others {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.serde_json(|reader| reader.$method(visitor))
        }
    )*};
}

impl<'de> Deserializer<'de> for Value<'de, '_> {
    type Error = Error;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if let Some(text) = self.plain() {
            return visitor.visit_borrowed_str(text);
        }
        match self.integer() {
            Some(integer) => visitor.visit_u64(integer),
            None => self.serde_json(|reader| reader.deserialize_any(visitor)),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.raw().is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.serde_json(|reader| reader.deserialize_newtype_struct(name, visitor))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.serde_json(|reader| reader.deserialize_unit_struct(name, visitor))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        self.serde_json(|reader| reader.deserialize_tuple(len, visitor))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.serde_json(|reader| reader.deserialize_tuple_struct(name, len, visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.serde_json(|reader| reader.deserialize_struct(name, fields, visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.serde_json(|reader| reader.deserialize_enum(name, variants, visitor))
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        // It has been walked.
        visitor.visit_unit()
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    texts! {
        deserialize_str deserialize_string deserialize_identifier
    }

    others! {
        deserialize_bool deserialize_i128 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char
        deserialize_bytes deserialize_byte_buf deserialize_unit deserialize_seq deserialize_map
    }
}
