//! `Forwarded` of RFC 7239, read from the right over all lines.
//!
//! What stands on the left may be an attacker's, an opened quote among it. So elements
//! are cut off at the right end, one after the other, and nothing further left changes
//! what they say.

use crate::{
    Trust,
    fields::Field,
    host::Host,
    node::{Malformed, Node},
    source::{Told, scheme},
    walk::walk,
};
use http::HeaderMap;
use std::{borrow::Cow, net::SocketAddr};

/// What one proxy says of the request that it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) node: Option<Cow<'a, [u8]>>,
    pub(crate) proto: Option<Cow<'a, [u8]>>,
    pub(crate) host: Option<Cow<'a, [u8]>>,
}

/// What trusted hops say.
pub(crate) fn read(
    field: Field<'_>,
    headers: &HeaderMap,
    peer: Option<SocketAddr>,
    trust: &Trust,
) -> Told {
    let mut farthest = None;
    let mut elements = elements(field, headers);
    let nodes = elements.by_ref().map(|text| {
        let element = Element::parse(text)?;
        let node = element.node();
        // What the peer says counts, even if it names a hop that cannot be read.
        if node.is_ok() || farthest.is_none() {
            farthest = Some(element);
        }
        node
    });
    let (walk, met_garbage) = walk(peer, trust, nodes);
    let told = farthest.unwrap_or_default();
    Told {
        walk,
        scheme: told.proto.and_then(|text| scheme(&text)),
        host: told.host.and_then(|text| Host::told(&text, None)),
        is_overlong: met_garbage || elements.next().is_some(),
    }
}

/// The elements, the nearest first, as they stand there.
pub(crate) fn elements<'a>(
    field: Field<'a>,
    headers: &'a HeaderMap,
) -> impl Iterator<Item = &'a [u8]> {
    field.entries(headers, last_comma)
}

/// The last comma that is in no quoted string, as seen from the right end.
fn last_comma(line: &[u8]) -> Option<usize> {
    let mut is_quoted = false;
    let mut rest = line;
    while let Some((&byte, before)) = rest.split_last() {
        match byte {
            b'"' if !(is_quoted && is_escaped(before)) => is_quoted = !is_quoted,
            b',' if !is_quoted => return Some(before.len()),
            _ => {}
        }
        rest = before;
    }
    None
}

/// Whether an odd number of backslashes comes before.
fn is_escaped(before: &[u8]) -> bool {
    let slashes = before.iter().rev().take_while(|&&byte| byte == b'\\');
    slashes.count() % 2 == 1
}

impl<'a> Element<'a> {
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, Malformed> {
        let mut element = Self::default();
        let mut rest = text;
        loop {
            let (name, value, after) = pair(rest)?;
            let place = match name {
                _ if name.eq_ignore_ascii_case(b"for") => Some(&mut element.node),
                _ if name.eq_ignore_ascii_case(b"proto") => Some(&mut element.proto),
                _ if name.eq_ignore_ascii_case(b"host") => Some(&mut element.host),
                _ => None,
            };
            if place.is_some_and(|place| place.replace(value).is_some()) {
                return Err(Malformed);
            }
            match after.trim_ascii_start().split_first() {
                None => return Ok(element),
                Some((b';', after)) => rest = after.trim_ascii_start(),
                Some(_) => return Err(Malformed),
            }
        }
    }

    /// The hop that it names. One that names none hides it.
    fn node(&self) -> Result<Node, Malformed> {
        match &self.node {
            Some(text) => Node::forwarded(text),
            None => Ok(Node::Hidden("unknown".into())),
        }
    }
}

type Pair<'a> = (&'a [u8], Cow<'a, [u8]>, &'a [u8]);

/// A name, its value, and what follows.
fn pair(text: &[u8]) -> Result<Pair<'_>, Malformed> {
    let (name, rest) = token(text)?;
    let rest = rest.strip_prefix(b"=").ok_or(Malformed)?;
    match rest.strip_prefix(b"\"") {
        Some(rest) => quoted(rest).map(|(value, rest)| (name, value, rest)),
        None => unquoted(rest).map(|(value, rest)| (name, value.into(), rest)),
    }
}

fn token(text: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    cut(text, |byte| {
        byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
    })
}

/// A token; or, as proxies write them all the same, an address with its port.
fn unquoted(text: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    cut(text, |byte| {
        byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~:[]".contains(&byte)
    })
}

fn cut(text: &[u8], is_valid: impl Fn(u8) -> bool) -> Result<(&[u8], &[u8]), Malformed> {
    let end = text.iter().position(|&byte| !is_valid(byte));
    match text.split_at(end.unwrap_or(text.len())) {
        ([], _) => Err(Malformed),
        split => Ok(split),
    }
}

/// The rest of a quoted string, and what follows it.
fn quoted(text: &[u8]) -> Result<(Cow<'_, [u8]>, &[u8]), Malformed> {
    let special = |&byte: &u8| byte == b'"' || byte == b'\\';
    let end = text.iter().position(special).ok_or(Malformed)?;
    if text[end] == b'"' {
        return Ok((text[..end].into(), &text[end + 1..]));
    }
    let (mut value, mut rest) = (text[..end].to_vec(), &text[end..]);
    loop {
        let (byte, after) = match rest {
            [b'"', after @ ..] => return Ok((value.into(), after)),
            [b'\\', byte, after @ ..] => (byte, after),
            [b'\\'] | [] => return Err(Malformed),
            [byte, after @ ..] => (byte, after),
        };
        value.push(*byte);
        rest = after;
    }
}
