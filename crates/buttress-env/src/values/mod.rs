//! The values of a configuration by the names of their variables, as its type
//! serialises them: for defaults, whose text no source has.

mod compound;

use crate::name;
use compound::{Compound, Kind};
use serde::{Serialize, Serializer, ser};
use std::fmt::{self, Display};

/// Variables and texts.
pub(crate) type Pairs = Vec<(String, String)>;

pub(crate) fn values<T: Serialize + ?Sized>(value: &T, prefix: &str) -> Pairs {
    let mut pairs = Pairs::new();
    let walk = Walk {
        pairs: &mut pairs,
        variable: prefix.to_owned(),
        is_root: true,
    };
    // What cannot be serialised is not shown.
    let _ = value.serialize(walk);
    pairs
}

/// A place in the value.
struct Walk<'p> {
    pairs: &'p mut Pairs,
    variable: String,
    is_root: bool,
}

impl<'p> Walk<'p> {
    fn put(self, text: impl Display) -> Result<(), NotShown> {
        self.pairs.push((self.variable, text.to_string()));
        Ok(())
    }

    fn child(&mut self, name: &str) -> Walk<'_> {
        Walk {
            variable: name::child(&self.variable, self.is_root, name),
            pairs: self.pairs,
            is_root: false,
        }
    }

    /// The place of an enum's data.
    fn variant(mut self, name: &str) -> Self {
        self.variable = name::child(&self.variable, self.is_root, name);
        self.is_root = false;
        self
    }
}

macro_rules! as_text {
    ($($method:ident $scalar:ty;)*) => {$(
        fn $method(self, value: $scalar) -> Result<(), NotShown> {
            self.put(value)
        }
    )*};
}

macro_rules! compounds {
    ($($method:ident ($($argument:ty),*) $kind:ident;)*) => {$(
        fn $method(self, $(_: $argument),*) -> Result<Compound<'p>, NotShown> {
            Ok(Compound::new(self, Kind::$kind))
        }
    )*};
}

impl<'p> Serializer for Walk<'p> {
    type Ok = ();
    type Error = NotShown;
    type SerializeSeq = Compound<'p>;
    type SerializeTuple = Compound<'p>;
    type SerializeTupleStruct = Compound<'p>;
    type SerializeTupleVariant = Compound<'p>;
    type SerializeMap = Compound<'p>;
    type SerializeStruct = Compound<'p>;
    type SerializeStructVariant = Compound<'p>;

    as_text! {
        serialize_bool bool;
        serialize_i8 i8;
        serialize_i16 i16;
        serialize_i32 i32;
        serialize_i64 i64;
        serialize_i128 i128;
        serialize_u8 u8;
        serialize_u16 u16;
        serialize_u32 u32;
        serialize_u64 u64;
        serialize_u128 u128;
        serialize_f32 f32;
        serialize_f64 f64;
        serialize_char char;
        serialize_str &str;
    }

    compounds! {
        serialize_seq (Option<usize>) List;
        serialize_tuple (usize) List;
        serialize_tuple_struct (&'static str, usize) List;
        serialize_map (Option<usize>) Map;
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), NotShown> {
        Err(NotShown)
    }

    fn serialize_none(self) -> Result<(), NotShown> {
        self.put("(none)")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), NotShown> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), NotShown> {
        Err(NotShown)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), NotShown> {
        Err(NotShown)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), NotShown> {
        self.put(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), NotShown> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), NotShown> {
        value.serialize(self.variant(variant))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'p>, NotShown> {
        Ok(Compound::new(self.variant(variant), Kind::List))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Compound<'p>, NotShown> {
        // As the standard library's is serialised.
        let kind = match name {
            "Duration" => Kind::Duration,
            _ => Kind::Fields,
        };
        Ok(Compound::new(self, kind))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'p>, NotShown> {
        Ok(Compound::new(self.variant(variant), Kind::Fields))
    }
}

/// What a variable could not say either.
#[derive(Debug)]
struct NotShown;

impl fmt::Display for NotShown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not shown")
    }
}

impl std::error::Error for NotShown {}

impl ser::Error for NotShown {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}
