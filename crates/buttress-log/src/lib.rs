//! Access logs that never block a worker and never lie, as a tower layer.
//!
//! [`AccessLogLayer`] stands where Express has morgan or pino-http: each request leaves
//! exactly one line, written when the last byte of its response was handed to the
//! server, or when the client went away before. [`Writer`] takes the line without
//! waiting: one thread of its own writes, and a reader of stdout that is stuck stops
//! nobody. The app's own log can share it.
//!
//! # Example
//!
//! ```
//! use buttress_log::{AccessLogLayer, Writer};
//! # use bytes::Bytes;
//! # use http::{Request, Response};
//! # use http_body_util::Full;
//! # use std::{convert::Infallible, io};
//! # use tower::{ServiceBuilder, ServiceExt};
//! # async fn handler(_: Request<()>) -> Result<Response<Full<Bytes>>, Infallible> {
//! #     Ok(Response::new(Full::from("hello")))
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> io::Result<()> {
//! // The guard is for the end of `main`: it writes what is left.
//! let (writer, _guard) = Writer::stdout()?;
//! let service = ServiceBuilder::new()
//!     .layer(AccessLogLayer::new(writer))
//!     .service_fn(handler);
//! # service.oneshot(Request::new(())).await.unwrap();
//! # Ok(())
//! # }
//! // {"time":"2026-11-25T22:48:32.123456Z","level":"INFO","method":"GET","target":"/",
//! //  "version":"HTTP/1.1","route":"unmatched","status":200,"outcome":"ok","bytes":5,
//! //  "head_ms":0.021,"total_ms":0.034,"request_id":"8c5f…"}
//! ```
//!
//! With axum and the feature `axum`: `Router::new()….layer(AccessLogLayer::new(writer))`,
//! and lines know the route that matched.
//!
//! # Customizing
//!
//! ```
//! use buttress_log::{AccessLogLayer, Combined, Rotation, Writer};
//! use http::header::HOST;
//! use std::time::Duration;
//!
//! # fn main() -> std::io::Result<()> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("access.log");
//! let (writer, _guard) = Writer::builder()
//!     .capacity(4 * 1024 * 1024)
//!     .rotation(Rotation::daily().keep(7))
//!     .on_error(|error| eprintln!("the log: {error}"))
//!     .file(path)?;
//!
//! #[derive(Clone)]
//! struct User(String);
//!
//! let layer = AccessLogLayer::new(writer)
//!     .format(Combined)
//!     .header(HOST)
//!     .response_field("user", |extensions| Some(extensions.get::<User>()?.0.clone().into()))
//!     .redact("code")
//!     .skip(|head| head.uri.path() == "/healthz")
//!     .slow(Duration::from_secs(1))
//!     .sample(10);
//! let handle = layer.handle();
//! handle.set_sample(1); // while the app runs
//! # Ok(())
//! # }
//! ```
//!
//! # What a line says
//!
//! The members of [`Json`] are stable, and can be [chosen](Json::only); [`Otel`] and [`Ecs`] have the names of their
//! conventions, [`Common`] and [`Combined`] those forms of Apache and nginx, [`Pretty`]
//! is for a terminal, and a [`Format`] of your own gets the same [`Record`].
//!
//! - The **outcome** is `ok` when the whole response was handed to the server: at the
//!   body's end, at trailers, at the last byte of a known length, or with the head where
//!   there is no body on the wire. It is `error` when the service or the body failed or
//!   panicked, `aborted` when it was dropped earlier, as the server does when a client
//!   goes away. Before there is a head that is status 499, as nginx has it.
//! - The **bytes** are those handed to the server, after any coding further in. On an
//!   abort they are an upper bound: the layer does not see what of them left the machine.
//! - The **request id** is `x-request-id` of the request, where it is trusted and well
//!   formed, or a new one; it goes to the layers further in, to the client, and into the
//!   span of `tracing` that the app's own events carry. `traceparent` (W3C Trace Context)
//!   is checked, and replaced where it is malformed.
//! - `Authorization`, `Proxy-Authorization`, `Cookie` and `Set-Cookie` never show, nor the
//!   values of query parameters that carry secrets, in the target or in a `Referer`.
//! - Whatever a header holds, a record is one line: JSON is escaped (RFC 8259 §7), control
//!   characters of the C1 range included, and text formats show visible ASCII only.
//!
//! # The writer
//!
//! Each thread adds its lines to one of as many buffers as there are processors. The
//! thread that writes empties them every 10 ms, or when one is half full, so lines of
//! different threads may change places within that time. What finds no room is dropped
//! and counted, and the next line that gets through tells how many: `"dropped":12`.
//! [`Overflow::Block`] waits instead, for those who must have every line.
//!
//! Errors of the sink (a closed pipe, a full disk) cost lines, which
//! [`Stats`] counts, and end nothing: the next lines are tried again.
//! Once flushed, [`written`](Stats::written) and [`dropped`](Stats::dropped) together are
//! all lines there ever were. A line that an error cut in half counts as dropped; of a
//! file its beginning is taken back, elsewhere it is ended by a newline.
//!
//! # The end
//!
//! | the process ends by | what is written |
//! |---|---|
//! | the end of `main`, with the [`Guard`] in it | everything, within the shutdown deadline |
//! | a signal that the app turns into the end of `main` | everything, likewise |
//! | `std::process::exit` after [`Guard::flush`] | everything |
//! | `std::process::exit`, a panic hook that exits too, after [`Writer::flush_at_exit`] | everything |
//! | `std::process::exit` without either | what the last tick wrote: up to 10 ms of lines are lost |
//! | a panic where panics abort, after [`Writer::install_panic_hook`] | everything |
//! | `abort`, a deadly signal, a loss of power | what the last tick wrote |
//!
//! No signal's disposition is changed, but by `Writer::reopen_on_hangup`, which is for
//! that.
//!
//! # Layer order
//!
//! Outermost: only there a line has the true status, the bytes after compression, and the
//! panics that the error layer answered. With axum's `Router::layer` the route is known;
//! around the `Router` it is not. The address of the client comes from the extensions,
//! where the server has put it (a bare `SocketAddr`, or axum's `ConnectInfo`).
//!
//! # Errors and limits
//!
//! The layer's error type is the inner service's. Functions that the app gives (fields,
//! routes, addresses) run in `call`, and a panic in one is the request's, with a line of
//! outcome `error`; in `skip` without one. Those that see the finished record (levels,
//! formats, hooks) run behind a guard, and a panic in one costs the line, as one of the
//! sink or of `on_error` costs what was being written.
//!
//! A body that is shorter than its `Content-Length` is an `error`: the server cuts such a
//! response. Of a longer one only what was announced counts.
//!
//! After a `fork` the child has no thread that writes: its lines fill the buffers and are
//! then dropped, and dropping the guard takes its deadline. Make the writer afterwards.
//!
//! | what | bound |
//! |---|---|
//! | lines in memory | 8 MiB, [settable](WriterBuilder::capacity), those being written included |
//! | a single line | a buffer: capacity / (2 × processors, at most 16) |
//! | a text in a line, of a target with redacted values each piece | 8 KiB, then `…` |
//! | an `x-request-id` that is believed | 128 bytes of visible ASCII |
//! | dropping the [`Guard`] | 1 s, [settable](WriterBuilder::shutdown_deadline) |
//! | an event of the app's own | 64 KiB, then it continues on a further line |
//!
//! # Features
//!
//! `axum`: routes by `MatchedPath`, targets by `OriginalUri`, addresses by `ConnectInfo`.
//! `subscriber`: [`Writer`] is a `MakeWriter` of `tracing-subscriber`, `SpanFields` makes
//! spans cheap for events in JSON, and `AppFilter`
//! filters its events. `metrics`: counters and histograms for the `metrics` facade.
//! `signal`: `Writer::reopen_on_hangup`. None is on by default.

#![deny(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod chosen;
mod clock;
mod completion;
mod control;
mod exchange;
mod exit;
#[cfg(feature = "subscriber")]
mod filter;
mod format;
mod future;
mod head;
mod layer;
mod level;
mod line;
#[cfg(feature = "metrics")]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
pub mod metrics;
mod outcome;
mod peer;
mod record;
mod redact;
mod request_id;
mod route;
mod service;
mod span;
mod traceparent;
mod value;
mod writer;

pub use body::ResponseBody;
pub use control::Handle;
#[cfg(feature = "subscriber")]
#[cfg_attr(docsrs, doc(cfg(feature = "subscriber")))]
pub use filter::{AppFilter, FilterError, FilterHandle};
#[cfg(feature = "subscriber")]
#[cfg_attr(docsrs, doc(cfg(feature = "subscriber")))]
pub use format::SpanFields;
pub use format::{Combined, Common, Ecs, Format, Json, JsonMembers, Member, Otel, Pretty};
pub use future::ResponseFuture;
pub use head::RequestHead;
pub use layer::AccessLogLayer;
pub use outcome::Outcome;
pub use record::Record;
pub use service::AccessLog;
pub use traceparent::TraceParent;
pub use value::Value;
#[cfg(feature = "subscriber")]
#[cfg_attr(docsrs, doc(cfg(feature = "subscriber")))]
pub use writer::LineWriter;
pub use writer::{FlushError, Guard, Overflow, Rotation, Stats, Writer, WriterBuilder};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
