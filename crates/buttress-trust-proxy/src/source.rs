use crate::{
    Trust, forwarded,
    walk::{Walk, walk},
    x_forwarded,
};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::FORWARDED,
    uri::{Authority, Scheme},
};
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
    pub(crate) host: Option<Authority>,
}

impl Source {
    pub(crate) fn read(self, headers: &HeaderMap, peer: Option<SocketAddr>, trust: &Trust) -> Told {
        match self {
            Self::XForwarded => {
                let walk = walk(peer, trust, x_forwarded::nodes(headers));
                let told = |name| x_forwarded::told(headers, name, walk.told);
                Told {
                    scheme: told(&x_forwarded::PROTO).and_then(scheme),
                    host: told(&x_forwarded::HOST).and_then(host),
                    walk,
                }
            }
            Self::Forwarded => {
                let walk = walk(peer, trust, forwarded::nodes(headers));
                let told = forwarded::told(headers, walk.told).unwrap_or_default();
                Told {
                    scheme: told.proto.and_then(|text| scheme(&text)),
                    host: told.host.and_then(|text| host(&text)),
                    walk,
                }
            }
        }
    }

    /// Cuts off what stands left of the hops that were believed: others sent that.
    pub(crate) fn cut(self, headers: &mut HeaderMap, told: usize) {
        use x_forwarded::{FOR, HOST, PROTO};
        match self {
            Self::XForwarded => {
                cut(headers, &FOR, told, |all| entries(all, &FOR));
                // Each trusted hop may have added one, the peer in any case.
                let hops = told.max(1);
                cut(headers, &PROTO, hops, |all| entries(all, &PROTO));
                cut(headers, &HOST, hops, |all| entries(all, &HOST));
            }
            Self::Forwarded => cut(headers, &FORWARDED, told, elements),
        }
    }

    /// Whether a field belongs to the fields that are not read.
    pub(crate) fn is_foreign(self, name: &str) -> bool {
        match self {
            Self::XForwarded => name == "forwarded" || name == "x-real-ip",
            Self::Forwarded => is_x_forwarded(name) || name == "x-real-ip",
        }
    }
}

/// Whether a field says where a request comes from.
pub(crate) fn is_any(name: &str) -> bool {
    is_x_forwarded(name) || name == "forwarded" || name == "x-real-ip"
}

fn is_x_forwarded(name: &str) -> bool {
    name.starts_with("x-forwarded-")
}

type Entries<'a> = Box<dyn Iterator<Item = &'a [u8]> + 'a>;

fn entries<'a>(headers: &'a HeaderMap, name: &'a HeaderName) -> Entries<'a> {
    Box::new(x_forwarded::entries(headers, name))
}

fn elements(headers: &HeaderMap) -> Entries<'_> {
    Box::new(forwarded::elements(headers))
}

/// Keeps so many entries on the right.
fn cut(
    headers: &mut HeaderMap,
    name: &HeaderName,
    keep: usize,
    entries: impl Fn(&HeaderMap) -> Entries<'_>,
) {
    if !headers.contains_key(name) || entries(headers).nth(keep).is_none() {
        return;
    }
    let mut kept: Vec<_> = entries(headers).take(keep).collect();
    kept.reverse();
    match HeaderValue::from_bytes(&kept.join(&b", "[..])) {
        Ok(value) if keep > 0 => headers.insert(name, value),
        _ => headers.remove(name),
    };
}

/// WebSockets count as what they began as.
fn scheme(text: &[u8]) -> Option<Scheme> {
    let is = |name: &str| text.eq_ignore_ascii_case(name.as_bytes());
    if is("https") || is("wss") {
        Some(Scheme::HTTPS)
    } else if is("http") || is("ws") {
        Some(Scheme::HTTP)
    } else {
        None
    }
}

/// A host, perhaps with a port, and nothing that is more than that.
fn host(text: &[u8]) -> Option<Authority> {
    let authority = Authority::try_from(text).ok()?;
    (!authority.as_str().contains('@')).then_some(authority)
}
