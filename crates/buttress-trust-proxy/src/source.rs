use crate::{
    Trust,
    fields::{self, Field, Fields},
    forwarded,
    host::Host,
    walk::Walk,
    x_forwarded,
};
use http::{HeaderMap, HeaderName, HeaderValue, header::FORWARDED, uri::Scheme};
use std::net::SocketAddr;

/// The fields that the proxies in front use. The others are not read, and removed, since
/// a proxy that does not know them passes on what clients say in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host`.
    #[default]
    XForwarded,
    /// `Forwarded` of RFC 7239, with `for`, `proto` and `host`.
    Forwarded,
}

/// What trusted hops say of a request.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) walk: Walk,
    pub(crate) scheme: Option<Scheme>,
    pub(crate) host: Option<Host>,
    /// Whether something stands left of what was believed.
    pub(crate) is_overlong: bool,
}

impl Source {
    pub(crate) fn read(
        self,
        fields: &Fields<'_>,
        headers: &HeaderMap,
        peer: Option<SocketAddr>,
        trust: &Trust,
    ) -> Told {
        match self {
            Self::XForwarded => x_forwarded::read(fields, headers, peer, trust),
            Self::Forwarded => forwarded::read(fields.forwarded, headers, peer, trust),
        }
    }

    /// Cuts off what stands left of the hops that were believed: others sent that.
    pub(crate) fn cut(self, headers: &mut HeaderMap, told: usize) {
        let fields = Fields::find(headers);
        let listed = |field, keep| kept(field, x_forwarded::entries(field, headers), keep);
        // Each trusted hop may have added one, the peer in any case.
        let hops = told.max(1);
        let lines = match self {
            Self::XForwarded => [
                listed(fields.x_for, told),
                listed(fields.x_proto, hops),
                listed(fields.x_host, hops),
            ],
            Self::Forwarded => {
                let elements = forwarded::elements(fields.forwarded, headers);
                [kept(fields.forwarded, elements, told), None, None]
            }
        };
        for (name, line) in lines.into_iter().flatten() {
            match line {
                Some(line) => headers.insert(name, line),
                None => headers.remove(name),
            };
        }
    }

    /// Whether there are fields that are not read.
    pub(crate) fn finds_foreign(self, fields: &Fields<'_>) -> bool {
        match self {
            Self::XForwarded => fields.forwarded.is_there() || fields.has_real_ip,
            Self::Forwarded => fields.has_x_forwarded() || fields.has_real_ip,
        }
    }

    /// Whether a field belongs to the fields that are not read.
    pub(crate) fn is_foreign(self, name: &HeaderName) -> bool {
        match self {
            Self::XForwarded => *name == FORWARDED || fields::is_real_ip(name),
            Self::Forwarded => fields::is_x_forwarded(name) || fields::is_real_ip(name),
        }
    }
}

/// So many entries on the right as one line, if there are more of them.
fn kept<'a>(
    field: Field<'a>,
    mut entries: impl Iterator<Item = &'a [u8]>,
    keep: usize,
) -> Option<(HeaderName, Option<HeaderValue>)> {
    let mut kept: Vec<_> = entries.by_ref().take(keep).collect();
    entries.next()?;
    kept.reverse();
    let line = HeaderValue::from_bytes(&kept.join(&b", "[..])).ok();
    Some((field.name()?.clone(), line.filter(|_| keep > 0)))
}

/// WebSockets count as what they began as.
pub(crate) fn scheme(text: &[u8]) -> Option<Scheme> {
    let is = |name: &str| text.eq_ignore_ascii_case(name.as_bytes());
    if is("https") || is("wss") {
        Some(Scheme::HTTPS)
    } else if is("http") || is("ws") {
        Some(Scheme::HTTP)
    } else {
        None
    }
}
