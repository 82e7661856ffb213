//! `X-Forwarded-For`, `-Proto` and `-Host`, read from the right over all lines.

use crate::{
    Trust,
    fields::{Field, Fields},
    host::Host,
    node::Node,
    source::{Told, scheme},
    walk::walk,
};
use http::HeaderMap;
use std::net::SocketAddr;

/// What trusted hops say.
pub(crate) fn read(
    fields: &Fields<'_>,
    headers: &HeaderMap,
    peer: Option<SocketAddr>,
    trust: &Trust,
) -> Told {
    let mut hops = entries(fields.x_for, headers);
    let (walk, mut is_overlong) = walk(peer, trust, hops.by_ref().map(Node::x_forwarded));
    is_overlong |= hops.next().is_some();
    let mut told = |field| {
        let (text, is_more) = farthest(field, headers, walk.told)?;
        is_overlong |= is_more;
        Some(text)
    };
    let scheme = told(fields.x_proto).and_then(scheme);
    let host = told(fields.x_host).and_then(|text| Host::told(text, fields.x_host.only()));
    Told {
        walk,
        scheme,
        host,
        is_overlong,
    }
}

/// The entries of a list, the last first.
pub(crate) fn entries<'a>(
    field: Field<'a>,
    headers: &'a HeaderMap,
) -> impl Iterator<Item = &'a [u8]> {
    field.entries(headers, |line| line.iter().rposition(|&byte| byte == b','))
}

/// What the farthest of so many believed hops says, and whether something stands left of
/// it. Each hop appends its own word, or replaces those before: either way what is left
/// of it was sent by somebody else.
fn farthest<'a>(field: Field<'a>, headers: &'a HeaderMap, hops: usize) -> Option<(&'a [u8], bool)> {
    let mut entries = entries(field, headers);
    let text = entries.by_ref().take(hops.max(1)).last()?;
    Some((text, entries.next().is_some()))
}
