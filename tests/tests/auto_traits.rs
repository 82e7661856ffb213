//! Layers can be shared, and what they make is as free as what is inside.

use buttress_compression::{
    Compression, CompressionLayer, DecompressionResponseBody, RequestBody, RequestDecompression,
    RequestDecompressionFuture, RequestDecompressionLayer, ResponseBody, ResponseFuture,
};
use buttress_testing::{ScriptedBody, body::Awkward};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::{cell::Cell, fmt::Debug, rc::Rc};
use tower::Service;

/// `Send` and not `Sync`, as many futures and bodies are.
type SendOnly = Cell<u8>;
/// `Send` and neither `Sync` nor `Unpin`.
type AwkwardBody = Awkward<ScriptedBody>;

assert_impl_all!(CompressionLayer: Clone, Debug, Default, Send, Sync);
assert_impl_all!(RequestDecompressionLayer: Clone, Debug, Default, Send, Sync);

assert_impl_all!(Compression<()>: Clone, Debug, Send, Sync);
assert_impl_all!(RequestDecompression<()>: Clone, Debug, Send, Sync);
assert_impl_all!(Compression<SendOnly>: Send);
assert_impl_all!(RequestDecompression<SendOnly>: Send);

assert_impl_all!(ResponseFuture<SendOnly>: Send);
assert_impl_all!(RequestDecompressionFuture<SendOnly>: Send);

assert_impl_all!(ResponseBody<AwkwardBody>: Send);
assert_impl_all!(RequestBody<AwkwardBody>: Send);
assert_impl_all!(DecompressionResponseBody<AwkwardBody>: Send);

// http-body-util's `BoxBody` asks for `Sync`: what is inside decides.
// tower-http's `TimeoutLayer` asks for `Default`.
assert_impl_all!(ResponseBody<Full<Bytes>>: Send, Sync, Default);
assert_impl_all!(RequestBody<Full<Bytes>>: Send, Sync);
assert_impl_all!(DecompressionResponseBody<Full<Bytes>>: Send, Sync, Default);

// The assertions above can fail: what is inside decides.
assert_not_impl_any!(Compression<Rc<()>>: Send, Sync);
assert_not_impl_any!(ResponseFuture<Rc<()>>: Send);
assert_not_impl_any!(ResponseBody<Rc<()>>: Send);
assert_not_impl_any!(RequestBody<Rc<()>>: Send);

/// An error that converts into nothing, and is no `std::error::Error`.
struct OwnError;
/// A request body that has no trait at all.
struct OwnBody;

fn is_service<S, ReqBody, ResBody>()
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>, Error = OwnError>,
{
}

struct Inner<ResBody>(ResBody);

impl<ReqBody, ResBody> Service<Request<ReqBody>> for Inner<ResBody> {
    type Response = Response<ResBody>;
    type Error = OwnError;
    type Future = std::future::Pending<Result<Self::Response, OwnError>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), OwnError>> {
        std::task::Poll::Pending
    }

    fn call(&mut self, _: Request<ReqBody>) -> Self::Future {
        std::future::pending()
    }
}

/// The error stays the service's, and so does the request's body where the
/// layer has no business with it; bodies need not be `Sync`, `Unpin` or
/// `Default`. That this compiles is the test.
#[test]
fn types_go_through_unchanged() {
    is_service::<Compression<Inner<AwkwardBody>>, OwnBody, ResponseBody<AwkwardBody>>();
    is_service::<
        RequestDecompression<Inner<AwkwardBody>>,
        AwkwardBody,
        DecompressionResponseBody<AwkwardBody>,
    >();
}
