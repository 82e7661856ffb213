//! A hop as a header names it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a proxy says of the hop that it was asked by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// Where it is, and the port if it is told.
    Address(IpAddr, Option<u16>),
    /// Deliberately not told: `unknown`, or an identifier such as `_hidden`.
    Hidden(Box<str>),
}

/// What stands there is no hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl Node {
    /// A node of RFC 7239 §6: an IPv6 address has brackets, and a port may follow.
    pub(crate) fn forwarded(text: &[u8]) -> Result<Self, Malformed> {
        if let Some(address) = v4(text) {
            return Ok(Self::Address(address.into(), None));
        }
        let text = std::str::from_utf8(text).map_err(|_| Malformed)?;
        if let Some(rest) = text.strip_prefix('[') {
            let (address, rest) = rest.split_once(']').ok_or(Malformed)?;
            return Self::at(v6(address)?.into(), rest);
        }
        let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
        if is_hidden(name) {
            return port_of(port).map(|_| Self::Hidden(name.into()));
        }
        let address = v4(name.as_bytes()).ok_or(Malformed)?;
        Self::at(address.into(), port)
    }

    /// What is found in `X-Forwarded-For`: that, and IPv6 addresses without brackets.
    pub(crate) fn x_forwarded(text: &[u8]) -> Result<Self, Malformed> {
        if let Some(address) = v4(text) {
            return Ok(Self::Address(address.into(), None));
        }
        let colons = text.iter().filter(|&&byte| byte == b':').count();
        if colons < 2 || text.first() == Some(&b'[') {
            return Self::forwarded(text);
        }
        let text = std::str::from_utf8(text).map_err(|_| Malformed)?;
        Self::at(v6(text)?.into(), "")
    }

    fn at(address: IpAddr, port: &str) -> Result<Self, Malformed> {
        Ok(Self::Address(address.to_canonical(), port_of(port)?))
    }
}

/// Four numbers without leading zeros, as the standard library reads them from text that
/// is known to be UTF-8.
pub(crate) fn v4(text: &[u8]) -> Option<Ipv4Addr> {
    let (first, rest) = octet(text)?;
    let (second, rest) = octet(after_dot(rest)?)?;
    let (third, rest) = octet(after_dot(rest)?)?;
    let (fourth, rest) = octet(after_dot(rest)?)?;
    rest.is_empty()
        .then(|| Ipv4Addr::new(first, second, third, fourth))
}

fn after_dot(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b".")
}

/// A number up to 255 without leading zeros, and what follows it.
fn octet(text: &[u8]) -> Option<(u8, &[u8])> {
    let digit = |index: usize| {
        let value = text.get(index)?.wrapping_sub(b'0');
        (value < 10).then_some(u16::from(value))
    };
    let one = digit(0)?;
    let (number, len) = match (digit(1), digit(2)) {
        (None, _) => (one, 1),
        _ if one == 0 => return None,
        (Some(two), None) => (one * 10 + two, 2),
        (Some(two), Some(three)) => (one * 100 + two * 10 + three, 3),
    };
    Some((u8::try_from(number).ok()?, &text[len..]))
}

fn v6(text: &str) -> Result<Ipv6Addr, Malformed> {
    text.parse().map_err(|_| Malformed)
}

/// `unknown`, or an identifier of RFC 7239 §6.3.
fn is_hidden(name: &str) -> bool {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    name.eq_ignore_ascii_case("unknown")
        || (name.len() > 1 && name.starts_with('_') && name.bytes().all(is_valid))
}

/// Nothing, or a colon and a port that may be hidden too.
fn port_of(text: &str) -> Result<Option<u16>, Malformed> {
    if text.is_empty() {
        return Ok(None);
    }
    let port = text.strip_prefix(':').ok_or(Malformed)?;
    if is_hidden(port) && port.starts_with('_') {
        return Ok(None);
    }
    let is_number = !port.is_empty() && port.bytes().all(|it| it.is_ascii_digit());
    let port = port.parse().ok().filter(|_| is_number);
    port.map(Some).ok_or(Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_ipv4_address_is_what_the_standard_library_takes_for_one(
            text in "[0-9.]{0,16}|([0-9]{1,3}\\.){3}[0-9]{1,3}|\\PC{0,6}",
        ) {
            prop_assert_eq!(v4(text.as_bytes()), text.parse().ok());
        }

        #[test]
        fn each_ipv4_address_is_read(bits: u32) {
            let address = Ipv4Addr::from_bits(bits);
            prop_assert_eq!(v4(address.to_string().as_bytes()), Some(address));
        }
    }
}
