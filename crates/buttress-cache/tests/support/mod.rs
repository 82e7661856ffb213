//! What the tests of the layer share: an origin under control, and a client.
#![allow(dead_code, reason = "each test file uses its part")]

use buttress_cache::{Cache, CacheLayer, Cached, MemoryStore, ResponseBody, StatusMode};
use buttress_testing::{
    ManualClock, ReadyChecked, ScriptedBody, collect,
    service::{Calls, Counted, service_fn},
};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, request::Builder};
use http_body_util::Full;
use std::{
    convert::Infallible,
    future::{Future, ready},
    pin::Pin,
};
use tower::{Layer, Service, ServiceExt};

/// The body of requests.
pub(crate) type ReqBody = Full<Bytes>;
/// What an origin is asked.
pub(crate) type Asked = Request<ReqBody>;
/// What it answers with.
pub(crate) type Reply = Response<ScriptedBody>;
type BoxedReply = Pin<Box<dyn Future<Output = Result<Reply, Infallible>> + Send>>;

/// A layer over a store of its own, which tells all in `Cache-Status`, with a
/// clock that stands still.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) layer: CacheLayer,
    pub(crate) clock: ManualClock,
}

impl Setup {
    pub(crate) fn new() -> Self {
        Self::over(CacheLayer::new(MemoryStore::new()))
    }

    pub(crate) fn over(layer: CacheLayer) -> Self {
        let clock = ManualClock::new();
        let layer = layer.status(StatusMode::Full).clock({
            let clock = clock.clone();
            move || clock.system_time()
        });
        Self { layer, clock }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(CacheLayer) -> CacheLayer) -> Self {
        self.layer = change(self.layer);
        self
    }

    /// The layer around an origin that answers at once.
    pub(crate) fn around<F>(&self, reply: F) -> App<impl Origin<Future: Send> + use<F>>
    where
        F: Fn(Asked) -> Reply + Clone + Send + 'static,
    {
        self.around_async(move |asked| ready(reply(asked)))
    }

    /// The layer around an origin that takes its time.
    pub(crate) fn around_async<F, T>(&self, reply: F) -> App<impl Origin<Future: Send> + use<F, T>>
    where
        F: Fn(Asked) -> T + Clone + Send + 'static,
        T: Future<Output = Reply> + Send + 'static,
    {
        let boxed = move |asked| -> BoxedReply {
            let reply = reply(asked);
            Box::pin(async move { Ok(reply.await) })
        };
        let counted = Counted::new(service_fn(boxed));
        let calls = counted.calls();
        App {
            service: self.layer.layer(ReadyChecked::new(counted).pauses(1)),
            calls,
            cache: self.layer.handle(),
            clock: self.clock.clone(),
        }
    }
}

/// An origin.
pub(crate) trait Origin:
    Service<Asked, Response = Reply, Error = Infallible> + Clone + Send + 'static
{
}

impl<S> Origin for S where
    S: Service<Asked, Response = Reply, Error = Infallible> + Clone + Send + 'static
{
}

/// A cached origin.
#[derive(Clone)]
pub(crate) struct App<S> {
    pub(crate) service: Cached<S>,
    pub(crate) calls: Calls,
    pub(crate) cache: Cache,
    pub(crate) clock: ManualClock,
}

impl<S> App<S>
where
    S: Origin,
    S::Future: Send,
{
    /// Sends a request, and gives the head with a body to read.
    pub(crate) async fn start(&self, request: Asked) -> Response<ResponseBody<ScriptedBody>> {
        let Ok(response) = self.service.clone().oneshot(request).await;
        response
    }

    /// Sends a request, and reads the whole response.
    pub(crate) async fn send(&self, request: Asked) -> Got {
        Got::read(self.start(request).await).await
    }

    /// Sends a GET, and reads the whole response.
    pub(crate) async fn get(&self, path: &str) -> Got {
        self.send(get(path).end()).await
    }
}

/// A whole response.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) trailers: Option<HeaderMap>,
}

impl Got {
    pub(crate) async fn read(response: Response<ResponseBody<ScriptedBody>>) -> Self {
        let (parts, body) = response.into_parts();
        let collected = collect(body).await;
        Self {
            status: parts.status,
            headers: parts.headers,
            body: collected.complete(),
            trailers: collected.trailers,
        }
    }

    /// A field that stands there at most once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        assert!(values.next().is_none(), "{name} stands there twice");
        Some(value.to_str().unwrap())
    }

    pub(crate) fn status_field(&self) -> &str {
        self.header("cache-status").unwrap()
    }

    pub(crate) fn is_hit(&self) -> bool {
        self.status_field().starts_with("buttress;hit")
    }
}

/// A GET of a path on `example.com`.
pub(crate) fn get(path: &str) -> Builder {
    Request::get(path).header("host", "example.com")
}

/// The end of a request's head.
pub(crate) trait End {
    fn end(self) -> Asked;
}

impl End for Builder {
    fn end(self) -> Asked {
        self.body(Full::new(Bytes::new())).unwrap()
    }
}

/// A response with these fields and this body.
pub(crate) fn reply<const N: usize>(fields: [(&str, &str); N], body: impl Into<Bytes>) -> Reply {
    let body: Bytes = body.into();
    let script = match body.is_empty() {
        true => ScriptedBody::new(),
        false => ScriptedBody::new().data(body),
    };
    let mut response = Response::builder();
    for (name, value) in fields {
        response = response.header(name, value);
    }
    response.body(script.exact_size().knows_its_end()).unwrap()
}

/// A response that is fresh for a minute.
pub(crate) fn fresh(body: impl Into<Bytes>) -> Reply {
    reply([("cache-control", "max-age=60")], body)
}

/// An origin whose answer tells how often it was asked.
pub(crate) fn counting<const N: usize>(
    fields: [(&'static str, &'static str); N],
) -> impl Fn(Asked) -> Reply + Clone + Send + 'static {
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    move |_| {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        reply(fields, number.to_string())
    }
}

/// Runs a future that needs no runtime.
pub(crate) fn without_runtime<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..1000 {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
    }
    panic!("it waits for something that does not come");
}
