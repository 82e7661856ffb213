use crate::{
    Adaptive, Compression, Encoding, EtagPolicy, Flush, Level, Negotiator, Predicate, Stats,
    encoder::EncoderPool,
    is_compressible,
    once::Once,
    padding::Paddings,
    stats::{Counters, Encoded},
};
use http::response::Parts;
use std::{fmt, sync::Arc, time::Instant};
use tower_layer::Layer;

/// Compresses responses. See the [crate docs](crate).
///
/// The encoders and counters behind a layer are shared by its clones and by all
/// services made from them. What a setter changes is the layer's own.
///
/// ```
/// use buttress_compression::{CompressionLayer, Encoding, Level};
///
/// let layer = CompressionLayer::new()
///     .encodings([Encoding::Br, Encoding::Gzip])
///     .level(Encoding::Br, Level::Exact(4))
///     .min_size(2048);
/// # let _ = layer;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct CompressionLayer {
    config: Arc<Config>,
}

/// The settings and what requests share.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) enabled: bool,
    pub(crate) negotiator: Negotiator,
    pub(crate) not_acceptable: bool,
    pub(crate) min_size: u64,
    pub(crate) predicate: Arc<dyn Predicate>,
    pub(crate) etag: EtagPolicy,
    pub(crate) flush: Flush,
    pub(crate) levels: [Level; Encoding::COUNT],
    pub(crate) adaptive: Option<Adaptive>,
    pub(crate) padding: Option<Paddings>,
    pub(crate) once: Option<Arc<Once>>,
    pub(crate) pool: Arc<EncoderPool>,
    pub(crate) counters: Arc<Counters>,
}

impl Default for CompressionLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl CompressionLayer {
    /// The defaults: every coding that is compiled in, zstd before br before
    /// gzip before deflate; bodies from 1024 bytes on, of the types that
    /// [`is_compressible`] lists; strong entity tags weakened.
    pub fn new() -> Self {
        Self {
            config: Arc::new(Config {
                enabled: true,
                negotiator: Negotiator::default(),
                not_acceptable: false,
                min_size: 1024,
                predicate: Arc::new(|head: &Parts| is_compressible(&head.headers)),
                etag: EtagPolicy::default(),
                flush: Flush::default(),
                levels: [Level::default(); Encoding::COUNT],
                adaptive: None,
                padding: None,
                once: None,
                pool: Arc::new(EncoderPool::new(default_idle_encoders())),
                counters: Arc::default(),
            }),
        }
    }

    /// Off, the layer passes everything through and keeps its type, for settings
    /// that are read at start (an `Option` of a layer that changes the body does
    /// not compile in axum).
    pub fn enabled(self, enabled: bool) -> Self {
        self.with(|config| config.enabled = enabled)
    }

    /// The codings on offer, the preferred first where a client likes several
    /// equally; see [`Negotiator::new`].
    pub fn encodings(self, encodings: impl IntoIterator<Item = Encoding>) -> Self {
        self.with(|config| config.negotiator = config.negotiator.offering(encodings))
    }

    /// How the coding is chosen: for a negotiator that is shared with a cache,
    /// or that [enforces](Negotiator::enforce) a coding.
    pub fn negotiator(self, negotiator: Negotiator) -> Self {
        self.with(|config| config.negotiator = negotiator)
    }

    /// Whether a request that refuses identity, and every coding on offer, is
    /// answered with 406 (RFC 9110 §15.5.7). Off by default: it then gets the
    /// response as it is, as RFC 9110 §12.5.3 allows.
    ///
    /// Where the request refuses every coding there is, the inner service is
    /// not called. Otherwise it is, and only a 200 to 203 without a
    /// `Content-Encoding` is replaced: errors go out as they are.
    pub fn not_acceptable(self, answer: bool) -> Self {
        self.with(|config| config.not_acceptable = answer)
    }

    /// Bodies smaller than this many bytes go out as they are, 1024 by default.
    #[doc(alias = "threshold")]
    pub fn min_size(self, bytes: u64) -> Self {
        self.with(|config| config.min_size = bytes)
    }

    /// What is worth compressing, in place of [`is_compressible`].
    #[doc(alias = "compress_when")]
    #[doc(alias = "filter")]
    pub fn predicate(self, predicate: impl Predicate + 'static) -> Self {
        self.with(|config| config.predicate = Arc::new(predicate))
    }

