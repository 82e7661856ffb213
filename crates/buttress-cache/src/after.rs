use crate::{
    policy::{CacheStatus, ForwardReason, RequestTerms},
    shared::Shared,
};
use http::{Response, StatusCode, request::Parts};
use std::sync::Arc;

/// What is left to do with the response to a request that the cache kept out of.
pub(crate) struct After {
    shared: Arc<Shared>,
    reason: ForwardReason,
    detail: Option<&'static str>,
    /// A tunnel, or gRPC, stays as it is.
    is_tunnel: bool,
    /// What an unsafe request was for, as text.
    target: Option<(RequestTerms, String)>,
}

impl After {
    pub(crate) fn passing(
        shared: Arc<Shared>,
        reason: ForwardReason,
        detail: Option<&'static str>,
    ) -> Self {
        Self {
            shared,
            reason,
            detail,
            is_tunnel: false,
            target: None,
        }
    }

    pub(crate) fn tunnel(shared: Arc<Shared>) -> Self {
        Self {
            is_tunnel: true,
            ..Self::passing(shared, ForwardReason::Method, None)
        }
    }

    pub(crate) fn invalidating(shared: Arc<Shared>, terms: RequestTerms, parts: &Parts) -> Self {
        let target = shared.settings.keyer.target(parts);
        Self {
            target: target.map(|target| (terms, target)),
            ..Self::passing(shared, ForwardReason::Method, None)
        }
    }

    pub(crate) fn apply<B>(self, response: &mut Response<B>) {
        let status = response.status();
        let Self { shared, .. } = self;
        shared.state.counters.bypassed.one();
        if let Some((terms, target)) = self.target {
            shared.invalidate(&terms, &target, status, response.headers());
        }
        if self.is_tunnel || status == StatusCode::SWITCHING_PROTOCOLS {
            return;
        }
        shared.settings.reporter.say(
            response.headers_mut(),
            || CacheStatus::forward(self.reason),
            |said| match self.detail {
                Some(detail) => said.detail(detail),
                None => said,
            },
        );
    }
}
