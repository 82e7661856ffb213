use crate::{
    Outcome, ResponseBody,
    body::Flight,
    completion::{Asked, Completion},
    exchange::Pending,
};
use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tracing::Span;

pin_project! {
    /// The future of [`AccessLog`](crate::AccessLog).
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        exchange: Option<(Asked, Pending)>,
        span: Span,
    }
}

impl<F> ResponseFuture<F> {
    pub(crate) fn new(inner: F, asked: Asked, pending: Pending, span: Span) -> Self {
        Self {
            inner,
            exchange: Some((asked, pending)),
            span,
        }
    }

    pub(crate) fn untouched(inner: F) -> Self {
        Self {
            inner,
            exchange: None,
            span: Span::none(),
        }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let polled = match this.exchange {
            Some((_, pending)) => pending.poll(|| {
                let _entered = this.span.enter();
                this.inner.poll(cx)
            }),
            None => this.inner.poll(cx),
        };
        let answered = ready!(polled);
        let Some((asked, mut pending)) = this.exchange.take() else {
            return Poll::Ready(answered.map(|response| response.map(ResponseBody::untouched)));
        };
        let span = std::mem::replace(this.span, Span::none());
        Poll::Ready(match answered {
            Ok(response) => Ok(respond(response, asked, pending, span)),
            Err(error) => {
                pending.end(Outcome::Error);
                Err(error)
            }
        })
    }
}

fn respond<B: Body>(
    mut response: Response<B>,
    asked: Asked,
    mut pending: Pending,
    span: Span,
) -> Response<ResponseBody<B>> {
    pending.answer(&mut response);
    let completion = Completion::begin(
        asked,
        response.status(),
        response.headers(),
        response.body(),
    );
    if completion.is_none() {
        pending.end(Outcome::Ok);
    }
    let flight = completion.map(|completion| Flight {
        completion,
        pending,
        span,
    });
    response.map(|body| ResponseBody::new(body, flight))
}
