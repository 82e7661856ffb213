use crate::{ResponseBody, ResponseFuture, config::Config, detector::Handle, label::Label};
use http::{Extensions, Request, Response};
use http_body::Body;
use std::task::{Context, Poll};
use tower_service::Service;

/// Guards the service inside, its futures and its bodies.
///
/// Made by [`SyncIoLayer`](crate::SyncIoLayer). See the [crate docs](crate).
#[derive(Clone, Debug)]
pub struct SyncIo<S> {
    inner: S,
    detector: Handle,
}

impl<S> SyncIo<S> {
    pub(crate) fn new(inner: S, detector: Handle) -> Self {
        Self { inner, detector }
    }

    /// The service inside.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The service inside.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// Takes the layer off again.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for SyncIo<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Body,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let subject = self.detector.subject(|config| {
            let route = route(config, request.extensions());
            Label::request(request.method(), route)
        });
        let inner = match subject {
            Some(subject) => subject.poll(|| self.inner.call(request)),
            None => self.inner.call(request),
        };
        ResponseFuture::new(inner, subject)
    }
}

fn route<'a>(config: &'a Config, extensions: &'a Extensions) -> Option<&'a str> {
    match &config.route {
        Some(route) => route(extensions),
        #[cfg(feature = "axum")]
        None => extensions
            .get::<axum::extract::MatchedPath>()
            .map(|path| path.as_str()),
        #[cfg(not(feature = "axum"))]
        None => None,
    }
}
