//! What a request asks of a cache.

use super::{Policy, RequestDirectives, fields};
use http::{HeaderMap, Method};

/// The part that a cache can take in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Disposition {
    /// GET or HEAD: look it up, and store what comes back.
    Cache,
    /// Forward it, and do not store what comes back.
    Forward,
    /// Forward it, and ask [`Policy::invalidates`] about what comes back.
    Unsafe,
}

/// A request as the policy sees it: small, so that it can be kept while the
/// request is away.
#[derive(Clone, Copy, Debug)]
pub struct RequestTerms {
    pub(super) directives: RequestDirectives,
    pub(super) disposition: Disposition,
    pub(super) head: bool,
    pub(super) authorization: bool,
    pub(super) range: bool,
    pub(super) conditional: bool,
    /// Whether `Connection` names a field that it has.
    pub(crate) loses_fields: bool,
    /// The first letters of its fields.
    pub(crate) initials: Initials,
}

/// A set of first letters, for a look that most names do not pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Initials(u32);

impl Initials {
    /// Those of these names. Letters that differ may count as one.
    pub(crate) fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut initials = Self::default();
        names.into_iter().for_each(|name| initials.add(name));
        initials
    }

    pub(crate) fn add(&mut self, name: &str) {
        let letter = name.as_bytes().first().copied().unwrap_or_default();
        self.0 |= 1 << (letter % 32);
    }

    /// Whether one of these names may be one of those.
    pub(crate) fn may_meet(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }
}

impl RequestTerms {
    /// The part that the cache takes.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        self.disposition
    }

    /// Whether it is HEAD.
    #[must_use]
    pub fn is_head(&self) -> bool {
        self.head
    }

    /// Whether it asks for a range: forwarded as it is, its answer is no answer
    /// to others.
    #[must_use]
    pub fn has_range(&self) -> bool {
        self.range
    }

    /// Whether it has `If-None-Match` or `If-Modified-Since`: forwarded as it is,
    /// a 304 may come back, which is no answer to others.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        self.conditional
    }

    /// Whether it has `Authorization`.
    #[must_use]
    pub fn is_authorized(&self) -> bool {
        self.authorization
    }

    /// What its `Cache-Control` says.
    #[must_use]
    pub fn directives(&self) -> &RequestDirectives {
        &self.directives
    }
}

impl Policy {
    /// Reads a request.
    #[must_use]
    pub fn request(&self, method: &Method, headers: &HeaderMap) -> RequestTerms {
        let named = Named::read(headers);
        let directives = match named.directives {
            true => self.request_directives(headers),
            false => RequestDirectives::default(),
        };
        RequestTerms {
            directives,
            disposition: disposition(method, &named, &directives),
            head: method == Method::HEAD,
            authorization: named.authorization,
            range: named.range,
            conditional: named.conditional,
            loses_fields: named.connection && fields::loses_some(headers),
            initials: named.initials,
        }
    }

    fn request_directives(&self, headers: &HeaderMap) -> RequestDirectives {
        let directives = RequestDirectives::parse(headers);
        if self.ignore_request_directives {
            return RequestDirectives {
                no_store: directives.no_store,
                only_if_cached: directives.only_if_cached,
                ..RequestDirectives::default()
            };
        }
        directives
    }
}

/// The fields that a request has, of those that matter here.
///
/// Most requests have none of them. To look at the names that are there once costs
/// less than to look for each of these.
#[derive(Default)]
struct Named {
    directives: bool,
    conditional: bool,
    connection: bool,
    range: bool,
    authorization: bool,
    for_origin: bool,
    initials: Initials,
}

impl Named {
    fn read(headers: &HeaderMap) -> Self {
        let mut named = Self::default();
        for name in headers.keys() {
            let name = name.as_str();
            named.initials.add(name);
            match name {
                "cache-control" | "pragma" => named.directives = true,
                "if-none-match" | "if-modified-since" => named.conditional = true,
                "connection" => named.connection = true,
                "range" => named.range = true,
                "authorization" => named.authorization = true,
                // RFC 9111 §4.3.2: only the origin evaluates the first two. What
                // comes of an upgrade is no response to store.
                "if-match" | "if-unmodified-since" | "upgrade" => named.for_origin = true,
                _ => {}
            }
        }
        named
    }
}

fn disposition(method: &Method, named: &Named, directives: &RequestDirectives) -> Disposition {
    // RFC 9111 §5.2.1.5: nothing of what comes back is stored; that the client does
    // not want what was stored before is a guess.
    let wants_no_cache = directives.no_store && !directives.only_if_cached;
    match *method {
        Method::GET | Method::HEAD if named.for_origin || wants_no_cache => Disposition::Forward,
        Method::GET | Method::HEAD => Disposition::Cache,
        Method::CONNECT => Disposition::Forward,
        _ if is_safe(method) => Disposition::Forward,
        _ => Disposition::Unsafe,
    }
}

/// The methods that are registered as safe (RFC 9110 §18.2 and IANA's registry);
/// one that is not known is unsafe (RFC 9111 §4.4).
fn is_safe(method: &Method) -> bool {
    const OTHERS: [&str; 5] = ["PRI", "PROPFIND", "QUERY", "REPORT", "SEARCH"];
    method.is_safe() || OTHERS.contains(&method.as_str())
}
