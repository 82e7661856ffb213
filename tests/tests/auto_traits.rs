//! Layers can be shared, and what they make is as free as what is inside.

use buttress_compression::{
    Compression, CompressionLayer, DecompressionResponseBody, RequestBody, RequestDecompression,
    RequestDecompressionFuture, RequestDecompressionLayer, ResponseBody, ResponseFuture,
};
use buttress_drain::{Drain, DrainLayer, Drained};
use buttress_env::{EnvLayer, Loaded, Watched, WithConfig};
use buttress_error::{
    BoxError, CatchPanic, CatchPanicBody, CatchPanicFuture, CatchPanicLayer, ErrorLayer,
    ErrorService,
};
use buttress_log::{AccessLog, AccessLogLayer};
use buttress_session::{MemoryStore, Session, SessionLayer, SessionService};
use buttress_sync_io::{SyncIo, SyncIoLayer};
use buttress_testing::{ScriptedBody, body::Awkward};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::{cell::Cell, collections::VecDeque, convert::Infallible, fmt::Debug, rc::Rc};
use tower::Service;

/// `Send` and not `Sync`, as many futures and bodies are.
type SendOnly = Cell<u8>;
/// `Send` and neither `Sync` nor `Unpin`.
type AwkwardBody = Awkward<ScriptedBody>;
/// `Send` and `Sync`, and nothing else.
struct Config;

type DrainBody<B> = buttress_drain::ResponseBody<B>;
type DrainFuture<F> = buttress_drain::ResponseFuture<F>;
type ErrorBody<B> = buttress_error::ResponseBody<B>;
type ErrorFuture<F> = buttress_error::ResponseFuture<F>;
type SessionBody<B> = buttress_session::ResponseBody<B>;
type SessionFuture<F> = buttress_session::ResponseFuture<F, ()>;
type SyncIoBody<B> = buttress_sync_io::ResponseBody<B>;
type SyncIoFuture<F> = buttress_sync_io::ResponseFuture<F>;

assert_impl_all!(CompressionLayer: Clone, Debug, Default, Send, Sync);
assert_impl_all!(RequestDecompressionLayer: Clone, Debug, Default, Send, Sync);
assert_impl_all!(EnvLayer<Config>: Clone, Debug, Send, Sync);
assert_impl_all!(DrainLayer: Clone, Debug, Send, Sync);
assert_impl_all!(CatchPanicLayer: Clone, Debug, Default, Send, Sync);
assert_impl_all!(ErrorLayer: Clone, Debug, Default, Send, Sync);
assert_impl_all!(AccessLogLayer: Clone, Debug, Send, Sync);
// The tag is nowhere kept.
assert_impl_all!(SessionLayer<Rc<()>>: Clone, Debug, Send, Sync);
assert_impl_all!(SyncIoLayer: Clone, Debug, Send, Sync);

// What their users keep of them.
assert_impl_all!(Loaded<Config>: Clone, Send, Sync);
assert_impl_all!(Watched<Config>: Clone, Send, Sync);
assert_impl_all!(Drain: Clone, Debug, Default, Send, Sync);

assert_impl_all!(Compression<()>: Clone, Debug, Send, Sync);
assert_impl_all!(RequestDecompression<()>: Clone, Debug, Send, Sync);
assert_impl_all!(WithConfig<(), Config>: Clone, Debug, Send, Sync);
assert_impl_all!(Drained<()>: Clone, Debug, Send, Sync);
assert_impl_all!(AccessLog<()>: Clone, Debug, Send, Sync);
assert_impl_all!(Session<Rc<()>>: Clone, Debug, Send, Sync);
assert_impl_all!(MemoryStore: Clone, Debug, Default, Send, Sync);
assert_impl_all!(SessionService<(), Rc<()>>: Clone, Debug, Send, Sync);
assert_impl_all!(SyncIo<()>: Clone, Debug, Send, Sync);
assert_impl_all!(CatchPanic<()>: Clone, Debug, Send, Sync);
assert_impl_all!(ErrorService<()>: Clone, Debug, Send, Sync);
assert_impl_all!(Compression<SendOnly>: Send);
assert_impl_all!(RequestDecompression<SendOnly>: Send);
assert_impl_all!(WithConfig<SendOnly, Config>: Send);
assert_impl_all!(Drained<SendOnly>: Send);
assert_impl_all!(CatchPanic<SendOnly>: Send);
assert_impl_all!(ErrorService<SendOnly>: Send);
assert_impl_all!(SessionService<SendOnly>: Send);
assert_impl_all!(SyncIo<SendOnly>: Send);

assert_impl_all!(ResponseFuture<SendOnly>: Send);
assert_impl_all!(RequestDecompressionFuture<SendOnly>: Send);
assert_impl_all!(DrainFuture<SendOnly>: Send);
assert_impl_all!(CatchPanicFuture<SendOnly>: Send);
assert_impl_all!(ErrorFuture<SendOnly>: Send);
assert_impl_all!(SessionFuture<SendOnly>: Send);
assert_impl_all!(SyncIoFuture<SendOnly>: Send);

