use crate::{body::ResponseBody, error::Error};
use http::Response;
use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// The future of a [`ReverseProxy`](crate::ReverseProxy)'s response. Dropped, it
/// ends the exchange with the upstream.
pub struct ResponseFuture(State);

type Exchange = Pin<Box<dyn Future<Output = Result<Response<ResponseBody>, Error>> + Send>>;

enum State {
    Refused(Option<Error>),
    /// One box for all that happens until the head is there.
    Sent(Exchange),
}

impl ResponseFuture {
    pub(crate) fn refused(error: Error) -> Self {
        Self(State::Refused(Some(error)))
    }

    pub(crate) fn sent(
        exchange: impl Future<Output = Result<Response<ResponseBody>, Error>> + Send + 'static,
    ) -> Self {
        Self(State::Sent(Box::pin(exchange)))
    }
}

impl Future for ResponseFuture {
    type Output = Result<Response<ResponseBody>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            State::Sent(exchange) => exchange.as_mut().poll(cx),
            State::Refused(error) => match error.take() {
                Some(error) => Poll::Ready(Err(error)),
                // Polled after its end.
                None => Poll::Pending,
            },
        }
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