    /// What becomes of a strong `ETag`: weakened by default.
    pub fn etag(self, policy: EtagPolicy) -> Self {
        self.with(|config| config.etag = policy)
    }

    /// When streamed output is handed on.
    pub fn flush(self, flush: Flush) -> Self {
        self.with(|config| config.flush = flush)
    }

    /// How hard a coding works, [`Level::Balanced`] by default.
    #[doc(alias = "quality")]
    pub fn level(self, encoding: Encoding, level: Level) -> Self {
        self.with(|config| config.levels[encoding.index()] = level)
    }

    /// Drops to [`Level::Fast`] while the process is busy.
    pub fn adaptive(self, adaptive: Adaptive) -> Self {
        self.with(|config| config.adaptive = Some(adaptive))
    }

    /// Adds 0 to `max` random bytes to each encoded response, and the 1 (gzip)
    /// or 8 (zstd) that frame them, against attacks that read secrets from its
    /// length (BREACH).
    ///
    /// Random padding makes such an attack slower by about the square of
    /// `max`; only not compressing secrets beside what the client sent
    /// ([`CompressionHint::skip`](crate::CompressionHint::skip)) ends it. Only
    /// gzip (a comment in the header) and zstd (a skippable frame) have room
    /// for padding: the other codings are no longer on offer, and where neither
    /// is, responses go out as they are.
    pub fn padding(self, max: u16) -> Self {
        self.with(|config| config.padding = Some(Paddings::new(max)))
    }

    /// Keeps the encoded forms of bodies that are sent again, in up to this
    /// many bytes, counting both forms and 256 bytes for each entry.
    ///
    /// Kept are complete bodies of up to half the capacity whose response has a strong
    /// `ETag` or a [`CompressionHint::once`](crate::CompressionHint::once). A kept
    /// form is used after a comparison with the body that it was made from, so a
    /// tag that two bodies share does no harm. A body under a hint is kept as the
    /// `Bytes` that it is: let it not be a slice of something larger.
    #[cfg(feature = "compress-once")]
    #[cfg_attr(docsrs, doc(cfg(feature = "compress-once")))]
    pub fn compress_once(self, capacity: u64) -> Self {
        self.with(|config| config.once = Some(Arc::new(Once::new(capacity))))
    }

    /// How many idle encoders are kept at most, of each of two kinds: for
    /// complete and for streamed bodies. By default twice as many as there are
    /// cores, and at least 4. An encoder takes 0.2 to 6 MiB.
    pub fn idle_encoders(self, max: usize) -> Self {
        self.with(|config| config.pool = Arc::new(EncoderPool::new(max)))
    }

    /// How the layer chooses a coding, for those who must agree with it.
    #[must_use]
    pub fn to_negotiator(&self) -> Negotiator {
        self.config.negotiator
    }

    /// What this layer and its clones have done so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.config.counters.snapshot()
    }

    fn with(mut self, change: impl FnOnce(&mut Config)) -> Self {
        let config = Arc::make_mut(&mut self.config);
        change(config);
        // Here, so that it holds in whatever order the setters are called.
        if config.padding.is_some() {
            config.negotiator = config.negotiator.only(&Paddings::ENCODINGS);
        }
        self
    }
}

impl<S> Layer<S> for CompressionLayer {
    type Service = Compression<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Compression::new(inner, self.config.clone())
    }
}

impl Config {
    /// Whether any answer may depend on what a request accepts.
    pub(crate) fn has_work(&self) -> bool {
        self.enabled && (self.not_acceptable || self.negotiator.offered().next().is_some())
    }

    pub(crate) fn report(&self, response: &Encoded) {
        self.counters.encoded(response);
        if let Some(adaptive) = &self.adaptive {
            adaptive.spent(response.busy, Instant::now());
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("enabled", &self.enabled)
            .field("negotiator", &self.negotiator)
            .field("min_size", &self.min_size)
            .field("etag", &self.etag)
            .field("flush", &self.flush)
            .field("levels", &self.levels)
            .finish_non_exhaustive()
    }
}

fn default_idle_encoders() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (2 * cores).max(4)
}
