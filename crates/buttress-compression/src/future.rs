use crate::{
    BoxError, Encoding, ResponseBody,
    etag::HeldForms,
    layer::Config,
    negotiate::{Identity, Negotiation},
    respond::{respond, respond_not_acceptable},
};
use bytes::Bytes;
use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

/// What is kept of the request until its response is there.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) negotiation: Negotiation,
    pub(crate) head: bool,
    pub(crate) held: HeldForms,
}

impl Asked {
    pub(crate) fn encoding(&self) -> Encoding {
        self.negotiation.encoding
    }

    pub(crate) fn identity_refused(&self) -> bool {
        self.negotiation.identity != Identity::Acceptable
    }
}

pin_project! {
    /// The future of [`Compression`](crate::Compression).
    ///
    /// When the inner service has answered, it reads as much of an eligible
    /// body as is there without waiting.
    pub struct ResponseFuture<F> {
        #[pin]
        kind: Kind<F>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<F> {
        Untouched { #[pin] inner: F },
        Negotiated { #[pin] inner: F, asked: Asked, config: Arc<Config> },
        NotAcceptable { config: Arc<Config> },
    }
}

impl<F> ResponseFuture<F> {
    pub(crate) fn new(inner: F, asked: Asked, config: Arc<Config>) -> Self {
        Self {
            kind: Kind::Negotiated {
                inner,
                asked,
                config,
            },
        }
    }

    pub(crate) fn untouched(inner: F) -> Self {
        Self {
            kind: Kind::Untouched { inner },
        }
    }

    pub(crate) fn not_acceptable(config: Arc<Config>) -> Self {
        Self {
            kind: Kind::NotAcceptable { config },
        }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match self.project().kind.project() {
            KindProj::Untouched { inner } => {
                ready!(inner.poll(cx)).map(|response| response.map(ResponseBody::identity))
            }
            KindProj::Negotiated {
                inner,
                asked,
                config,
            } => ready!(inner.poll(cx)).map(|response| respond(response, asked, config, cx)),
            KindProj::NotAcceptable { config } => Ok(respond_not_acceptable(config)),
        })
    }
}
