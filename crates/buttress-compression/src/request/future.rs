use super::{fault::FaultCell, rejection::Rejection, response_body::DecompressionResponseBody};
use http::{Response, Version};
use pin_project_lite::pin_project;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

pin_project! {
    /// The response future of [`RequestDecompression`](super::RequestDecompression).
    #[derive(Debug)]
    pub struct RequestDecompressionFuture<F> {
        #[pin]
        state: State<F>,
        version: Version,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = StateProject]
    enum State<F> {
        PassThrough { #[pin] inner: F },
        Decoding { #[pin] inner: F, fault: FaultCell },
        Rejected { rejection: Rejection },
    }
}

impl<F> RequestDecompressionFuture<F> {
    pub(super) fn pass_through(inner: F) -> Self {
        Self {
            state: State::PassThrough { inner },
            version: Version::default(),
        }
    }

    pub(super) fn decoding(inner: F, fault: FaultCell, version: Version) -> Self {
        Self {
            state: State::Decoding { inner, fault },
            version,
        }
    }

    pub(super) fn rejected(rejection: Rejection, version: Version) -> Self {
        Self {
            state: State::Rejected { rejection },
            version,
        }
    }
}

impl<F, B, E> Future for RequestDecompressionFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<DecompressionResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (result, rejection) = match this.state.project() {
            StateProject::PassThrough { inner } => (ready!(inner.poll(cx)), None),
            StateProject::Decoding { inner, fault } => {
                let result = ready!(inner.poll(cx));
                (result, fault.rejection())
            }
            StateProject::Rejected { rejection } => {
                return Poll::Ready(Ok(rejection.into_response(*this.version)));
            }
        };
        Poll::Ready(match rejection {
            // An error too gives way: the service failed on a body that the
            // client broke, and the client should hear that.
            Some(rejection) => Ok(rejection.into_response(*this.version)),
            None => result.map(|response| response.map(DecompressionResponseBody::inner)),
        })
    }
}
