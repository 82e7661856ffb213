//! One request to one endpoint.

use crate::{
    Classify, EventKind, Key, RequestBody, ResponseBody, Verdict, choose::Chosen, clock::nanos,
    endpoint::Endpoint, snapshot::Shared, state::State,
};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};
use tokio::time::{Instant, timeout};
use tower_service::Service;

/// What came of it.
pub(crate) enum Attempted<B, E> {
    Answered(Response<ResponseBody<B>>, Verdict),
    Failed(E, Verdict),
    /// It did not get ready. The request has not been sent.
    Busy,
}

impl<B, E> Attempted<B, E> {
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Answered(_, verdict) | Self::Failed(_, verdict) => Some(*verdict),
            Self::Busy => None,
        }
    }

    pub(crate) fn is_good(&self) -> bool {
        let is_bad = |verdict| matches!(verdict, Verdict::Unsent | Verdict::Broken);
        self.verdict().is_some_and(|verdict| !is_bad(verdict))
    }
}

/// Sends a request, and takes in how the endpoint did.
pub(crate) async fn attempt<K, S, C, B, R>(
    state: Arc<State<K, S, C>>,
    chosen: Chosen<K, S>,
    request: Request<RequestBody<B>>,
    patience: Duration,
) -> Attempted<R, S::Error>
where
    K: Key,
    S: Service<Request<RequestBody<B>>, Response = Response<R>> + Clone,
    C: Classify<S::Error>,
    B: Body<Data = Bytes>,
    R: Body,
{
    let Chosen {
        endpoint,
        in_flight,
    } = chosen;
    let mut watch = Watch::new(&state, &endpoint);
    let mut service = endpoint.service();
    match ready(&mut service, patience).await {
        Some(Ok(())) => {}
        Some(Err(error)) => {
            // Once failed, a service may fail for ever (tower#456 among others).
            endpoint.remake((state.settings.make)(&endpoint.backend.key));
            state.tell(&endpoint, EventKind::Remade);
            watch.ended(Verdict::Unsent);
            // What the old one was like says nothing of the new one.
            state.warm_up(&endpoint);
            return Attempted::Failed(error, Verdict::Unsent);
        }
        None => {
            watch.ended(Verdict::Neutral);
            return Attempted::Busy;
        }
    }
    match service.call(request).await {
        Ok(response) => {
            let classify = &state.settings.classify;
            let verdict = classify.response(response.status(), response.headers());
            watch.ended(verdict);
            let response = response.map(|body| ResponseBody::new(body, in_flight));
            Attempted::Answered(response, verdict)
        }
        Err(error) => {
            let verdict = state.settings.classify.error(&error);
            watch.ended(verdict);
            Attempted::Failed(error, verdict)
        }
    }
}

/// Waits for a service; `None` if it takes too long. Makes no timer if it is ready.
async fn ready<S, T>(service: &mut S, patience: Duration) -> Option<Result<(), S::Error>>
where
    S: Service<T>,
{
    let at_once = poll_fn(|cx| Poll::Ready(service.poll_ready(cx))).await;
    if let Poll::Ready(ready) = at_once {
        return Some(ready);
    }
    if patience.is_zero() {
        return None;
    }
    let ready = poll_fn(|cx| service.poll_ready(cx));
    timeout(patience, ready).await.ok()
}

/// Sees to it that an endpoint is judged, also if the request goes away before.
struct Watch<'a, K: Key, S: Clone, C> {
    state: &'a State<K, S, C>,
    endpoint: &'a Endpoint<K, S>,
    started: Instant,
    is_over: bool,
}

impl<'a, K: Key, S: Clone, C> Watch<'a, K, S, C> {
    fn new(state: &'a State<K, S, C>, endpoint: &'a Shared<K, S>) -> Self {
        Self {
            state,
            endpoint,
            started: Instant::now(),
            is_over: false,
        }
    }

    fn ended(&mut self, verdict: Verdict) {
        self.is_over = true;
        let taken = nanos(self.started.elapsed());
        self.state.record(self.endpoint, verdict, taken);
    }
}

impl<K: Key, S: Clone, C> Drop for Watch<'_, K, S, C> {
    fn drop(&mut self) {
        if !self.is_over {
            // It took so long at least, and nothing else is known.
            self.ended(Verdict::Neutral);
        }
    }
}
