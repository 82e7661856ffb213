//! The fields that say where a request comes from, found in one pass: to look for each by
//! its name would take a hash of each name.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{self, ValueIter},
};
use std::iter::Rev;

/// What there is of them.
#[derive(Clone, Copy, Default)]
pub(crate) struct Fields<'a> {
    pub(crate) host: Field<'a>,
    pub(crate) forwarded: Field<'a>,
    pub(crate) x_for: Field<'a>,
    pub(crate) x_proto: Field<'a>,
    pub(crate) x_host: Field<'a>,
    /// Another `X-Forwarded-`, which no source reads.
    pub(crate) has_other_x: bool,
    pub(crate) has_real_ip: bool,
}

/// A field, perhaps of several lines.
#[derive(Clone, Copy, Default)]
pub(crate) struct Field<'a> {
    last: Option<(&'a HeaderName, &'a HeaderValue)>,
    lines: usize,
}

const X_FORWARDED: &[u8] = b"x-forwarded-";

impl<'a> Fields<'a> {
    pub(crate) fn find(headers: &'a HeaderMap) -> Self {
        let mut fields = Self::default();
        for (name, value) in headers {
            // The length tells most names apart.
            let text = name.as_str().as_bytes();
            match text.len() {
                4 if text == b"host" => fields.host.add(name, value),
                9 if text == b"forwarded" => fields.forwarded.add(name, value),
                9 if text == b"x-real-ip" => fields.has_real_ip = true,
                12.. if text.starts_with(X_FORWARDED) => match &text[X_FORWARDED.len()..] {
                    b"for" => fields.x_for.add(name, value),
                    b"proto" => fields.x_proto.add(name, value),
                    b"host" => fields.x_host.add(name, value),
                    _ => fields.has_other_x = true,
                },
                _ => {}
            }
        }
        fields
    }

    pub(crate) fn has_x_forwarded(&self) -> bool {
        let read = [self.x_for, self.x_proto, self.x_host];
        self.has_other_x || read.iter().any(|field| field.lines > 0)
    }
}

impl<'a> Field<'a> {
    fn add(&mut self, name: &'a HeaderName, value: &'a HeaderValue) {
        self.last = Some((name, value));
        self.lines += 1;
    }

    /// Its name, if it is there.
    pub(crate) fn name(self) -> Option<&'a HeaderName> {
        self.last.map(|(name, _)| name)
    }

    pub(crate) fn is_there(self) -> bool {
        self.lines > 0
    }

    /// Its value, if it has one line.
    pub(crate) fn only(self) -> Option<&'a HeaderValue> {
        match self.last {
            Some((_, value)) if self.lines == 1 => Some(value),
            _ => None,
        }
    }

    /// Its entries, the last first. `comma` finds the last comma of a line.
    pub(crate) fn entries<F>(self, headers: &'a HeaderMap, comma: F) -> FromRight<'a, F>
    where
        F: Fn(&[u8]) -> Option<usize>,
    {
        let before = match self.last {
            Some((name, _)) if self.lines > 1 => {
                let mut lines = headers.get_all(name).into_iter().rev();
                lines.next();
                Some(lines)
            }
            _ => None,
        };
        FromRight {
            line: self.last.map(|(_, value)| value.as_bytes()),
            before,
            comma,
        }
    }
}

/// The entries of a list that may have several lines, the last first.
pub(crate) struct FromRight<'a, F> {
    line: Option<&'a [u8]>,
    before: Option<Rev<ValueIter<'a, HeaderValue>>>,
    comma: F,
}

impl<'a, F: Fn(&[u8]) -> Option<usize>> Iterator for FromRight<'a, F> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let line = match self.line.take() {
            Some(line) => line,
            None => self.before.as_mut()?.next()?.as_bytes(),
        };
        let Some(comma) = (self.comma)(line) else {
            return Some(line.trim_ascii());
        };
        self.line = Some(&line[..comma]);
        Some(line[comma + 1..].trim_ascii())
    }
}

/// Whether a field says where a request comes from.
pub(crate) fn is_any(name: &HeaderName) -> bool {
    is_x_forwarded(name) || *name == header::FORWARDED || is_real_ip(name)
}

pub(crate) fn is_x_forwarded(name: &HeaderName) -> bool {
    name.as_str().as_bytes().starts_with(X_FORWARDED)
}

pub(crate) fn is_real_ip(name: &HeaderName) -> bool {
    name.as_str() == "x-real-ip"
}
