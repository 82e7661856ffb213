//! Compresses HTTP responses, and decompresses requests, as tower layers.
//!
//! [`CompressionLayer`] takes the place of a proxy's or framework's compression
//! in any service over [`http`] types: axum, hyper, tonic. A body that is
//! complete when the inner service answers, which is what most handlers
//! produce, is compressed in one call, by the codec that is fastest at that,
//! and goes out with its true length, or as it was if it did not shrink. A body
//! that is still being produced, or too large for one call, is compressed piece
//! by piece: the client sees every event when it happens, no poll runs long, and
//! what is buffered is bounded. Encoders are made once and used again.
//!
//! # Example
//!
//! ```
//! use buttress_compression::CompressionLayer;
//! use bytes::Bytes;
//! use http::{Request, Response, header};
//! use http_body_util::{BodyExt, Full};
//! use std::convert::Infallible;
//! use tower::{ServiceBuilder, ServiceExt};
//!
//! async fn handler(_: Request<()>) -> Result<Response<Full<Bytes>>, Infallible> {
//!     let mut response = Response::new(Full::from("All work and no play. ".repeat(200)));
//!     response.headers_mut().insert(header::CONTENT_TYPE, "text/plain".parse().unwrap());
//!     Ok(response)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let service = ServiceBuilder::new()
//!     .layer(CompressionLayer::new())
//!     .service_fn(handler);
//!
//! let request = Request::get("/").header(header::ACCEPT_ENCODING, "gzip").body(()).unwrap();
//! let response = service.oneshot(request).await.unwrap();
//! # if cfg!(feature = "gzip") {
//! assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
//! assert_eq!(response.headers()[header::VARY], "accept-encoding");
//! assert!(response.into_body().collect().await.unwrap().to_bytes().len() < 200);
//! # }
//! # }
//! ```
//!
//! # Customizing
//!
//! The layer's methods say what is offered, how hard it works, and what is left
//! alone. A handler has the last word on its own response, by a
//! [`CompressionHint`] or a [`FlushHandle`] in the response's extensions.
//!
//! ```
//! use buttress_compression::{CompressionLayer, Encoding, EtagPolicy, Level, Negotiator};
//!
//! let layer = CompressionLayer::new()
//!     .negotiator(Negotiator::new([Encoding::Br, Encoding::Gzip]).enforce(Encoding::Gzip))
//!     .level(Encoding::Gzip, Level::Fast)
//!     .etag(EtagPolicy::Suffix)
//!     .not_acceptable(true);
//! # let _ = layer;
//! ```
//!
//! Requests are the business of [`RequestDecompressionLayer`].
//!
//! # Layer order
//!
//! Add this layer outside of everything that reads or makes bodies in clear,
//! such as a cache of identity forms, error pages or sessions: last with
//! `Router::layer`, first with `ServiceBuilder`. Access logs stand outside of it,
//! so that they count the bytes that are sent, and so does a cache that keeps
//! encoded forms, keyed by a [`Negotiator`]. Handlers and inner layers see the
//! request as it came, but for one thing: under [`EtagPolicy::Suffix`] its
//! preconditions are those of the identity form.
//!
//! # What is left alone
//!
//! Responses to `CONNECT`, 1xx, 204, 205, 206 and 304; those with
//! `Content-Range`, `Content-Encoding` or `Cache-Control: no-transform`; those
//! whose type does not shrink ([`is_compressible`]) or that are small; and those
//! whose handler [says so](CompressionHint::skip).
//!
//! `Vary: Accept-Encoding` is on every response that is eligible by its head,
//! also when it went out as it was, and on 304. On an encoded response
//! a strong `ETag` is [made weak](EtagPolicy), and `Accept-Ranges`,
//! `Content-MD5`, `Digest`, `Content-Digest` and `Repr-Digest` are removed, for
//! they speak of other bytes. The answer to a `HEAD` has the `Vary` and `ETag` of
//! the one to `GET`, and no `Content-Encoding` or `Content-Length`, which only
//! the body decides; a handler that leaves the body out and gives no
//! `Content-Length` is taken to have one that is eligible.
//!
//! # Errors and limits
//!
//! The error type is the inner service's. The response body's error is
//! [`BoxError`]: an error of the inner body ends the response, after what came
//! before it was flushed and without the coding's end marker, so that no client
//! takes it for whole. So does one that ends before its `Content-Length`. If an
//! encoder fails, the response goes out as it is, or,
//! once encoded output was sent, is cut in the same way.
//!
//! | what | bound |
//! |---|---|
//! | read of a body to find out whether it is complete | 64 KiB, or one frame, and the frame behind it |
//! | held by an open stream besides its encoder | one frame of the inner body, and 17 KiB; its output, if it is to be kept |
//! | input per poll | 32 KiB, zstd 128 KiB |
//! | a body that is encoded in one call | 96 KiB, zstd 128 KiB |
//! | an encoder of a stream that pauses | gzip 200 kB, zstd 350 kB |
//! | idle encoders | [`CompressionLayer::idle_encoders`] |
//!
//! Streams are flushed as [`Flush`] says, and cut 50 ms after the last of what
//! came before an error, so that the server can write it: both by a timer of
//! tokio's, so a runtime needs its time driver. Outside of a runtime there are
//! no timers, and nothing waits for one. A body stays in the runtime in which it
//! was first polled.
//!
//! # Logs and counts
//!
//! For each response one event at level `debug`: which coding, how many bytes in
//! and out, how long, or why there is none ([`Skipped`]); an `error` where an
//! encoder failed. [`CompressionLayer::stats`] has the totals. Requests are not
//! counted.
//!
//! # Coming from tower-http or Express
//!
//! | there | here |
//! |---|---|
//! | `DefaultPredicate`, `NotForContentType`, `filter` | [`CompressionLayer::predicate`] with [`is_compressible`] |
//! | `SizeAbove`, `threshold` | [`CompressionLayer::min_size`] |
//! | `quality`, `level` | [`CompressionLayer::level`] |
//! | `no_br()` | [`CompressionLayer::encodings`] |
//! | `enforceEncoding` | [`Negotiator::enforce`] |
//! | `res.flush()` | [`FlushHandle`], seldom needed |
//! | `x-no-compression` in a `filter` | [`CompressionHint::skip`] from an inner layer |
//! | `pass_through_unaccepted` | not offered: what cannot be decoded is refused |
//! | `DecompressionLayer` for clients | not offered |
//!
//! # Features
//!
//! `gzip`, `deflate`, `br` and `zstd`, all on by default: the codings.
//! `compress-once`: `CompressionLayer::compress_once`, a cache of encoded forms.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod accept_encoding;
mod adaptive;
mod body;
mod eligibility;
mod encode;
mod encoder;
mod encoding;
mod engine;
mod etag;
mod flush;
mod future;
mod head;
mod hint;
mod layer;
mod level;
mod meter;
mod negotiate;
mod once;
mod padding;
mod predicate;
mod request;
mod respond;
mod service;
mod source;
mod stats;
mod stream;

pub use adaptive::Adaptive;
pub use body::ResponseBody;
pub use eligibility::Skipped;
pub use encoding::Encoding;
pub use etag::EtagPolicy;
pub use flush::{Flush, FlushHandle};
pub use future::ResponseFuture;
pub use hint::CompressionHint;
pub use layer::CompressionLayer;
pub use level::Level;
pub use negotiate::Negotiator;
pub use predicate::{Predicate, is_compressible};
pub use request::{
    DecompressionResponseBody, RequestBody, RequestDecompression, RequestDecompressionError,
    RequestDecompressionFuture, RequestDecompressionLayer,
};
pub use service::Compression;
pub use stats::Stats;

/// The error of the bodies that the layers make: any error, in a box.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
