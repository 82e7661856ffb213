use crate::{
    apart::Apart,
    policy::{CacheStatus, ForwardReason, RequestTerms},
    shared::Shared,
};
use http::{Response, StatusCode, request::Parts};
use http_body::Body;
use std::sync::Arc;

/// What is left to do with the response to a request that went to the origin
/// without a trip.
pub(crate) struct After {
    shared: Arc<Shared>,
    kind: Kind,
}

enum Kind {
    /// The cache had no part in it.
    Bypassed(ForwardReason, Option<&'static str>),
    /// A tunnel, or gRPC, stays as it is.
    Tunnel,
    /// The text of the key of what an unsafe request was for.
    Unsafe(RequestTerms, Option<String>),
    /// Its answer would not be stored.
    Apart(Apart),
}

impl After {
    pub(crate) fn passing(
        shared: Arc<Shared>,
        reason: ForwardReason,
        detail: Option<&'static str>,
    ) -> Self {
        let kind = Kind::Bypassed(reason, detail);
        Self { shared, kind }
    }

    pub(crate) fn tunnel(shared: Arc<Shared>) -> Self {
        let kind = Kind::Tunnel;
        Self { shared, kind }
    }

    pub(crate) fn invalidating(shared: Arc<Shared>, terms: RequestTerms, parts: &Parts) -> Self {
        let kind = Kind::Unsafe(terms, shared.settings.keyer.target(parts));
        Self { shared, kind }
    }

    pub(crate) fn apart(shared: Arc<Shared>, apart: Apart) -> Self {
        shared.state.counters.misses.one();
        let kind = Kind::Apart(apart);
        Self { shared, kind }
    }

    pub(crate) fn apply<B: Body>(self, response: &mut Response<B>) {
        let Self { shared, kind } = self;
        let (reason, detail) = match kind {
            Kind::Apart(apart) => return apart.received(&shared, response),
            Kind::Tunnel => return shared.state.counters.bypassed.one(),
            Kind::Bypassed(reason, detail) => (reason, detail),
            Kind::Unsafe(terms, target) => {
                if let Some(target) = target {
                    let (status, headers) = (response.status(), response.headers());
                    shared.invalidate(&terms, target, status, headers);
                }
                (ForwardReason::Method, None)
            }
        };
        shared.state.counters.bypassed.one();
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return;
        }
        shared.settings.reporter.say(
            response.headers_mut(),
            || CacheStatus::forward(reason),
            |said| match detail {
                Some(detail) => said.detail(detail),
                None => said,
            },
        );
    }
}
