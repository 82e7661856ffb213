use super::{
    Format,
    civil::Civil,
    escape::quoted,
    object::{integer, ip},
};
use crate::{Outcome, Record};

/// The Common Log Format: `client - - [time] "request" status bytes`.
///
/// A line says more only where the truth asks for it: ` outcome=aborted` or
/// ` outcome=error` for a response that did not reach its end, and ` dropped=N` and
/// ` sample=N`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Common;

/// The Combined Log Format of Apache and nginx: as [`Common`], then `"referer"
/// "user agent"`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Combined;

impl Format for Common {
    fn keeps_its_line(&self) -> bool {
        true
    }

    fn encode(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        common(record, out);
        truth(record, out);
    }

    fn shows_user_agent(&self) -> bool {
        false
    }
}

impl Format for Combined {
    fn keeps_its_line(&self) -> bool {
        true
    }

    fn encode(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        common(record, out);
        out.extend_from_slice(b" \"");
        if !record.referer(|piece| quoted(piece, out)) {
            out.push(b'-');
        }
        out.extend_from_slice(b"\" \"");
        quoted(record.user_agent().unwrap_or(b"-"), out);
        out.push(b'"');
        truth(record, out);
    }

    fn shows_referer(&self) -> bool {
        true
    }
}

fn common(record: &Record<'_>, out: &mut Vec<u8>) {
    match record.client() {
        Some(client) => ip(client, out),
        None => out.push(b'-'),
    }
    out.extend_from_slice(b" - - [");
    Civil::of(record.time()).common(out);
    out.extend_from_slice(b"] \"");
    quoted(record.method().as_str().as_bytes(), out);
    out.push(b' ');
    record.target(|piece| quoted(piece, out));
    out.push(b' ');
    out.extend_from_slice(record.version().as_bytes());
    out.extend_from_slice(b"\" ");
    match record.status() {
        Some(status) => out.extend_from_slice(status.as_str().as_bytes()),
        None => out.push(b'-'),
    }
    out.push(b' ');
    integer(record.bytes(), out);
}

fn truth(record: &Record<'_>, out: &mut Vec<u8>) {
    if record.outcome() != Outcome::Ok {
        out.extend_from_slice(b" outcome=");
        out.extend_from_slice(record.outcome().as_str().as_bytes());
    }
    for (name, number, usual) in [
        (&b" sample="[..], u64::from(record.sample()), 1),
        (b" dropped=", record.dropped(), 0),
    ] {
        if number > usual {
            out.extend_from_slice(name);
            integer(number, out);
        }
    }
}
