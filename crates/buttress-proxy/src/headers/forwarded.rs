//! Who asked: `Forwarded` (RFC 7239) or `X-Forwarded-*`.

use super::seen::Seen;
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{Entry, FORWARDED},
};
use std::{
    fmt::Write as _,
    io::{Cursor, Write as _},
    net::IpAddr,
};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const X_FORWARDED_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");
const X_REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// Which fields tell the upstream about the client.
///
/// Those of the other kind are always removed: an upstream that reads them would
/// believe the client.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Forwarding {
    /// `X-Forwarded-For`, `-Proto` and `-Host`.
    #[default]
    XForwarded,
    /// `Forwarded` (RFC 7239).
    Forwarded,
    /// Both kinds, with the same facts.
    Both,
    /// None, and what was sent is removed.
    Off,
    /// Leaves all of them as they are: something else takes care of them.
    Untouched,
}

/// What is known of a request.
pub(crate) struct Facts<'a> {
    pub(crate) peer: Option<IpAddr>,
    pub(crate) proto: &'static str,
    pub(crate) host: Option<&'a HeaderValue>,
    /// Whether what the peer says is kept.
    pub(crate) is_trusted: bool,
}

impl Forwarding {
    pub(crate) fn apply(self, headers: &mut HeaderMap, seen: Seen, facts: &Facts<'_>) {
        if self == Self::Untouched {
            return;
        }
        let (x, rfc7239) = match self {
            Self::XForwarded => (true, false),
            Self::Forwarded => (false, true),
            Self::Both => (true, true),
            Self::Off | Self::Untouched => (false, false),
        };
        if !(x && facts.is_trusted) {
            remove_x(headers, seen);
        }
        if seen.has(Seen::FORWARDED) && !(rfc7239 && facts.is_trusted) {
            headers.remove(FORWARDED);
        }
        if x {
            add_x(headers, facts);
        }
        if rfc7239 {
            add_forwarded(headers, facts);
        }
    }
}

/// Removes all that say who asked, of either kind.
pub(crate) fn remove(headers: &mut HeaderMap) {
    remove_x(headers, Seen::of(headers));
    headers.remove(FORWARDED);
}

fn remove_x(headers: &mut HeaderMap, seen: Seen) {
    for (field, name) in [
        (Seen::X_FORWARDED_FOR, X_FORWARDED_FOR),
        (Seen::X_FORWARDED_PROTO, X_FORWARDED_PROTO),
        (Seen::X_FORWARDED_HOST, X_FORWARDED_HOST),
        (Seen::X_FORWARDED_PORT, X_FORWARDED_PORT),
        (Seen::X_FORWARDED_PREFIX, X_FORWARDED_PREFIX),
        (Seen::X_REAL_IP, X_REAL_IP),
    ] {
        if seen.has(field) {
            headers.remove(name);
        }
    }
}

fn add_x(headers: &mut HeaderMap, facts: &Facts<'_>) {
    if let Some(peer) = facts.peer {
        let mut text = [0; 64];
        let length = write_address(peer.to_canonical(), &mut text);
        append(headers, X_FORWARDED_FOR, &text[..length]);
    }
    if let Entry::Vacant(proto) = headers.entry(X_FORWARDED_PROTO) {
        proto.insert(HeaderValue::from_static(facts.proto));
    }
    if let (Some(host), Entry::Vacant(entry)) = (facts.host, headers.entry(X_FORWARDED_HOST)) {
        entry.insert(host.clone());
    }
}

/// Writes an address, and says how long it is: 45 bytes at most.
fn write_address(address: IpAddr, text: &mut [u8; 64]) -> usize {
    let IpAddr::V4(address) = address else {
        let mut text = Cursor::new(&mut text[..]);
        let _ = write!(text, "{address}");
        return text.position() as usize;
    };
    // By hand: each request has one, and formatting takes its time.
    let mut length = 0;
    for (at, octet) in address.octets().into_iter().enumerate() {
        if at > 0 {
            text[length] = b'.';
            length += 1;
        }
        for (least, digit) in [(100, octet / 100), (10, octet / 10 % 10), (0, octet % 10)] {
            if octet >= least {
                text[length] = b'0' + digit;
                length += 1;
            }
        }
    }
    length
}

fn add_forwarded(headers: &mut HeaderMap, facts: &Facts<'_>) {
    let mut element = String::with_capacity(64);
    // Writing to a String cannot fail.
    let _ = match facts.peer.map(|peer| peer.to_canonical()) {
        Some(IpAddr::V4(peer)) => write!(element, "for={peer}"),
        Some(IpAddr::V6(peer)) => write!(element, "for=\"[{peer}]\""),
        None => write!(element, "for=unknown"),
    };
    if let Some(host) = facts.host.and_then(|host| host.to_str().ok()) {
        // A valid host has neither quotes nor backslashes in it.
        let _ = write!(element, ";host=\"{host}\"");
    }
    let _ = write!(element, ";proto={}", facts.proto);
    append(headers, FORWARDED, element.as_bytes());
}

/// Puts a member at the end of a list, and all of it into one line: some read the
/// first line alone.
fn append(headers: &mut HeaderMap, name: HeaderName, member: &[u8]) {
    // Text of an address is a field value, always, and so is what was one.
    match headers.entry(name) {
        Entry::Vacant(entry) => {
            if let Ok(value) = HeaderValue::from_bytes(member) {
                entry.insert(value);
            }
        }
        Entry::Occupied(mut entry) => {
            let lines = entry.iter().map(HeaderValue::as_bytes);
            let list: Vec<_> = lines.chain([member]).collect();
            if let Ok(value) = HeaderValue::from_bytes(&list.join(&b", "[..])) {
                entry.insert(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_address_is_written_as_the_standard_library_does(address: IpAddr) {
            let mut text = [0; 64];
            let length = write_address(address, &mut text);
            let expected = address.to_string();
            prop_assert_eq!(&text[..length], expected.as_bytes());
        }
    }

    #[test]
    fn each_octet_is_written_as_the_standard_library_does() {
        for octet in 0..=255 {
            let address = IpAddr::from([octet, 0, 10, octet]);
            let mut text = [0; 64];
            let length = write_address(address, &mut text);
            assert_eq!(&text[..length], address.to_string().as_bytes());
        }
    }
}
