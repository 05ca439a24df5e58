//! Reads the caller's type from an object that was parsed already.
//!
//! serde_json would parse the text again, though the strict parser knows the place of each member already. For a struct this reader hands serde the members from their places, borrows plain strings and
//! converts short integers. serde_json reads every other type and every other value (floats, strings with escapes,
//! arrays, nested objects, newtypes) from the text, so each type reads what serde_json would give it. Reading the
//! struct of a request with serde_json alone takes 150 to 190 ns more, an eighth of the whole request.
//!
//! No member and no part of a value stays unread: a type that stops early is an error, since the rest could contradict
//! what it has read.

use std::borrow::Cow;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer as _, MapAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::Error;

use super::{Member, Object, Raw};
use crate::error::ErrorKind;

/// Reads `C` from the object.
///
/// # Errors
///
/// [`ErrorKind::ClaimsDeserialize`].
#[inline]
pub(crate) fn read<'de, C: Deserialize<'de>>(object: &Object<'de>) -> Result<C, crate::error::Error> {
    C::deserialize(Whole(object))
        .map_err(|error| crate::error::Error::detailed(ErrorKind::ClaimsDeserialize, &error))
}

/// Reads all of `text` with serde_json, which by itself reads no further than it needs to.
fn to_the_end<'de, T>(
    text: &'de str,
    read: impl FnOnce(&mut serde_json::Deserializer<serde_json::de::StrRead<'de>>) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = read(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Methods of a [`Deserializer`] that serde_json does.
macro_rules! by_serde_json {
    ($($method:ident($($argument:ident: $type:ty),*))*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, Error> {
            to_the_end(self.text(), |reader| reader.$method($($argument,)* visitor))
        }
    )*};
}

/// The object as the value of a struct.
struct Whole<'de, 'm>(&'m Object<'de>);

impl<'de> Whole<'de, '_> {
    fn text(&self) -> &'de str {
        self.0.text()
    }
}

impl<'de> Deserializer<'de> for Whole<'de, '_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let mut members = Members { object: self.0, rest: self.0.members().iter(), value: None };
        let value = visitor.visit_map(&mut members)?;
        if members.rest.len() > 0 || members.value.is_some() {
            return Err(de::Error::custom("the type leaves members unread"));
        }
        Ok(value)
    }

    by_serde_json! {
        deserialize_any() deserialize_bool() deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64()
        deserialize_i128() deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_u128()
        deserialize_f32() deserialize_f64() deserialize_char() deserialize_str() deserialize_string()
        deserialize_bytes() deserialize_byte_buf() deserialize_option() deserialize_unit() deserialize_seq()
        deserialize_map() deserialize_identifier() deserialize_ignored_any()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }
}

/// The members that serde has not taken yet.
struct Members<'de, 'm> {
    object: &'m Object<'de>,
    rest: std::slice::Iter<'m, Member>,
    /// Of the member whose name serde has taken.
    value: Option<Value<'de, 'm>>,
}

impl<'de> MapAccess<'de> for &mut Members<'de, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(member) = self.rest.next() else { return Ok(None) };
        self.value = Some(Value { object: self.object, member });
        match self.object.name(member) {
            Cow::Borrowed(name) => seed.deserialize(BorrowedStrDeserializer::new(name)),
            Cow::Owned(name) => seed.deserialize(name.into_deserializer()),
        }
        .map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let value = self.value.take().ok_or_else(|| de::Error::custom("a value without its name"))?;
        seed.deserialize(value)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// A member's value.
struct Value<'de, 'm> {
    object: &'m Object<'de>,
    member: &'m Member,
}

impl<'de> Value<'de, '_> {
    fn raw(&self) -> Raw<'de> {
        self.object.value(self.member)
    }

    fn text(&self) -> &'de str {
        self.raw().as_str()
    }

    /// The characters of a string that has no escape.
    #[inline]
    fn plain(&self) -> Option<&'de str> {
        self.member.plain_string().map(|span| span.of(self.object.text()))
    }
}

/// Methods that convert a short integer here.
macro_rules! integers {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.raw().short_integer() {
                Some(integer) => visitor.visit_u64(integer),
                None => to_the_end(self.text(), |reader| reader.$method(visitor)),
            }
        }
    )*};
}

/// Methods that borrow a plain string here.
macro_rules! texts {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.plain() {
                Some(text) => visitor.visit_borrowed_str(text),
                None => to_the_end(self.text(), |reader| reader.$method(visitor)),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Value<'de, '_> {
    type Error = Error;

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.raw().is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        // The parser has seen it.
        visitor.visit_unit()
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    texts! {
        deserialize_str deserialize_string deserialize_identifier
    }

    by_serde_json! {
        deserialize_any() deserialize_bool() deserialize_i128() deserialize_u128() deserialize_f32()
        deserialize_f64() deserialize_char() deserialize_bytes() deserialize_byte_buf() deserialize_unit()
        deserialize_seq() deserialize_map()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }
}
