//! A value of any shape that serde has, made from bytes.
//!
//! Each byte says what comes next; where the bytes end, what is left is empty. So any input is a value, and
//! cutting one short gives a similar one. Names come from a short list, so that equal ones are frequent, or from
//! the bytes.

use serde::ser::{
    Error as _, Serialize, SerializeMap as _, SerializeSeq as _, SerializeStruct as _,
    SerializeStructVariant as _, SerializeTuple as _, SerializeTupleStruct as _, SerializeTupleVariant as _,
    Serializer,
};
use serde_json::value::RawValue;

/// The names of types, variants and fields, which serde wants to be static.
const NAMES: [&str; 10] = [
    "a",
    "b",
    "exp",
    "",
    "ab\"c",
    "\u{e9}\n",
    "seven77",
    "eight888",
    "eight889",
    "a name of more than a few bytes",
];

/// Levels: more than are taken.
const DEEPEST: u8 = 40;

#[derive(Debug)]
pub(crate) enum Node {
    Bool(bool),
    I8(i8),
    I16(i16),
    I32(i32),
    I64(i64),
    I128(i128),
    U8(u8),
    U16(u16),
    U32(u32),
    U64(u64),
    U128(u128),
    F32(f32),
    F64(f64),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    None,
    Some(Box<Node>),
    Unit,
    UnitStruct,
    UnitVariant(&'static str),
    NewtypeStruct(Box<Node>),
    NewtypeVariant(&'static str, Box<Node>),
    Seq(Vec<Node>, bool),
    Tuple(Vec<Node>),
    TupleStruct(Vec<Node>),
    TupleVariant(&'static str, Vec<Node>),
    Map(Vec<(Node, Node)>, bool),
    Struct(Vec<(&'static str, Node)>),
    StructVariant(&'static str, Vec<(&'static str, Node)>),
    /// Text that is JSON already.
    Raw(Box<RawValue>),
    Number(serde_json::Number),
    /// Through `Display`.
    Shown(String),
    Refusing,
}

impl Node {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        Bytes(bytes).members(0)
    }
}

/// What is left of the input.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    fn word<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.byte())
    }

    fn take(&mut self) -> &[u8] {
        let length = usize::from(self.byte()).min(self.0.len());
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    fn text(&mut self) -> String {
        match self.byte() {
            byte if usize::from(byte) < NAMES.len() => NAMES[usize::from(byte)].to_owned(),
            _ => String::from_utf8_lossy(self.take()).into_owned(),
        }
    }

    fn name(&mut self) -> &'static str {
        NAMES[usize::from(self.byte()) % NAMES.len()]
    }

    fn several<T>(&mut self, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.byte() % 32;
        let mut several = Vec::new();
        while several.len() < usize::from(count) && !self.0.is_empty() {
            several.push(one(self));
        }
        several
    }

    /// A map or a struct, which is what claims mostly are.
    fn members(&mut self, depth: u8) -> Node {
        match self.byte() % 8 {
            0..=3 => {
                Node::Map(self.several(|bytes| (bytes.key(), bytes.node(depth + 1))), depth.is_multiple_of(2))
            }
            4..=6 => Node::Struct(self.several(|bytes| (bytes.name(), bytes.node(depth + 1)))),
            _ => self.node(depth),
        }
    }

    fn key(&mut self) -> Node {
        if self.byte() < 224 { Node::Text(self.text()) } else { self.node(DEEPEST - 2) }
    }

    fn boxed(&mut self, depth: u8) -> Box<Node> {
        Box::new(self.node(depth + 1))
    }

    fn node(&mut self, depth: u8) -> Node {
        if depth >= DEEPEST {
            return Node::Unit;
        }
        match self.byte() % 36 {
            0 => Node::Bool(self.byte().is_multiple_of(2)),
            1 => Node::I8(i8::from_le_bytes(self.word())),
            2 => Node::I16(i16::from_le_bytes(self.word())),
            3 => Node::I32(i32::from_le_bytes(self.word())),
            4 => Node::I64(i64::from_le_bytes(self.word())),
            5 => Node::I128(i128::from_le_bytes(self.word())),
            6 => Node::U8(self.byte()),
            7 => Node::U16(u16::from_le_bytes(self.word())),
            8 => Node::U32(u32::from_le_bytes(self.word())),
            9 => Node::U64(u64::from_le_bytes(self.word())),
            10 => Node::U128(u128::from_le_bytes(self.word())),
            11 => Node::F32(f32::from_le_bytes(self.word())),
            12 => Node::F64(f64::from_le_bytes(self.word())),
            13 => Node::Char(char::from_u32(u32::from_le_bytes(self.word())).unwrap_or('"')),
            14 => Node::Bytes(self.take().to_vec()),
            15 => Node::None,
            16 => Node::Some(self.boxed(depth)),
            17 => Node::Unit,
            18 => Node::UnitStruct,
            19 => Node::UnitVariant(self.name()),
            20 => Node::NewtypeStruct(self.boxed(depth)),
            21 => Node::NewtypeVariant(self.name(), self.boxed(depth)),
            22 => Node::Seq(self.several(|bytes| bytes.node(depth + 1)), depth.is_multiple_of(2)),
            23 => Node::Tuple(self.several(|bytes| bytes.node(depth + 1))),
            24 => Node::TupleStruct(self.several(|bytes| bytes.node(depth + 1))),
            25 => Node::TupleVariant(self.name(), self.several(|bytes| bytes.node(depth + 1))),
            26 => {
                Node::StructVariant(self.name(), self.several(|bytes| (bytes.name(), bytes.node(depth + 1))))
            }
            27 => self.raw(),
            28 => Node::Number(self.word::<8>().map(u32::from).iter().sum::<u32>().into()),
            29 => Node::Shown(self.text()),
            30 if self.byte() > 200 => Node::Refusing,
            31..=33 => self.members(depth),
            _ => Node::Text(self.text()),
        }
    }

    fn raw(&mut self) -> Node {
        let text = String::from_utf8_lossy(self.take()).into_owned();
        RawValue::from_string(text).map_or(Node::Unit, Node::Raw)
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::I8(value) => serializer.serialize_i8(*value),
            Self::I16(value) => serializer.serialize_i16(*value),
            Self::I32(value) => serializer.serialize_i32(*value),
            Self::I64(value) => serializer.serialize_i64(*value),
            Self::I128(value) => serializer.serialize_i128(*value),
            Self::U8(value) => serializer.serialize_u8(*value),
            Self::U16(value) => serializer.serialize_u16(*value),
            Self::U32(value) => serializer.serialize_u32(*value),
            Self::U64(value) => serializer.serialize_u64(*value),
            Self::U128(value) => serializer.serialize_u128(*value),
            Self::F32(value) => serializer.serialize_f32(*value),
            Self::F64(value) => serializer.serialize_f64(*value),
            Self::Char(value) => serializer.serialize_char(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Self::None => serializer.serialize_none(),
            Self::Some(value) => serializer.serialize_some(value),
            Self::Unit => serializer.serialize_unit(),
            Self::UnitStruct => serializer.serialize_unit_struct("Type"),
            Self::UnitVariant(name) => serializer.serialize_unit_variant("Type", 0, name),
            Self::NewtypeStruct(value) => serializer.serialize_newtype_struct("Type", value),
            Self::NewtypeVariant(name, value) => serializer.serialize_newtype_variant("Type", 0, name, value),
            Self::Seq(values, knows) => {
                let mut seq = serializer.serialize_seq(knows.then_some(values.len()))?;
                values.iter().try_for_each(|value| seq.serialize_element(value))?;
                seq.end()
            }
            Self::Tuple(values) => {
                let mut tuple = serializer.serialize_tuple(values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_element(value))?;
                tuple.end()
            }
            Self::TupleStruct(values) => {
                let mut tuple = serializer.serialize_tuple_struct("Type", values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_field(value))?;
                tuple.end()
            }
            Self::TupleVariant(name, values) => {
                let mut tuple = serializer.serialize_tuple_variant("Type", 0, name, values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_field(value))?;
                tuple.end()
            }
            Self::Map(members, knows) => {
                let mut map = serializer.serialize_map(knows.then_some(members.len()))?;
                members.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                map.end()
            }
            Self::Struct(members) => {
                let mut object = serializer.serialize_struct("Type", members.len())?;
                members.iter().try_for_each(|(name, value)| object.serialize_field(name, value))?;
                object.end()
            }
            Self::StructVariant(name, members) => {
                let mut object = serializer.serialize_struct_variant("Type", 0, name, members.len())?;
                members.iter().try_for_each(|(name, value)| object.serialize_field(name, value))?;
                object.end()
            }
            Self::Raw(text) => text.serialize(serializer),
            Self::Number(number) => number.serialize(serializer),
            Self::Shown(text) => serializer.collect_str(text),
            Self::Refusing => Err(S::Error::custom("it does not serialise")),
        }
    }
}
