use super::{accepted::Accepted, config::Config, service::RequestDecompression};
use crate::Encoding;
use tower_layer::Layer;

/// Decompresses the bodies of requests, so that what is inside reads them as
/// if they had come plain.
///
/// A request with `Content-Encoding: gzip` (or `x-gzip`), `deflate`, `br` or
/// `zstd`, or several of them one over the other, reaches the inner service
/// without that field, without `Content-Length` and digests of the encoded
/// bytes, and with a body of type [`RequestBody`](super::RequestBody) that
/// decodes while it is read. All other requests pass as they are, at the price
/// of a look at one field.
///
/// # Example
/// ```
/// use buttress_compression::{Encoding, RequestDecompressionLayer};
///
/// let layer = RequestDecompressionLayer::new()
///     .encodings([Encoding::Gzip, Encoding::Zstd])
///     .max_size(64 * 1024 * 1024);
/// # let _ = layer;
/// ```
///
/// A handler over plain hyper or tower names the type of its request:
///
/// ```
/// use buttress_compression::{RequestBody, RequestDecompressionError};
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::{BodyExt, Full};
/// use std::convert::Infallible;
///
/// async fn handler(request: Request<RequestBody<Full<Bytes>>>) -> Result<Response<String>, Infallible> {
///     match request.into_body().collect().await {
///         Ok(body) => Ok(Response::new(format!("{} bytes", body.to_bytes().len()))),
///         // The client hears 413 or 400, whatever is answered here.
///         Err(error) if error.is::<RequestDecompressionError>() => Ok(Response::default()),
///         Err(error) => panic!("the body underneath failed: {error}"),
///     }
/// }
/// # let _ = handler;
/// ```
///
/// # Layer order
/// Outside of everything that reads the body: extractors, limits on the length
/// of a plain body, signature checks that are made over the decoded bytes. A
/// check over the bytes as sent belongs outside of this layer, and so does what
/// gives its answers (415, 413 and 400, a line of plain text each) another form.
///
/// # Errors and limits
/// | what | default | beyond it |
/// |---|---|---|
/// | coding not enabled or unknown | all compiled | 415 with `Accept-Encoding`, before the inner service |
/// | [`max_codings`](Self::max_codings) | 2 | the same |
/// | [`max_size`](Self::max_size) | 8 MiB | error of the body, 413 |
/// | encoded bytes | [`max_size`](Self::max_size), an eighth of it, and 64 KiB | the same |
/// | [`max_ratio`](Self::max_ratio) | 250, after 64 KiB | error of the body, 413 |
/// | corrupt, cut short or followed by something else | | error of the body, 400 |
///
/// Where the body fails, whatever the inner service answers after it met the
/// error is dropped in favour of that status, be it a response or an error. If
/// it answers before it reads that far, or drops the body, its answer stands.
/// An error of the body underneath passes unchanged and changes no answer.
///
/// Gzip members and zstd frames may follow each other. `deflate` is read with
/// its zlib wrapper and, because there are clients that send it so, without.
/// An empty body is empty in every coding.
///
/// Decoding happens in steps of at most 16 KiB in and out, and pauses for other
/// tasks after 128 KiB of them, or sooner where nothing comes out. Besides one
/// frame for each coding, only the window of the codec is held: 32 KiB for gzip
/// and deflate, 8 MiB for zstd (RFC 9659; larger ones count as corrupt) and
/// 16 MiB for br (RFC 7932; its "large window" extension counts as corrupt).
/// The decoder of br may fill its whole window in one step, which is the one
/// way to make a poll long: about 10 ms for a window of 4 MiB. Where requests
/// come from anybody and no client sends br, leave it out of
/// [`encodings`](Self::encodings).
#[derive(Clone, Debug)]
#[must_use]
pub struct RequestDecompressionLayer {
    config: Config,
}

impl RequestDecompressionLayer {
    /// Accepts every coding that the features of this crate bring, within the
    /// default limits.
    pub fn new() -> Self {
        Self {
            config: Config::default(),
        }
    }

    /// Whether to decode at all (default: true). Without, all requests pass as
    /// they are, in the same types.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.config.enabled = enabled;
        self
    }

    /// The codings to accept (default: all). Those whose feature is off are
    /// left out.
    pub fn encodings(mut self, encodings: impl IntoIterator<Item = Encoding>) -> Self {
        self.config.accepted = Accepted::new(encodings);
        self
    }

    /// How many codings may lie one over the other (default: 2).
    pub fn max_codings(mut self, codings: usize) -> Self {
        self.config.max_codings = codings;
        self
    }

    /// How many bytes a body may decode to (default: 8 MiB; axum's extractors
    /// have a limit of their own, 2 MB by default). A body that came plain is
    /// not this layer's business, and not limited. Where codings lie
    /// one over the other, what each of them yields is held against it.
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.config.limits.max_size = bytes;
        self
    }

    /// How many decoded bytes there may be for each encoded byte received so
    /// far (default: 250), looked at once more than 64 KiB are decoded.
    pub fn max_ratio(mut self, ratio: u32) -> Self {
        self.config.limits.max_ratio = ratio;
        self
    }
}

impl Default for RequestDecompressionLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for RequestDecompressionLayer {
    type Service = RequestDecompression<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequestDecompression::new(inner, self.config)
    }
}
