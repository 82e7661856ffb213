use crate::{
    AccessLog, Format, Handle, Json, Record, RequestHead, Value, Writer,
    chosen::{Fields, Headers},
    clock::Clock,
    control::Control,
    level,
    redact::Parameters,
    route::RouteFn,
};
use http::{Extensions, HeaderName};
use std::{
    fmt,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use tower_layer::Layer;
use tracing::Level;

type LevelFn = dyn Fn(&Record<'_>) -> Level + Send + Sync;
type RecordFn = dyn Fn(&Record<'_>) + Send + Sync;
type ClientFn = dyn Fn(&RequestHead<'_>) -> Option<IpAddr> + Send + Sync;
type SkipFn = dyn Fn(&RequestHead<'_>) -> bool + Send + Sync;

/// Writes one line for each request, when its response has ended.
///
/// See the [crate docs](crate).
#[derive(Clone, Debug)]
#[must_use]
pub struct AccessLogLayer {
    config: Arc<Config>,
    enabled: bool,
}

/// The settings, and what requests share.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) writer: Writer,
    pub(crate) format: Arc<dyn Format>,
    pub(crate) control: Arc<Control>,
    pub(crate) clock: Clock,
    pub(crate) trust_ids: bool,
    pub(crate) send_id: bool,
    pub(crate) span: bool,
    pub(crate) skip: Option<Arc<SkipFn>>,
    pub(crate) route: Option<Arc<RouteFn>>,
    pub(crate) client: Option<Arc<ClientFn>>,
    pub(crate) level: Arc<LevelFn>,
    pub(crate) on_record: Vec<Arc<RecordFn>>,
    pub(crate) parameters: Parameters,
    pub(crate) headers: Headers,
    pub(crate) response_headers: Headers,
    pub(crate) request_fields: Fields,
    pub(crate) response_fields: Fields,
}

/// What is in a line.
impl AccessLogLayer {
    /// Lines as [`Json`], of all requests.
    pub fn new(writer: Writer) -> Self {
        let config = Config {
            writer,
            format: Arc::new(Json),
            control: Arc::default(),
            clock: Clock::System,
            trust_ids: true,
            send_id: true,
            span: true,
            skip: None,
            route: None,
            client: None,
            level: Arc::new(level::by_default),
            on_record: Vec::new(),
            parameters: Parameters::default(),
            headers: Headers::default(),
            response_headers: Headers::default(),
            request_fields: Fields::default(),
            response_fields: Fields::default(),
        };
        Self {
            config: Arc::new(config),
            enabled: true,
        }
    }

    /// How a line looks. [`Json`] by default.
    pub fn format(self, format: impl Format) -> Self {
        self.with(|config| config.format = Arc::new(format))
    }

    /// Adds a header of the request. Of several lines the first is shown.
    ///
    /// `Authorization`, `Proxy-Authorization`, `Cookie` and `Set-Cookie` are never
    /// shown, also when they are asked for.
    pub fn header(self, name: HeaderName) -> Self {
        self.with(|config| config.headers.add(name))
    }

    /// As [`header`](Self::header), of the response.
    pub fn response_header(self, name: HeaderName) -> Self {
        self.with(|config| config.response_headers.add(name))
    }

    /// Adds a field of the app's own, found among the extensions of the request as they
    /// are when it comes.
    pub fn field(
        self,
        name: &'static str,
        find: impl Fn(&Extensions) -> Option<Value> + Send + Sync + 'static,
    ) -> Self {
        self.with(|config| config.request_fields.add(name, find))
    }

    /// As [`field`](Self::field), among the extensions of the response: for what only
    /// the handler knows.
    pub fn response_field(
        self,
        name: &'static str,
        find: impl Fn(&Extensions) -> Option<Value> + Send + Sync + 'static,
    ) -> Self {
        self.with(|config| config.response_fields.add(name, find))
    }

    /// Leaves out the values of a query parameter, beside those of `access_token`,
    /// `api_key`, `apikey`, `AWSAccessKeyId`, `password`, `secret`, `sig`, `signature`,
    /// `token`, `X-Amz-Signature` and `X-Goog-Signature`. Names are compared decoded and
    /// without regard to case.
    pub fn redact(self, parameter: &str) -> Self {
        self.with(|config| config.parameters.add(parameter))
    }

    /// Where the route of a request is found. With the feature `axum` it is its
    /// `MatchedPath` by default, which is there inside of `Router::layer`; otherwise
    /// there is none.
    pub fn route<F>(self, route: F) -> Self
    where
        F: Fn(&Extensions) -> Option<&str> + Send + Sync + 'static,
    {
        self.with(|config| config.route = Some(Arc::new(route)))
    }

    /// Where the address of the client is found, behind a proxy that is trusted.
    /// Without, or if it finds none, it is the connection's.
    pub fn client<F>(self, client: F) -> Self
    where
        F: Fn(&RequestHead<'_>) -> Option<IpAddr> + Send + Sync + 'static,
    {
        self.with(|config| config.client = Some(Arc::new(client)))
    }
}

/// Which lines are written.
impl AccessLogLayer {
    /// Leaves out requests altogether, such as those of probes.
    ///
    /// They still get an id. Said again, it replaces what was said before.
    pub fn skip<F>(self, skip: F) -> Self
    where
        F: Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static,
    {
        self.with(|config| config.skip = Some(Arc::new(skip)))
    }

    /// How much a record matters. By default failures of the server are `ERROR`, those
    /// of the client and what is slow `WARN`, all else `INFO`.
    pub fn level<F>(self, level: F) -> Self
    where
        F: Fn(&Record<'_>) -> Level + Send + Sync + 'static,
    {
        self.with(|config| config.level = Arc::new(level))
    }

    /// Writes lines of this level and of those that matter more. `INFO` by default.
    pub fn max_level(self, level: Level) -> Self {
        self.handle().set_level(level);
        self
    }

    /// Writes one of so many lines. Those of level `WARN` and `ERROR`, and so errors and
    /// slow requests, are always written.
    pub fn sample(self, one_in: u32) -> Self {
        self.handle().set_sample(one_in);
        self
    }

    /// From which total time on a request is slow. By default none is.
    pub fn slow(self, threshold: Duration) -> Self {
        self.handle().set_slow(threshold);
        self
    }

    /// Changes the three choices above while the app runs.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.config.control))
    }
}

/// What else it does.
impl AccessLogLayer {
    /// Whether ids that come with a request are taken for its own: `x-request-id`, if it
    /// is visible ASCII of 128 bytes at most, and a valid `traceparent`. On by default,
    /// for a proxy may have set them; off, both are replaced.
    ///
    /// Where there is no request id the layer makes one. It writes what it settled into
    /// the request, for those further in.
    pub fn trust_ids(self, trust: bool) -> Self {
        self.with(|config| config.trust_ids = trust)
    }

    /// Whether the response tells the request's id in `x-request-id`. On by default.
    pub fn send_id(self, send: bool) -> Self {
        self.with(|config| config.send_id = send)
    }

    /// Whether a `tracing` span around the service carries `request_id`, `method` and
    /// `route` into the app's own log. On by default; without a subscriber that wants it
    /// there is none.
    pub fn span(self, span: bool) -> Self {
        self.with(|config| config.span = span)
    }

    /// Called for each record that is not skipped, of any level, sampled or not: for
    /// counters and histograms. It should not wait.
    pub fn on_record(self, on_record: impl Fn(&Record<'_>) + Send + Sync + 'static) -> Self {
        self.with(|config| config.on_record.push(Arc::new(on_record)))
    }

    /// Counts each record for the `metrics` facade. See [`crate::metrics`].
    #[cfg(feature = "metrics")]
    #[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
    pub fn metrics(self) -> Self {
        self.on_record(crate::metrics::record)
    }

    /// Another clock than the system's, for tests.
    pub fn clock(self, now: impl Fn() -> (SystemTime, Instant) + Send + Sync + 'static) -> Self {
        self.with(|config| config.clock = Clock::Given(Arc::new(now)))
    }

    /// Off, the layer passes everything through: there are neither lines nor ids.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    fn with(mut self, set: impl FnOnce(&mut Config)) -> Self {
        set(Arc::make_mut(&mut self.config));
        self
    }
}

impl<S> Layer<S> for AccessLogLayer {
    type Service = AccessLog<S>;

    fn layer(&self, inner: S) -> AccessLog<S> {
        AccessLog::new(inner, self.enabled.then(|| Arc::clone(&self.config)))
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("writer", &self.writer)
            .field("control", &self.control)
            .field("headers", &self.headers)
            .field("response_headers", &self.response_headers)
            .finish_non_exhaustive()
    }
}
