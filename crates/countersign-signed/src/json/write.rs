//! Claims to text, held to what a reader demands of them.
//!
//! Nothing may be issued that no verifier takes, so what a caller's type serialises to must be one object,
//! nested at most 32 deep, with names that differ. Walking the text for that afterwards would cost as much
//! as writing it. So the writer watches: it sees each name when it is written, whole, and compares its
//! [`Tag`] with those of the same object. Where a tag is not enough to tell, which is rare (two names with
//! the same first bytes, names with escapes, many members, text that was serialised elsewhere), the text is
//! walked after all, and that decides.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CharEscape, Formatter};

use super::object::Members;
use super::scan::parse_object;
use super::{MAX_DEPTH, Tag};
use crate::error::{Error, ErrorKind};

/// Names that are watched, of all the objects that are open at once.
const WATCHED: usize = 24;

/// Appends the text of `value` to `text`, which is empty, or says that it is not an object to be signed.
///
/// # Errors
///
/// [`ErrorKind::UnsignableClaims`].
pub(crate) fn write_object<T: Serialize + ?Sized>(value: &T, text: &mut Vec<u8>) -> Result<(), Error> {
    let mut watch = Watch::new();
    value
        .serialize(&mut Serializer::with_formatter(&mut *text, Watching(&mut watch)))
        .map_err(|error| Error::detailed(ErrorKind::UnsignableClaims, &error))?;
    if watch.is_object && !watch.in_doubt {
        return Ok(());
    }
    let text = std::str::from_utf8(text).map_err(|_| ErrorKind::UnsignableClaims)?;
    parse_object(text, &mut Members::new()).map_err(|_| ErrorKind::UnsignableClaims)?;
    Ok(())
}

/// What has been seen so far.
struct Watch {
    depth: u8,
    /// The outermost value is an object.
    is_object: bool,
    /// The text has to be walked.
    in_doubt: bool,
    is_in_name: bool,
    /// Of the names of the objects that are open, the outermost one's first.
    tags: [Tag; WATCHED],
    count: usize,
    /// Where the innermost object's names start.
    start: usize,
    /// Where those of the object around it start, by depth.
    starts: [usize; MAX_DEPTH as usize],
}

impl Watch {
    fn new() -> Self {
        Self {
            depth: 0,
            is_object: false,
            in_doubt: false,
            is_in_name: false,
            tags: [Tag::default(); WATCHED],
            count: 0,
            start: 0,
            starts: [0; MAX_DEPTH as usize],
        }
    }

    fn open(&mut self) {
        match self.starts.get_mut(usize::from(self.depth)) {
            Some(place) => *place = self.start,
            None => self.in_doubt = true,
        }
        self.start = self.count;
        self.depth = self.depth.saturating_add(1);
    }

    fn close(&mut self) {
        self.count = self.start;
        self.depth = self.depth.saturating_sub(1);
        self.start = self.starts.get(usize::from(self.depth)).copied().unwrap_or_default();
    }

    fn name(&mut self, name: &str) {
        let tag = Tag::of(name.as_bytes());
        let earlier = self.tags.get(self.start..self.count).unwrap_or_default();
        self.in_doubt |= earlier.contains(&tag);
        match self.tags.get_mut(self.count) {
            Some(place) => *place = tag,
            None => self.in_doubt = true,
        }
        self.count = self.count.saturating_add(1);
    }
}

/// Writes as serde_json does when it writes compactly, which is what the trait's own methods do.
struct Watching<'w>(&'w mut Watch);

impl Formatter for Watching<'_> {
    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.is_object |= self.0.depth == 0;
        self.0.open();
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.close();
        writer.write_all(b"}")
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.open();
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.close();
        writer.write_all(b"]")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.is_in_name = true;
        if first { Ok(()) } else { writer.write_all(b",") }
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        // No part of it was written, so it is empty, or was not text.
        self.0.in_doubt |= self.0.is_in_name;
        self.0.is_in_name = false;
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if self.0.is_in_name {
            self.0.name(fragment);
            self.0.is_in_name = false;
        }
        writer.write_all(fragment.as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        // Perhaps in a name, of which other parts have been taken for the whole.
        self.0.in_doubt = true;
        Compact.write_char_escape(writer, escape)
    }

    fn write_raw_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        self.0.in_doubt = true;
        writer.write_all(fragment.as_bytes())
    }
}