assert_impl_all!(ResponseBody<AwkwardBody>: Send);
assert_impl_all!(RequestBody<AwkwardBody>: Send);
assert_impl_all!(DecompressionResponseBody<AwkwardBody>: Send);
assert_impl_all!(DrainBody<AwkwardBody>: Send);
assert_impl_all!(CatchPanicBody<AwkwardBody>: Send);
assert_impl_all!(ErrorBody<AwkwardBody>: Send);
assert_impl_all!(SessionBody<AwkwardBody>: Send);
assert_impl_all!(SyncIoBody<AwkwardBody>: Send);

// http-body-util's `BoxBody` asks for `Sync`: what is inside decides.
// tower-http's `TimeoutLayer` asks for `Default`.
assert_impl_all!(ResponseBody<Full<Bytes>>: Send, Sync, Default);
assert_impl_all!(RequestBody<Full<Bytes>>: Send, Sync);
assert_impl_all!(DecompressionResponseBody<Full<Bytes>>: Send, Sync, Default);
assert_impl_all!(DrainBody<Full<Bytes>>: Send, Sync);
assert_impl_all!(CatchPanicBody<Full<Bytes>>: Send, Sync);
assert_impl_all!(ErrorBody<Full<Bytes>>: Send, Sync);

// Who only looks on keeps the data and the error; who breaks bodies off needs an
// error of its own.
type Pieces = VecDeque<u8>;
assert_impl_all!(DrainBody<Full<Pieces>>: Body<Data = Pieces, Error = Infallible>);
assert_impl_all!(CatchPanicBody<AwkwardBody>: Body<Data = Bytes, Error = BoxError>);
assert_impl_all!(ErrorBody<AwkwardBody>: Body<Data = Bytes, Error = BoxError>);

// The assertions above can fail: what is inside decides.
assert_not_impl_any!(Compression<Rc<()>>: Send, Sync);
assert_not_impl_any!(ResponseFuture<Rc<()>>: Send);
assert_not_impl_any!(ResponseBody<Rc<()>>: Send);
assert_not_impl_any!(RequestBody<Rc<()>>: Send);
assert_not_impl_any!(EnvLayer<Rc<()>>: Send, Sync);
assert_not_impl_any!(WithConfig<Rc<()>, Config>: Send, Sync);
assert_not_impl_any!(Drained<Rc<()>>: Send, Sync);
assert_not_impl_any!(CatchPanic<Rc<()>>: Send, Sync);
assert_not_impl_any!(ErrorService<Rc<()>>: Send, Sync);
assert_not_impl_any!(DrainFuture<Rc<()>>: Send);
assert_not_impl_any!(CatchPanicFuture<Rc<()>>: Send);
assert_not_impl_any!(ErrorFuture<Rc<()>>: Send);
assert_not_impl_any!(DrainBody<Rc<()>>: Send);
assert_not_impl_any!(CatchPanicBody<Rc<()>>: Send);
assert_not_impl_any!(ErrorBody<Rc<()>>: Send);

/// An error that converts into nothing, and is no `std::error::Error`.
struct OwnError;
/// A request body that has no trait at all.
struct OwnBody;

fn is_service<S, ReqBody, ResBody, E>()
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>, Error = E>,
{
}

struct Inner<ResBody, E = OwnError>(ResBody, E);

impl<ReqBody, ResBody, E> Service<Request<ReqBody>> for Inner<ResBody, E> {
    type Response = Response<ResBody>;
    type Error = E;
    type Future = std::future::Pending<Result<Self::Response, E>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), E>> {
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
    is_service::<Compression<Inner<AwkwardBody>>, OwnBody, ResponseBody<AwkwardBody>, OwnError>();
    is_service::<
        RequestDecompression<Inner<AwkwardBody>>,
        AwkwardBody,
        DecompressionResponseBody<AwkwardBody>,
        OwnError,
    >();
    is_service::<WithConfig<Inner<OwnBody>, Config>, OwnBody, OwnBody, OwnError>();
    is_service::<Drained<Inner<AwkwardBody>>, OwnBody, DrainBody<AwkwardBody>, OwnError>();
    is_service::<CatchPanic<Inner<AwkwardBody>>, OwnBody, CatchPanicBody<AwkwardBody>, OwnError>();
}

/// The one layer that answers errors has none, and takes all that are errors.
#[test]
fn the_error_layer_leaves_no_error() {
    type Answering<E> = ErrorService<Inner<AwkwardBody, E>>;
    is_service::<Answering<BoxError>, OwnBody, ErrorBody<AwkwardBody>, Infallible>();
    is_service::<Answering<buttress_error::Error>, OwnBody, ErrorBody<AwkwardBody>, Infallible>();
    is_service::<Answering<std::io::Error>, OwnBody, ErrorBody<AwkwardBody>, Infallible>();
    is_service::<Answering<Infallible>, OwnBody, ErrorBody<AwkwardBody>, Infallible>();
}
