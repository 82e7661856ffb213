//! One variable, read as its type asks.

use super::{
    choice,
    fault::{Fault, Stuck},
    group, list,
    node::{Leaf, Node, TEXT, expectation},
    scrub, stand_in,
};
use crate::secret;
use serde::de::{Deserializer, Visitor, value::SeqDeserializer};
use std::{str::FromStr, time::Duration};

impl Node<'_> {
    /// The text as a number; a stand-in where it is none.
    fn number<T: FromStr + TryFrom<u8> + Default>(&self, expected: impl Fn() -> String) -> T {
        let in_place = |index| T::try_from(stand_in::number(index)).unwrap_or_default();
        self.parse(expected, |text| text.parse().ok(), in_place)
    }

    fn parse<T>(
        &self,
        expected: impl Fn() -> String,
        parse: impl Fn(&str) -> Option<T>,
        in_place: impl Fn(usize) -> T,
    ) -> T {
        match self.leaf(&expected) {
            Leaf::StandIn(index) => in_place(index),
            Leaf::Text(text) => parse(&text).unwrap_or_else(|| {
                let empty = if text.is_empty() {
                    ", and it is empty"
                } else {
                    ""
                };
                self.refuse(format!("expected {}{empty}", expected()));
                in_place(0)
            }),
        }
    }

    /// Where a type's message cannot be shown, for it repeats the value, what it
    /// expects is said in its place.
    fn without_echo(&self, fault: Fault, text: &str, expected: &str) -> Fault {
        match fault {
            Fault::Refused(message)
                if !self.secret
                    && expected != TEXT
                    && scrub::harmless(&message, &[text]).is_none() =>
            {
                self.refuse(format!("expected {expected}"));
                Fault::At(self.variable.clone(), Stuck::Refused)
            }
            fault => fault,
        }
    }

    /// As the standard library's `Duration` wants it: seconds and nanoseconds.
    fn duration(&self) -> [u64; 2] {
        let expected = || "a duration such as 30s or 1h 30m".into();
        let parse = |text: &str| humantime::parse_duration(text).ok();
        let in_place = |index| Duration::from_secs(stand_in::number(index).into());
        let duration = self.parse(expected, parse, in_place);
        [duration.as_secs(), duration.subsec_nanos().into()]
    }
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn one_char(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

macro_rules! whole_numbers {
    ($($method:ident $visit:ident $number:ty;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let (least, most) = (<$number>::MIN, <$number>::MAX);
            let expected = || format!("a whole number from {least} to {most}");
            visitor.$visit(self.number::<$number>(expected))
        }
    )*};
}

impl<'de> Deserializer<'de> for Node<'_> {
    type Error = Fault;

    whole_numbers! {
        deserialize_u8 visit_u8 u8;
        deserialize_u16 visit_u16 u16;
        deserialize_u32 visit_u32 u32;
        deserialize_u64 visit_u64 u64;
        deserialize_u128 visit_u128 u128;
        deserialize_i8 visit_i8 i8;
        deserialize_i16 visit_i16 i16;
        deserialize_i32 visit_i32 i32;
        deserialize_i64 visit_i64 i64;
        deserialize_i128 visit_i128 i128;
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_f32(self.number(|| "a number".into()))
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_f64(self.number(|| "a number".into()))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_bool(self.parse(|| "true or false".into(), truth, |index| index % 2 == 1))
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_char(self.parse(|| "one character".into(), one_char, |_| 'a'))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let expected = expectation(&visitor);
        match self.leaf(|| expected.clone()) {
            Leaf::StandIn(index) => visitor.visit_str(stand_in::text(index)),
            Leaf::Text(text) => visitor
                .visit_str(&text)
                .map_err(|fault| self.without_echo(fault, &text, &expected)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let text = self.text(|| expectation(&visitor));
        visitor.visit_bytes(text.as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.is_unset() {
            self.note_unset();
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name == secret::NAME {
            self.secret = true;
            self.pass.mark_secret(&self.variable);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        list::visit(&self, None, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Fault> {
        list::visit(&self, Some(len), visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        list::visit(&self, Some(len), visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        // What serde's derive asks for when a struct has a flattened field.
        if expectation(&visitor).starts_with("struct ") {
            return Err(self.give_up(
                "`serde(flatten)` loses the types of the fields: give the inner struct a field of its own",
            ));
        }
        group::visit_map(&self, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name == "Duration" && fields == ["secs", "nanos"] {
            let parts = self.duration().into_iter();
            return visitor.visit_seq(SeqDeserializer::<_, Fault>::new(parts));
        }
        group::visit_struct(&self, fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        choice::visit(&self, variants, visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if expectation(&visitor).starts_with("internally tagged enum") {
            return Err(self.give_up(
                "`serde(tag)` without `content` loses the types of the fields: leave it out, or add `content`",
            ));
        }
        // Serde keeps it for an untagged enum, and a secret that is made of it is
        // not seen from here.
        if expectation(&visitor) == "any value" {
            self.pass.mark_secret(&self.variable);
        }
        if self.is_group() {
            return group::visit_map(&self, visitor);
        }
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }
}
