use http::{Request, Response, header::CONTENT_TYPE};
use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};
use tower_service::Service;

/// A service from an async function; see [`service_fn`].
#[derive(Clone, Copy, Debug)]
pub struct FnService<F>(F);

/// A service that calls `f`, and is always ready.
pub fn service_fn<F>(f: F) -> FnService<F> {
    FnService(f)
}

impl<F, Request, Future, Response, Error> Service<Request> for FnService<F>
where
    F: FnMut(Request) -> Future,
    Future: std::future::Future<Output = Result<Response, Error>>,
{
    type Response = Response;
    type Error = Error;
    type Future = Future;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Future {
        (self.0)(request)
    }
}

/// A service from a plain function; see [`respond`].
#[derive(Clone, Copy, Debug)]
pub struct Respond<F>(F);

/// Answers each request at once with what `f` makes of it.
pub fn respond<F>(f: F) -> Respond<F> {
    Respond(f)
}

impl<F, Request, ResBody> Service<Request> for Respond<F>
where
    F: FnMut(Request) -> Response<ResBody>,
{
    type Response = Response<ResBody>;
    type Error = Infallible;
    type Future = Ready<Result<Response<ResBody>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        ready(Ok((self.0)(request)))
    }
}

/// Answers with the body of the request and its `Content-Type`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Echo;

impl<B> Service<Request<B>> for Echo {
    type Response = Response<B>;
    type Error = Infallible;
    type Future = Ready<Result<Response<B>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let mut response = Response::new(body);
        if let Some(value) = parts.headers.remove(CONTENT_TYPE) {
            response.headers_mut().insert(CONTENT_TYPE, value);
        }
        ready(Ok(response))
    }
}
