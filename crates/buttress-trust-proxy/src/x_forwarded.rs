//! `X-Forwarded-For`, `-Proto` and `-Host`, read from the right over all lines.

use crate::{
    Trust,
    fields::{Field, Fields},
    host::Host,
    node::{Node, v4},
    source::{Told, scheme},
    walk::{Walk, walk},
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
    if let Some(told) = one_hop(fields) {
        return told;
    }
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

/// As nearly all say it: one address, and perhaps a scheme and a host, in a line each.
/// None of these has a comma in it, so that each is the only entry of its list, and
/// whether the hop is trusted does not matter: there is none behind it.
fn one_hop(fields: &Fields<'_>) -> Option<Told> {
    let address = v4(fields.x_for.only()?.as_bytes())?;
    let scheme = match fields.x_proto.only() {
        Some(line) => Some(scheme(line.as_bytes())?),
        None if fields.x_proto.is_there() => return None,
        None => None,
    };
    let host = match fields.x_host.only() {
        Some(line) => Some(Host::plain(line)?),
        None if fields.x_host.is_there() => return None,
        None => None,
    };
    Some(Told {
        walk: Walk::to(address.into()),
        scheme,
        host,
        is_overlong: false,
    })
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
