//! A JSON object, written as it comes.

use super::escape;
use crate::Value;
use http::HeaderName;
use std::{io::Write, net::IpAddr, time::Duration};

/// A member's name with all that stands around it, put together by the compiler.
#[derive(Clone, Copy)]
pub(super) struct Key {
    pub(super) bare: &'static str,
    /// In front of a string.
    pub(super) quoted: &'static str,
}

macro_rules! key {
    ($name:literal) => {
        const {
            $crate::format::object::Key {
                bare: concat!(",\"", $name, "\":"),
                quoted: concat!(",\"", $name, "\":\""),
            }
        }
    };
}
pub(super) use key;

/// Its functions are inlined, so that what stands around values is copied by a few
/// instructions of known length.
pub(super) struct Object<'a> {
    out: &'a mut Vec<u8>,
    /// Where it began. Each member has a comma in front, and the first one's becomes
    /// the brace.
    start: usize,
}

impl<'a> Object<'a> {
    pub(super) fn begin(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }

    pub(super) fn end(self) {
        match self.out.get_mut(self.start) {
            Some(comma) => *comma = b'{',
            None => self.out.push(b'{'),
        }
        self.out.push(b'}');
    }

    /// An object inside, whose members `fill` gives.
    pub(super) fn object(&mut self, key: Key, fill: impl FnOnce(&mut Object<'_>)) {
        self.key(key.bare);
        let mut inner = Object::begin(self.out);
        fill(&mut inner);
        inner.end();
    }

    /// Text that needs no escapes: the crate's own words, numbers of addresses, dates.
    #[inline]
    pub(super) fn plain(&mut self, key: Key, text: &str) {
        self.with(key, |out| out.extend_from_slice(text.as_bytes()));
    }

    /// Text of which nothing is known.
    #[inline]
    pub(super) fn text(&mut self, key: Key, text: &[u8]) {
        self.with(key, |out| escape::json(text, out));
    }

    /// A string that `write` gives, escaped.
    #[inline]
    pub(super) fn with(&mut self, key: Key, write: impl FnOnce(&mut Vec<u8>)) {
        self.key(key.quoted);
        write(self.out);
        self.out.push(b'"');
    }

    #[inline]
    pub(super) fn address(&mut self, key: Key, address: IpAddr) {
        self.with(key, |out| ip(address, out));
    }

    #[inline]
    pub(super) fn number(&mut self, key: Key, number: impl itoa::Integer) {
        self.key(key.bare);
        integer(number, self.out);
    }

    /// A number that `write` gives.
    #[inline]
    pub(super) fn with_number(&mut self, key: Key, write: impl FnOnce(&mut Vec<u8>)) {
        self.key(key.bare);
        write(self.out);
    }

    /// What is no string: a number that is text already, or `null`.
    #[inline]
    pub(super) fn bare(&mut self, key: Key, text: &str) {
        self.key(key.bare);
        self.out.extend_from_slice(text.as_bytes());
    }

    #[inline]
    fn key(&mut self, key: &'static str) {
        self.out.extend_from_slice(key.as_bytes());
    }
}

/// Members whose names are not the crate's own.
impl Object<'_> {
    /// A header, under a name that begins with `prefix`.
    pub(super) fn header(&mut self, prefix: &str, name: &HeaderName, value: &[u8]) {
        self.name(prefix, name.as_str());
        string(self.out, |out| escape::json(value, out));
    }

    /// As [`header`](Self::header), its value in a list.
    pub(super) fn listed_header(&mut self, prefix: &str, name: &HeaderName, value: &[u8]) {
        self.name(prefix, name.as_str());
        self.out.push(b'[');
        string(self.out, |out| escape::json(value, out));
        self.out.push(b']');
    }

    /// A field of the app's, which may well call one `"`.
    pub(super) fn value(&mut self, name: &str, value: &Value) {
        self.name("", name);
        match value {
            Value::Text(text) => string(self.out, |out| escape::json(text.as_bytes(), out)),
            Value::Integer(number) => integer(*number, self.out),
            Value::Unsigned(number) => integer(*number, self.out),
            Value::Bool(true) => self.out.extend_from_slice(b"true"),
            Value::Bool(false) => self.out.extend_from_slice(b"false"),
        }
    }

    fn name(&mut self, prefix: &str, name: &str) {
        self.key(",");
        string(self.out, |out| {
            out.extend_from_slice(prefix.as_bytes());
            escape::json(name.as_bytes(), out);
        });
        self.out.push(b':');
    }
}

#[inline]
fn string(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'"');
    write(out);
    out.push(b'"');
}

/// As `Display` has it. Most are of version 4, for which that takes a thousand
/// instructions.
pub(super) fn ip(address: IpAddr, out: &mut Vec<u8>) {
    match address {
        IpAddr::V4(address) => {
            let mut text = [b'.'; 15];
            let mut len = 0;
            for part in address.octets() {
                len = octet(part, &mut text, len) + 1;
            }
            out.extend_from_slice(&text[..len - 1]);
        }
        IpAddr::V6(address) => {
            // Writing to a Vec cannot fail.
            let _ = write!(out, "{address}");
        }
    }
}

/// Writes one at `start`, and tells where it ends.
fn octet(part: u8, text: &mut [u8; 15], start: usize) -> usize {
    let digits = [part / 100, part / 10 % 10, part % 10];
    let skipped = usize::from(part < 100) + usize::from(part < 10);
    let shown = &digits[skipped..];
    for (place, digit) in text[start..].iter_mut().zip(shown) {
        *place = b'0' + digit;
    }
    start + shown.len()
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
