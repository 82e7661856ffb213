//! Responses from what is stored.

use crate::{
    Entry, Lookup, ResponseBody,
    policy::{self, Decision, ForwardReason, Freshness, Payload, RequestTerms, Timestamp},
    shared::Shared,
};
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header::CONTENT_LENGTH};
use std::sync::Arc;

/// What to do with a request, by what the store knows.
pub(crate) enum Verdict {
    /// Serve this.
    Serve(Arc<Entry>),
    /// Serve this, which is stale, and refresh it meanwhile.
    Refresh(Arc<Entry>),
    /// The client wants only what is stored, and that does not do.
    GatewayTimeout,
    /// Ask the origin; about this, if there is something.
    Go(Option<Arc<Entry>>, ForwardReason),
}

impl Shared {
    pub(crate) fn decide(&self, terms: &RequestTerms, found: Lookup, now: Timestamp) -> Verdict {
        let entry = match found {
            Lookup::Hit(entry) => entry,
            Lookup::VariantMiss => return self.miss(terms, ForwardReason::VaryMiss),
            Lookup::Miss => return self.miss(terms, ForwardReason::UriMiss),
            Lookup::Ask => return self.miss(terms, ForwardReason::Miss),
        };
        let freshness = &entry.head().metadata().freshness;
        match self.settings.policy.lookup(terms, freshness, now) {
            Decision::Fresh { .. } | Decision::Stale { .. } => Verdict::Serve(entry),
            Decision::StaleWhileRevalidate { .. } => Verdict::Refresh(entry),
            Decision::Validate { reason } => Verdict::Go(Some(entry), reason),
            Decision::GatewayTimeout => Verdict::GatewayTimeout,
        }
    }

    fn miss(&self, terms: &RequestTerms, reason: ForwardReason) -> Verdict {
        match self.settings.policy.miss(terms) {
            None => Verdict::Go(None, reason),
            Some(_) => Verdict::GatewayTimeout,
        }
    }

    /// The response to a request from a stored one.
    pub(crate) fn serve<B>(
        &self,
        entry: &Entry,
        (terms, headers): (&RequestTerms, &HeaderMap),
        now: Timestamp,
    ) -> Response<ResponseBody<B>> {
        let metadata = entry.head().metadata();
        // With trailers behind it, a body is sent without announcing its length.
        let length = entry
            .trailers()
            .is_none()
            .then(|| entry.body().len() as u64);
        let answer = policy::answer(terms, headers, metadata, length, now);
        let body = match answer.payload {
            Payload::Whole => {
                self.state.counters.bytes.add(entry.body().len() as u64);
                ResponseBody::stored(entry.body().clone(), entry.trailers())
            }
            payload => self.part(&payload, entry.body()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        response
    }

    fn part<B>(&self, payload: &Payload, whole: &Bytes) -> ResponseBody<B> {
        let slice = |range: policy::ByteRange| {
            self.state.counters.bytes.add(range.size());
            whole.slice(range.start() as usize..range.end() as usize)
        };
        match payload {
            Payload::Slice(range) => ResponseBody::stored(slice(*range), None),
            Payload::Multipart(multipart) => {
                let parts = multipart.parts();
                let pieces = parts.flat_map(|(head, range)| {
                    [Bytes::copy_from_slice(head.as_bytes()), slice(range)]
                });
                let tail = Bytes::copy_from_slice(multipart.tail().as_bytes());
                ResponseBody::pieces(pieces.chain([tail]))
            }
            _ => ResponseBody::empty(),
        }
    }

    /// A hit.
    pub(crate) fn hit<B>(
        &self,
        entry: &Entry,
        key: &str,
        request: (&RequestTerms, &HeaderMap),
        now: Timestamp,
    ) -> Response<ResponseBody<B>> {
        self.state.counters.hits.one();
        tracing::trace!(key, "hit");
        self.tell(entry, key, request, now)
    }

    /// Stale, while it is refreshed.
    pub(crate) fn stale<B>(
        &self,
        entry: &Entry,
        key: &str,
        request: (&RequestTerms, &HeaderMap),
        now: Timestamp,
    ) -> Response<ResponseBody<B>> {
        self.state.counters.stale.one();
        tracing::debug!(key, "stale while it is refreshed");
        self.tell(entry, key, request, now)
    }

    /// What is stored, and what is told of it.
    fn tell<B>(
        &self,
        entry: &Entry,
        key: &str,
        request: (&RequestTerms, &HeaderMap),
        now: Timestamp,
    ) -> Response<ResponseBody<B>> {
        let mut response = self.serve(entry, request, now);
        let ttl = ttl(&entry.head().metadata().freshness, now);
        self.settings
            .reporter
            .hit(response.headers_mut(), |status| status.ttl(ttl).key(key));
        response
    }

    /// 504, for `only-if-cached`.
    pub(crate) fn gateway_timeout<B>(&self) -> Response<ResponseBody<B>> {
        let mut response = Response::new(ResponseBody::empty());
        *response.status_mut() = StatusCode::GATEWAY_TIMEOUT;
        response.headers_mut().insert(CONTENT_LENGTH, 0.into());
        response
    }
}

/// For how long it is fresh; negative, since when it is not.
pub(crate) fn ttl(freshness: &Freshness, now: Timestamp) -> i64 {
    i64::from(freshness.lifetime.get()) - i64::from(freshness.age(now).get())
}
