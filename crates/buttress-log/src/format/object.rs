//! A JSON object, written as it comes.

use super::escape;
use crate::Value;
use std::time::Duration;

pub(super) struct Object<'a> {
    out: &'a mut Vec<u8>,
    is_empty: bool,
}

impl<'a> Object<'a> {
    pub(super) fn begin(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self {
            out,
            is_empty: true,
        }
    }

    pub(super) fn end(self) {
        self.out.push(b'}');
    }

    /// An object inside, whose members `fill` gives.
    pub(super) fn object(&mut self, name: &str, fill: impl FnOnce(&mut Object<'_>)) {
        self.name(name);
        let mut inner = Object::begin(self.out);
        fill(&mut inner);
        inner.end();
    }

    /// Text that needs no escapes: the crate's own words, numbers of addresses, dates.
    pub(super) fn plain(&mut self, name: &str, text: &str) {
        self.with(name, |out| out.extend_from_slice(text.as_bytes()));
    }

    /// Text of which nothing is known.
    pub(super) fn text(&mut self, name: &str, text: &[u8]) {
        self.with(name, |out| escape::json(text, out));
    }

    /// A list of one text.
    pub(super) fn list_of_one(&mut self, name: &str, text: &[u8]) {
        self.name(name);
        self.out.extend_from_slice(b"[\"");
        escape::json(text, self.out);
        self.out.extend_from_slice(b"\"]");
    }

    /// A string that `write` gives, escaped.
    pub(super) fn with(&mut self, name: &str, write: impl FnOnce(&mut Vec<u8>)) {
        self.name(name);
        self.out.push(b'"');
        write(self.out);
        self.out.push(b'"');
    }

    pub(super) fn number(&mut self, name: &str, number: impl itoa::Integer) {
        self.name(name);
        integer(number, self.out);
    }

    /// In units of 10⁻³ of what `thousandths` counts.
    pub(super) fn decimal(&mut self, name: &str, thousandths: u64) {
        self.name(name);
        decimal(thousandths, self.out);
    }

    /// A number that `write` gives.
    pub(super) fn with_number(&mut self, name: &str, write: impl FnOnce(&mut Vec<u8>)) {
        self.name(name);
        write(self.out);
    }

    pub(super) fn null(&mut self, name: &str) {
        self.name(name);
        self.out.extend_from_slice(b"null");
    }

    pub(super) fn value(&mut self, name: &str, value: &Value) {
        match value {
            Value::Text(text) => self.text(name, text.as_bytes()),
            Value::Integer(number) => self.number(name, *number),
            Value::Unsigned(number) => self.number(name, *number),
            Value::Bool(is) => {
                self.name(name);
                let word: &[u8] = if *is { b"true" } else { b"false" };
                self.out.extend_from_slice(word);
            }
        }
    }

    fn name(&mut self, name: &str) {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        self.out.push(b'"');
        // Names of fields are the app's, which may well call one `"`.
        escape::json(name.as_bytes(), self.out);
        self.out.extend_from_slice(b"\":");
    }
}

pub(super) fn integer(number: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// With three digits behind the point.
pub(super) fn decimal(thousandths: u64, out: &mut Vec<u8>) {
    integer(thousandths / 1_000, out);
    let rest = (thousandths % 1_000) as u16;
    let digit = |unit: u16| b'0' + (rest / unit % 10) as u8;
    out.extend_from_slice(&[b'.', digit(100), digit(10), digit(1)]);
}

pub(super) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
