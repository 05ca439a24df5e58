//! The JSON that tokens may hold, recognised a second time: one object, names that differ at every depth and of
//! which none is reserved, at most 32 levels.
//!
//! serde_json says where each member stands; each value is then read again by itself. That costs the length
//! times the depth, which only a test can afford.

use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The members of an object in their order, with their names decoded.
#[derive(Debug)]
pub(crate) struct Members<'a>(pub(crate) Vec<(String, &'a str)>);

impl<'a> Members<'a> {
    /// Of a text that is one JSON object, equal names and all.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(crate) fn find(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| *value)
    }

    /// The characters of a member that is a string.
    pub(crate) fn string(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.find(name)?).ok()
    }

    fn differ(&self) -> bool {
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.windows(2).all(|pair| pair[0] != pair[1])
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Collect)
    }
}

struct Collect;

impl<'de> Visitor<'de> for Collect {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
            members.push((name, value.get()));
        }
        Ok(Members(members))
    }
}

/// Whether the text is an object that a token may hold.
pub(crate) fn is_strict(text: &[u8]) -> bool {
    std::str::from_utf8(text).ok().and_then(Members::parse).is_some_and(|members| are_sound(&members, 1))
}

fn are_sound(members: &Members<'_>, depth: u8) -> bool {
    let is_reserved = |(name, _): &(String, &str)| name.starts_with("$serde_json::private::");
    members.differ()
        && !members.0.iter().any(is_reserved)
        && members.0.iter().all(|(_, value)| is_sound(value, depth))
}

/// A value inside of this many levels.
fn is_sound(value: &str, depth: u8) -> bool {
    match value.as_bytes()[0] {
        b'{' => depth < 32 && Members::parse(value).is_some_and(|members| are_sound(&members, depth + 1)),
        b'[' => {
            depth < 32
                && serde_json::from_str::<Vec<&RawValue>>(value)
                    .is_ok_and(|values| values.iter().all(|value| is_sound(value.get(), depth + 1)))
        }
        b'"' => serde_json::from_str::<String>(value).is_ok(),
        _ => serde_json::from_str::<IgnoredAny>(value).is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tokens_may_hold_is_told_from_the_rest() {
        let nested =
            |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
        for text in ["{}", " {\"a\":1e400,\"b\":{\"a\":[\"\\ud83d\\ude00\"]}}\n", &nested(32)] {
            assert!(is_strict(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "[]",
            "{}{}",
            "{\"a\":1,\"\\u0061\":2}",
            "{\"a\":[{\"b\":1,\"b\":1}]}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":01}",
            "{\"a\":{\"\\u0024serde_json::private::Number\":\"1\"}}",
            &nested(33),
        ] {
            assert!(!is_strict(text.as_bytes()), "{text}");
        }
        assert!(!is_strict(b"{\"a\":\"\xFF\"}"));
    }
}
