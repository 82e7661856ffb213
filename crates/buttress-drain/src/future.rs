use crate::{
    Drain, InFlight, ResponseBody,
    completion::{Asked, Completion},
};
use http::{
    HeaderValue, Response, StatusCode,
    header::{CONNECTION, UPGRADE},
};
use http_body::Body;
use pin_project_lite::pin_project;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

pin_project! {
    /// The future of [`Drained`](crate::Drained).
    #[derive(Debug)]
    pub struct ResponseFuture<F, G = InFlight> {
        #[pin]
        inner: F,
        flight: Option<Flight<G>>,
    }
}

#[derive(Debug)]
struct Flight<G> {
    asked: Asked,
    drain: Drain,
    guard: G,
}

impl<F, G> ResponseFuture<F, G> {
    pub(crate) fn new(inner: F, asked: Asked, drain: Drain, guard: G) -> Self {
        let flight = Some(Flight {
            asked,
            drain,
            guard,
        });
        Self { inner, flight }
    }

    pub(crate) fn untouched(inner: F) -> Self {
        Self {
            inner,
            flight: None,
        }
    }
}

impl<F, B, E, G> Future for ResponseFuture<F, G>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<ResponseBody<B, G>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answered = ready!(this.inner.poll(cx));
        // Taken here, so that after an error nothing counts as in flight.
        let flight = this.flight.take();
        Poll::Ready(answered.map(|response| match flight {
            Some(flight) => flight.respond(response),
            None => response.map(|body| ResponseBody::new(body, None)),
        }))
    }
}

impl<G> Flight<G> {
    fn respond<B: Body>(self, mut response: Response<B>) -> Response<ResponseBody<B, G>> {
        if self.asked.is_http1 && self.drain.phase().closes() && !is_tunnel(&self, &response) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        let (parts, body) = response.into_parts();
        let completion = Completion::begin(self.asked, parts.status, &parts.headers, &body);
        let flight = completion.map(|completion| (completion, self.guard));
        Response::from_parts(parts, ResponseBody::new(body, flight))
    }
}

/// Whether the connection becomes something else than HTTP/1.
fn is_tunnel<B, G>(flight: &Flight<G>, response: &Response<B>) -> bool {
    response.status() == StatusCode::SWITCHING_PROTOCOLS
        || (flight.asked.is_connect && response.status().is_success())
        // A 426 names protocols in `Upgrade`, and `Connection` must list it.
        || response.headers().contains_key(UPGRADE)
}
