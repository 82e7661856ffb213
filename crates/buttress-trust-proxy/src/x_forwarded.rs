//! `X-Forwarded-For`, `-Proto` and `-Host`, read from the right over all lines.

use crate::node::{Malformed, Node};
use http::{HeaderMap, HeaderName};

pub(crate) static FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
pub(crate) static PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
pub(crate) static HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The hops, the nearest first.
pub(crate) fn nodes(headers: &HeaderMap) -> impl Iterator<Item = Result<Node, Malformed>> {
    entries(headers, &FOR).map(Node::x_forwarded)
}

/// The entries of a list that may have several lines, the last first.
pub(crate) fn entries<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = &'a [u8]> {
    let lines = headers.get_all(name).into_iter().rev();
    lines.flat_map(|line| {
        line.as_bytes()
            .rsplit(|&byte| byte == b',')
            .map(<[u8]>::trim_ascii)
    })
}

/// What the farthest of so many believed hops says. Each hop appends its own word, or
/// replaces those before: either way what is left of it was sent by somebody else.
pub(crate) fn told<'a>(headers: &'a HeaderMap, name: &HeaderName, hops: usize) -> Option<&'a [u8]> {
    entries(headers, name).take(hops.max(1)).last()
}
