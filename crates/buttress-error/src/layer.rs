use crate::{
    ErrorService, Failure, Page, PanicBudget, Problem, Rendered, Report, guard, map::Mappings,
    reporter::Reporter, route::RouteFn,
};
use http::{Extensions, StatusCode};
use std::{error::Error as StdError, fmt, sync::Arc};
use tower_layer::Layer;

/// Answers panics and errors. See the [crate docs](crate).
///
/// ```
/// use buttress_error::ErrorLayer;
/// use http::StatusCode;
///
/// let layer = ErrorLayer::builder()
///     .map::<std::num::ParseIntError>(StatusCode::BAD_REQUEST)
///     .rewrite("text/plain")
///     .verbose(cfg!(debug_assertions));
/// # let _ = layer;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ErrorLayer {
    config: Arc<Config>,
}

type Handler = Arc<dyn Fn(&Failure<'_>) -> Option<Problem> + Send + Sync>;
type Renderer = Arc<dyn Fn(&Page<'_>) -> Option<Rendered> + Send + Sync>;

/// The settings, and what requests share.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) enabled: bool,
    pub(crate) verbose: bool,
    pub(crate) peek: bool,
    pub(crate) trust_request_id: bool,
    pub(crate) route: Option<Arc<RouteFn>>,
    pub(crate) mappings: Mappings,
    pub(crate) handlers: Vec<Handler>,
    pub(crate) renderer: Option<Renderer>,
    /// Media types without parameters, in lower case.
    pub(crate) rewrite: Vec<Box<str>>,
    pub(crate) reporter: Reporter,
}

impl Default for ErrorLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl ErrorLayer {
    /// The defaults: production, the ready mappings, a look at the first frame.
    pub fn new() -> Self {
        guard::warn_if_panics_abort();
        Self {
            config: Arc::new(Config {
                enabled: true,
                verbose: false,
                peek: true,
                trust_request_id: true,
                route: None,
                mappings: Mappings::default(),
                handlers: Vec::new(),
                renderer: None,
                rewrite: Vec::new(),
                reporter: Reporter::default(),
            }),
        }
    }

    /// The same as [`new`](Self::new): the setters are the layer's own, and
    /// there is nothing to build at the end.
    pub fn builder() -> Self {
        Self::new()
    }

    /// Off, the layer guards, reports and changes nothing, and keeps its type. As
    /// that type has no error, an error of the inner service still has to become
    /// a response: a bare 500.
    pub fn enabled(self, enabled: bool) -> Self {
        self.with(|config| config.enabled = enabled)
    }

    /// Whether responses show what is private: message, sources, place and
    /// backtrace. Off by default, for production. Nothing but this decides: the
    /// layer does not read the environment, and does not look at how it was
    /// built.
    pub fn verbose(self, verbose: bool) -> Self {
        self.with(|config| config.verbose = verbose)
    }

    /// Whether the body is polled once, without waiting, before the head goes
    /// out, so that a panic or an error in its first frame is answered by a 500.
    /// On by default; off, such a response is cut after its head.
    pub fn peek(self, peek: bool) -> Self {
        self.with(|config| config.peek = peek)
    }

    /// Whether the `x-request-id` of a request is taken for its id, if it is
    /// visible ASCII of 128 bytes at most. On by default, for a layer further
    /// out, or a proxy, may have set it; off, every request gets a new one.
    ///
    /// Where there is none the layer makes one, and writes it into the request.
    pub fn trust_request_id(self, trust: bool) -> Self {
        self.with(|config| config.trust_request_id = trust)
    }

    /// Where the route of a request is found, for reports. With the feature
    /// `axum` it is its `MatchedPath` by default, which is there inside of
    /// `Router::layer`; otherwise there is none.
    pub fn route<F>(self, route: F) -> Self
    where
        F: Fn(&Extensions) -> Option<&str> + Send + Sync + 'static,
    {
        self.with(|config| config.route = Some(Arc::new(route)))
    }

    /// Errors of this type, or that have one among their sources, are answered
    /// with `status`. An [`Error`](crate::Error) whose status was set keeps it.
    ///
    /// The first mapping that fits the outermost error wins. All of them go
    /// before the ready ones: of the `Elapsed` of tower and of tokio (504), of
    /// tower's `Overloaded` (503 with `Retry-After`) and `Closed` (503), of
    /// `LengthLimitError` (413), and of hyper's errors, as far as the features know
    /// them. What none knows is a 500.
    ///
    /// hyper's errors do not say whose body could not be read. One that nothing
    /// wraps, but `Error`, axum's or an `io::Error`, is taken for that of the
    /// request: 400, or 408 after a timeout. An app that reads the answers of
    /// others by hyper's own types wraps their errors in one of its own, as HTTP
    /// clients do.
    pub fn map<E: StdError + 'static>(self, status: StatusCode) -> Self {
        self.map_with(move |_: &E| Problem::new(status))
    }

    /// As [`map`](Self::map), with a whole problem.
    pub fn map_with<E, F>(self, map: F) -> Self
    where
        E: StdError + 'static,
        F: Fn(&E) -> Problem + Send + Sync + 'static,
    {
        self.with(|config| config.mappings.add(map))
    }

    /// Adds an error handler. They are asked in the order in which they were
    /// added, and the first that answers wins, as with Express. What it answers
    /// is public as it is, also with a 5xx.
    ///
    /// ```
    /// use buttress_error::{ErrorLayer, Kind, Problem};
    ///
    /// let layer = ErrorLayer::new().handler(|failure| {
    ///     let problem = Problem::new(failure.status());
    ///     (failure.kind() == Kind::Panic).then(|| problem.detail("We have been told."))
    /// });
    /// # let _ = layer;
    /// ```
    pub fn handler<F>(self, handler: F) -> Self
    where
        F: Fn(&Failure<'_>) -> Option<Problem> + Send + Sync + 'static,
    {
        self.with(|config| config.handlers.push(Arc::new(handler)))
    }

    /// Writes errors in a form of the app's own. Where it answers `None`, they
    /// are written as ever. gRPC clients have theirs, whatever is set here.
    pub fn renderer<F>(self, renderer: F) -> Self
    where
        F: Fn(&Page<'_>) -> Option<Rendered> + Send + Sync + 'static,
    {
        self.with(|config| config.renderer = Some(Arc::new(renderer)))
    }

    /// Responses with an error status and a body of this media type are written
    /// anew, such as axum's rejections, which are `text/plain`. Without this, a
    /// body that an inner layer has written is left alone.
    ///
    /// The text of a 4xx becomes the detail, if it is there at once and no
    /// longer than 1 KiB; that of a 5xx is dropped.
    pub fn rewrite(self, media_type: &str) -> Self {
        let media_type = media_type.to_ascii_lowercase().into();
        self.with(|config| config.rewrite.push(media_type))
    }

    /// What to do with each report besides the event: send it to a service that
    /// collects them, say. See the [crate docs](crate#reports) for which there
    /// are. It must not block; with a backtrace it runs on a thread of this
    /// crate's.
    pub fn on_report(self, on_report: impl Fn(&Report) + Send + Sync + 'static) -> Self {
        self.with(|config| config.reporter.on_report = Some(Arc::new(on_report)))
    }

    /// How many panics are too many.
    pub fn panic_budget(self, budget: PanicBudget) -> Self {
        self.with(|config| config.reporter.budget = Some(budget))
    }

    fn with(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(Arc::make_mut(&mut self.config));
        self
    }
}

impl<S> Layer<S> for ErrorLayer {
    type Service = ErrorService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ErrorService::new(inner, Arc::clone(&self.config))
    }
}

impl Config {
    /// Where reports go, unless the layer is switched off.
    pub(crate) fn active_reporter(&self) -> Option<&Reporter> {
        self.enabled.then_some(&self.reporter)
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("enabled", &self.enabled)
            .field("verbose", &self.verbose)
            .field("peek", &self.peek)
            .field("trust_request_id", &self.trust_request_id)
            .field("rewrite", &self.rewrite)
            .field("reporter", &self.reporter)
            .finish_non_exhaustive()
    }
}