/// The trait's own methods, for those that are called from ours.
struct Compact;

impl Formatter for Compact {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::ser::SerializeMap as _;
    use serde_json::json;

    use super::*;

    /// An object of these names, in this order, however often.
    struct Names(Vec<String>);

    impl Serialize for Names {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            for name in &self.0 {
                map.serialize_entry(name, &1)?;
            }
            map.end()
        }
    }

    fn written(value: &impl Serialize) -> Option<String> {
        let mut text = Vec::new();
        write_object(value, &mut text).ok()?;
        Some(String::from_utf8(text).unwrap())
    }

    fn names(names: &[&str]) -> Names {
        Names(names.iter().copied().map(str::to_owned).collect())
    }

    #[test]
    fn what_is_written_is_what_serde_json_writes() {
        for value in [
            json!({}),
            json!({"a": 1, "b": {"a": [{"a": 1}, {"a": 2}], "b": {}}, "c": [], "": "x", "a\"b": "\u{1}\n\\é"}),
            json!({"abcdefgh1": null, "abcdefgh2": true, "abcdefgh3": -1.5}),
        ] {
            assert_eq!(written(&value).unwrap(), value.to_string());
        }
    }

    #[test]
    fn a_name_that_comes_twice_is_refused_whatever_its_form() {
        for name in ["a", "", "sub", "seven77", "longer than a tag", "a\"b", "é\u{1}", "\n"] {
            for between in [&[][..], &["x"], &["x", "abcdefgh1", "abcdefgh2"]] {
                let all = [&[name], between, &[name]].concat();
                assert!(written(&names(&all)).is_none(), "{all:?}");
                assert!(written(&json_in(names(&all))).is_none(), "{all:?}");
                assert!(written(&names(&all[1..])).is_some(), "{all:?}");
            }
        }
        let many: Vec<String> = (0..60).map(|number| format!("n{number}")).collect();
        assert!(written(&Names(many.clone())).is_some());
        for twin in [0, 23, 24, 59] {
            let mut all = many.clone();
            all.push(many[twin].clone());
            assert!(written(&Names(all)).is_none(), "{twin}");
        }
    }

    /// In an object in an array in an object, behind another object of the same names.
    fn json_in(inner: Names) -> impl Serialize {
        BTreeMap::from([(
            "a",
            vec![BTreeMap::from([("a", names(&["a", "x"]))]), BTreeMap::from([("a", inner)])],
        )])
    }

    #[test]
    fn an_object_closed_does_not_take_the_names_of_the_one_around_it_along() {
        struct Twice;
        impl Serialize for Twice {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("a", &json!({"b": {"c": []}}))?;
                map.serialize_entry("a", &1)?;
                map.end()
            }
        }
        assert!(written(&Twice).is_none());
    }

    #[test]
    fn only_objects_are_written_and_only_so_deep() {
        for value in [json!([]), json!("a"), json!(1), json!(null), json!([{"a": 1}])] {
            assert!(written(&value).is_none(), "{value}");
        }
        let nested = |levels: usize| (1..levels).fold(json!(1), |inner, _| json!([inner]));
        assert!(written(&json!({"a": nested(32)})).is_some());
        assert!(written(&json!({"a": nested(33)})).is_none());
        let objects = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!({"a": inner}));
        assert!(written(&objects(32)).is_some());
        assert!(written(&objects(33)).is_none());
        assert!(written(&objects(400)).is_none());
    }

    #[test]
    fn a_failure_of_the_callers_type_is_told_without_its_words() {
        struct Failing;
        impl Serialize for Failing {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i128(i128::MAX)?;
                Err(serde::ser::Error::custom("hunter2"))
            }
        }
        let error = write_object(&Failing, &mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnsignableClaims);
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
