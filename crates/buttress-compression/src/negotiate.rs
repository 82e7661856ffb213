use crate::{Encoding, accept_encoding::AcceptEncoding};
use http::HeaderMap;

/// Chooses the content coding of a response from the request's headers.
///
/// This is the layer's own choice, made public so that what stands around the
/// layer can agree with it: a cache outside of the layer that keys its variants
/// by `negotiator.negotiate(headers)` keeps one entry for all browsers that
/// would get the same coding. It reads no other field than `Accept-Encoding`,
/// over all its lines, after RFC 9110 §12.5.3.
///
/// The choice is what an eligible response would get; whether the response is
/// eligible, only the response can tell. One thing more depends on the request:
/// a client that refuses identity gets small bodies encoded, too.
///
/// ```
/// use buttress_compression::{Encoding, Negotiator};
/// use http::{HeaderMap, HeaderValue, header::ACCEPT_ENCODING};
///
/// let mut headers = HeaderMap::new();
/// headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip;q=.8, *;q=0"));
/// # #[cfg(feature = "gzip")]
/// assert_eq!(Negotiator::default().negotiate(&headers), Encoding::Gzip);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Negotiator {
    /// The codings on offer, the preferred first.
    offered: [Option<Encoding>; Encoding::PREFERENCE.len()],
    /// For clients that send no `Accept-Encoding`.
    enforced: Encoding,
}

impl Default for Negotiator {
    /// Every coding that is compiled in, in the order of
    /// [`Encoding::PREFERENCE`].
    fn default() -> Self {
        Self::new(Encoding::PREFERENCE)
    }
}

impl Negotiator {
    /// Offers `encodings`, the preferred first where a client likes several
    /// equally. By default zstd comes first, for it takes the least time at
    /// about gzip's size; for the smallest responses put br first. Left out are identity (it is always on offer), repetitions,
    /// and codings whose feature is off.
    #[must_use]
    pub fn new(encodings: impl IntoIterator<Item = Encoding>) -> Self {
        let mut offered = [None; Encoding::PREFERENCE.len()];
        let mut count = 0;
        for encoding in encodings {
            let known = offered.contains(&Some(encoding));
            if encoding != Encoding::Identity && encoding.is_compiled() && !known {
                offered[count] = Some(encoding);
                count += 1;
            }
        }
        Self {
            offered,
            enforced: Encoding::Identity,
        }
    }

    /// The coding for requests without `Accept-Encoding`, identity by default.
    ///
    /// Such a client accepts any coding in theory (RFC 9110 §12.5.3) and can
    /// decode none in practice: set this for clients that you know. A coding
    /// that is not on offer stays identity.
    #[must_use]
    pub fn enforce(mut self, encoding: Encoding) -> Self {
        let on_offer = self.offered().any(|offered| offered == encoding);
        self.enforced = if on_offer {
            encoding
        } else {
            Encoding::Identity
        };
        self
    }

    /// The coding to use, [`Encoding::Identity`] where none fits.
    #[must_use]
    pub fn negotiate(&self, headers: &HeaderMap) -> Encoding {
        self.assess(headers).encoding
    }

    /// With other codings on offer, and what is enforced as it was.
    pub(crate) fn offering(self, encodings: impl IntoIterator<Item = Encoding>) -> Self {
        Self::new(encodings).enforce(self.enforced)
    }

    /// Without the codings that are not in `encodings`.
    pub(crate) fn only(mut self, encodings: &[Encoding]) -> Self {
        for slot in &mut self.offered {
            *slot = slot.filter(|offered| encodings.contains(offered));
        }
        if !encodings.contains(&self.enforced) {
            self.enforced = Encoding::Identity;
        }
        self
    }

    /// The codings on offer, the preferred first.
    pub(crate) fn offered(&self) -> impl Iterator<Item = Encoding> + use<> {
        self.offered.into_iter().flatten()
    }

    pub(crate) fn assess(&self, headers: &HeaderMap) -> Negotiation {
        let accept = AcceptEncoding::parse(headers);
        if !accept.is_present() {
            return Negotiation {
                encoding: self.enforced,
                identity: Identity::Acceptable,
            };
        }
        Negotiation {
            encoding: self.choose(&accept),
            identity: Identity::of(&accept),
        }
    }

    fn choose(&self, accept: &AcceptEncoding) -> Encoding {
        // `max_by_key` keeps the last of equals, hence the reversal.
        let best = self
            .offered
            .iter()
            .rev()
            .flatten()
            .map(|&encoding| (accept.quality(encoding), encoding))
            .filter(|&(quality, _)| quality > 0)
            .max_by_key(|&(quality, _)| quality);
        match best {
            Some((quality, _)) if accept.quality(Encoding::Identity) > quality => {
                Encoding::Identity
            }
            Some((_, encoding)) => encoding,
            None => Encoding::Identity,
        }
    }

    /// What a 406 says of the codings on offer, as an `Accept-Encoding`.
    pub(crate) fn list(&self) -> String {
        let tokens: Vec<_> = self.offered().map(Encoding::as_str).collect();
        tokens.join(", ")
    }
}

/// What the request leaves open for its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Negotiation {
    pub(crate) encoding: Encoding,
    pub(crate) identity: Identity,
}

impl Negotiation {
    /// Whether the coding must be applied even where it does not pay.
    pub(crate) fn is_forced(self) -> bool {
        self.encoding != Encoding::Identity && self.identity != Identity::Acceptable
    }
}

/// What becomes of a response that is not encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    Acceptable,
    /// The client refuses it (`identity;q=0` or `*;q=0`).
    Refused,
    /// The client refuses it and every coding there is.
    EverythingRefused,
}

impl Identity {
    fn of(accept: &AcceptEncoding) -> Self {
        if accept.quality(Encoding::Identity) > 0 {
            Self::Acceptable
        } else if accept.accepts_something() {
            Self::Refused
        } else {
            Self::EverythingRefused
        }
    }
}
