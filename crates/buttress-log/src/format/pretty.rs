use super::{
    Format,
    civil::Civil,
    escape::quoted,
    object::{decimal, integer, micros},
};
use crate::{Outcome, Record, Value};
use std::io::IsTerminal;

/// For people: a short line, with colours where there is a terminal.
///
/// `22:48:32.123 GET /users/7?full 200 1.234 ms 512 B 3f2a…`
#[derive(Clone, Copy, Debug)]
pub struct Pretty {
    colours: bool,
}

impl Pretty {
    /// With colours if the standard output is a terminal.
    #[must_use]
    pub fn new() -> Self {
        let colours = std::io::stdout().is_terminal();
        Self { colours }
    }

    /// With colours or without: for a writer to somewhere else.
    #[must_use]
    pub fn colours(self, colours: bool) -> Self {
        Self { colours }
    }

    fn coloured(self, colour: &[u8], out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        if self.colours {
            out.extend_from_slice(colour);
        }
        write(out);
        if self.colours {
            out.extend_from_slice(RESET);
        }
    }
}

impl Default for Pretty {
    fn default() -> Self {
        Self::new()
    }
}

const RESET: &[u8] = b"\x1b[0m";
const DIM: &[u8] = b"\x1b[2m";
const RED: &[u8] = b"\x1b[31m";
const GREEN: &[u8] = b"\x1b[32m";
const YELLOW: &[u8] = b"\x1b[33m";
const CYAN: &[u8] = b"\x1b[36m";

impl Format for Pretty {
    fn keeps_its_line(&self) -> bool {
        true
    }

    fn encode(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        self.coloured(DIM, out, |out| Civil::of(record.time()).time_of_day(out));
        out.push(b' ');
        quoted(record.method().as_str().as_bytes(), out);
        out.push(b' ');
        record.target(|piece| quoted(piece, out));
        out.push(b' ');
        self.coloured(colour(record), out, |out| status(record, out));
        out.push(b' ');
        decimal(micros(record.total_time()), out);
        out.extend_from_slice(b" ms ");
        integer(record.bytes(), out);
        out.extend_from_slice(b" B ");
        self.coloured(DIM, out, |out| quoted(record.request_id().as_bytes(), out));
        more(record, out);
    }
}

fn status(record: &Record<'_>, out: &mut Vec<u8>) {
    if let Some(status) = record.status() {
        out.extend_from_slice(status.as_str().as_bytes());
    }
    if record.outcome() != Outcome::Ok {
        if record.status().is_some() {
            out.push(b' ');
        }
        out.extend_from_slice(record.outcome().as_str().as_bytes());
    }
}

fn colour(record: &Record<'_>) -> &'static [u8] {
    let class = record.status().map_or(5, |status| status.as_u16() / 100);
    match (record.outcome(), class) {
        (Outcome::Error, _) | (_, 5..) => RED,
        (Outcome::AbortedBeforeHead | Outcome::AbortedInBody, _) | (_, 4) => YELLOW,
        (_, 3) => CYAN,
        _ => GREEN,
    }
}

fn more(record: &Record<'_>, out: &mut Vec<u8>) {
    let headers = record.headers().chain(record.response_headers());
    for (name, value) in headers {
        pair(name.as_str(), value, out);
    }
    for (name, value) in record.fields() {
        match value {
            Value::Text(text) => pair(name, text.as_bytes(), out),
            Value::Integer(number) => {
                pair(name, itoa::Buffer::new().format(*number).as_bytes(), out)
            }
            Value::Unsigned(number) => {
                pair(name, itoa::Buffer::new().format(*number).as_bytes(), out)
            }
            Value::Bool(is) => pair(name, if *is { b"true" } else { b"false" }, out),
        }
    }
    if record.dropped() > 0 {
        pair(
            "dropped",
            itoa::Buffer::new().format(record.dropped()).as_bytes(),
            out,
        );
    }
}

fn pair(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.push(b' ');
    quoted(name.as_bytes(), out);
    out.push(b'=');
    quoted(value, out);
}
