//! The JSON forms of access-token claims that serde does not know: NumericDate, one or several audiences,
//! and the multi-valued attributes of SCIM.
//!
//! They read what a verifier takes and write what every verifier takes. The bounds of time are the
//! verifier's: nothing before 1970, nothing after the year 9999.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use time::OffsetDateTime;

/// The last second of the year 9999.
const LAST: u64 = 253_402_300_799;

/// RFC 7519 section 2, NumericDate, as a number of any form.
struct Date(OffsetDateTime);

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DateVisitor)
    }
}

struct DateVisitor;

impl Visitor<'_> for DateVisitor {
    type Value = Date;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("seconds since 1970, up to 253402300799")
    }

    fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<Date, E> {
        let known = Some(seconds).filter(|seconds| *seconds <= LAST);
        let moment = known
            .and_then(|seconds| i64::try_from(seconds).ok())
            .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
        moment.map(Date).ok_or_else(|| E::custom("a date out of range"))
    }

    fn visit_f64<E: serde::de::Error>(self, seconds: f64) -> Result<Date, E> {
        if !(0.0..LAST as f64 + 1.0).contains(&seconds) {
            return Err(E::custom("a date out of range"));
        }
        // In range, so that nothing but the fraction is lost.
        self.visit_u64(seconds as u64)
    }
}

/// A date that is there.
pub(super) mod date {
    use serde::ser::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};
    use time::OffsetDateTime;

    pub(in super::super) fn serialize<S: Serializer>(
        moment: &OffsetDateTime,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let seconds = u64::try_from(moment.unix_timestamp());
        let seconds = seconds.ok().filter(|seconds| *seconds <= super::LAST);
        serializer.serialize_u64(seconds.ok_or_else(|| S::Error::custom("a date out of range"))?)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<OffsetDateTime, D::Error> {
        super::Date::deserialize(deserializer).map(|date| date.0)
    }
}

/// A date that may be absent or `null`.
pub(super) mod optional_date {
    use serde::{Deserialize as _, Deserializer, Serializer};
    use time::OffsetDateTime;

    pub(in super::super) fn serialize<S: Serializer>(
        moment: &Option<OffsetDateTime>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match moment {
            Some(moment) => super::date::serialize(moment, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<OffsetDateTime>, D::Error> {
        Ok(Option::<super::Date>::deserialize(deserializer)?.map(|date| date.0))
    }
}

/// RFC 7519 section 4.1.3: a string, or an array of strings.
pub(super) mod audience {
    use serde::ser::Error as _;
    use serde::{Deserializer, Serialize as _, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        audiences: &[String],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match audiences {
            // No verifier takes an empty array.
            [] => Err(S::Error::custom("no audience")),
            [one] => serializer.serialize_str(one),
            several => several.serialize(serializer),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<String>, D::Error> {
        deserializer.deserialize_any(super::AudienceVisitor)
    }
}

struct AudienceVisitor;

impl<'de> Visitor<'de> for AudienceVisitor {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or strings")
    }

    fn visit_str<E: serde::de::Error>(self, one: &str) -> Result<Vec<String>, E> {
        Ok(vec![one.to_owned()])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut several: A) -> Result<Vec<String>, A::Error> {
        let mut audiences = Vec::new();
        while let Some(audience) = several.next_element()? {
            audiences.push(audience);
        }
        if audiences.is_empty() { Err(A::Error::custom("no audience")) } else { Ok(audiences) }
    }
}

/// Strings; `null` is none.
pub(super) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// RFC 7643 section 4.1.2, elements in the long form or in the short one; `null` is none.
pub(super) fn values<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let values = Option::<Vec<Attribute>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(values.into_iter().map(|value| value.0).collect())
}

/// The value of one element.
struct Attribute(String);

impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AttributeVisitor)
    }
}

struct AttributeVisitor;

impl<'de> Visitor<'de> for AttributeVisitor {
    type Value = Attribute;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, or an object with a `value`")
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Attribute, E> {
        Ok(Attribute(value.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Attribute, A::Error> {
        let mut value = None;
        while let Some(name) = members.next_key::<String>()? {
            if name == "value" {
                value = Some(members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        value.map(Attribute).ok_or_else(|| A::Error::missing_field("value"))
    }
}
