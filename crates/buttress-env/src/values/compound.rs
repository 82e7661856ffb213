//! Values that hold others. One that cannot be shown hides no other.

use super::{NotShown, Pairs, Walk};
use serde::{Serialize, ser};
use std::time::Duration;

pub(super) struct Compound<'p> {
    walk: Walk<'p>,
    kind: Kind,
    /// How many pairs there were before this.
    start: usize,
    /// How many values this holds.
    count: usize,
    /// Of the value that comes next.
    key: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    List,
    Map,
    Fields,
    Duration,
}

impl<'p> Compound<'p> {
    pub(super) fn new(walk: Walk<'p>, kind: Kind) -> Self {
        Self {
            start: walk.pairs.len(),
            walk,
            kind,
            count: 0,
            key: String::new(),
        }
    }

    fn add<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        self.count += 1;
        let _ = value.serialize(self.walk.child(name));
    }

    fn add_next<T: Serialize + ?Sized>(&mut self, value: &T) {
        self.add(&self.count.to_string(), value);
    }

    fn finish(self) -> Result<(), NotShown> {
        match self.kind {
            Kind::List if self.is_flat() => self.put(|texts| texts.join(",")),
            Kind::Map if self.count == 0 => self.walk.put(""),
            Kind::Duration => self.put(|texts| duration(&texts).unwrap_or_default()),
            Kind::List | Kind::Map | Kind::Fields => Ok(()),
        }
    }

    /// Whether there is a text for each element, so that commas can part them.
    fn is_flat(&self) -> bool {
        let pairs = &self.walk.pairs[self.start..];
        let depth = |name: &str| name.matches(crate::name::NEST).count();
        let own = depth(&self.walk.variable);
        pairs.len() == self.count && pairs.iter().all(|(name, _)| depth(name) == own + 1)
    }

    /// Puts one text in place of all within.
    fn put(self, text: impl FnOnce(Vec<String>) -> String) -> Result<(), NotShown> {
        let within: Pairs = self.walk.pairs.drain(self.start..).collect();
        let texts = within.into_iter().map(|(_, text)| text).collect();
        self.walk.put(text(texts))
    }
}

fn duration(parts: &[String]) -> Option<String> {
    let [seconds, nanos] = parts else {
        return None;
    };
    let duration = Duration::new(seconds.parse().ok()?, nanos.parse().ok()?);
    Some(humantime::format_duration(duration).to_string())
}

macro_rules! elements {
    ($($which:ident $method:ident;)*) => {$(
        impl ser::$which for Compound<'_> {
            type Ok = ();
            type Error = NotShown;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotShown> {
                self.add_next(value);
                Ok(())
            }

            fn end(self) -> Result<(), NotShown> {
                self.finish()
            }
        }
    )*};
}

elements! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! fields {
    ($($which:ident;)*) => {$(
        impl ser::$which for Compound<'_> {
            type Ok = ();
            type Error = NotShown;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), NotShown> {
                self.add(name, value);
                Ok(())
            }

            fn end(self) -> Result<(), NotShown> {
                self.finish()
            }
        }
    )*};
}

fields! {
    SerializeStruct;
    SerializeStructVariant;
}

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = NotShown;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), NotShown> {
        let texts = super::values(key, "");
        self.key = texts.into_iter().map(|(_, text)| text).collect();
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), NotShown> {
        let key = std::mem::take(&mut self.key);
        self.add(&key, value);
        Ok(())
    }

    fn end(self) -> Result<(), NotShown> {
        self.finish()
    }
}
