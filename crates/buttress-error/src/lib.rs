//! Turns panics and errors into proper responses, as tower layers.
//!
//! [`ErrorLayer`] stands where Express has its error handlers: whatever goes
//! wrong further in, in a layer, a handler or the body of a response, by a panic
//! or by an error, is caught, reported once with all that is needed to find it,
//! and answered in the form that the client asked for, with nothing leaked in
//! production. [`CatchPanicLayer`] does the part with panics alone, and looks at
//! nothing else. Handlers propagate with `?` by [`Error`].
//!
//! # Example
//!
//! ```
//! use buttress_error::{Error, ErrorLayer, ResultExt};
//! use bytes::Bytes;
//! use http::{Request, Response, StatusCode};
//! use http_body_util::{BodyExt, Full};
//! use tower::{ServiceBuilder, ServiceExt};
//!
//! async fn handler(request: Request<()>) -> Result<Response<Full<Bytes>>, Error> {
//!     let id: u32 = request
//!         .uri()
//!         .path()
//!         .trim_start_matches('/')
//!         .parse()
//!         .context("parsing the id")
//!         .with_status(StatusCode::BAD_REQUEST)
//!         .public("an id is a number")?;
//!     Ok(Response::new(Full::from(format!("user {id}"))))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let service = ServiceBuilder::new()
//!     .layer(ErrorLayer::new())
//!     .service_fn(handler);
//!
//! let request = Request::get("/x").header("x-request-id", "42").body(()).unwrap();
//! let response = service.oneshot(request).await.unwrap();
//! assert_eq!(response.status(), StatusCode::BAD_REQUEST);
//! assert_eq!(response.headers()["content-type"], "application/problem+json");
//! let body = response.into_body().collect().await.unwrap().to_bytes();
//! let expected = r#"{"type":"about:blank","title":"Bad Request","status":400,"detail":"an id is a number","request_id":"42"}"#;
//! assert_eq!(body, expected);
//! # }
//! ```
//!
//! With axum and the feature `axum`, handlers return `Result<_, Error>` and the
//! layer goes onto the `Router`: `Router::new()….layer(ErrorLayer::new())`.
//!
//! # Customizing
//!
//! ```
//! use buttress_error::{ErrorLayer, PanicBudget, Problem};
//! use http::StatusCode;
//! use std::{num::ParseIntError, time::Duration};
//!
//! let budget = PanicBudget::new(20, Duration::from_secs(60))
//!     .on_trip(|| { /* begin to drain: `drain.trigger()` of buttress-drain */ });
//! let layer = ErrorLayer::builder()
//!     .verbose(false) // true in development
//!     .map::<ParseIntError>(StatusCode::BAD_REQUEST)
//!     .handler(|failure| {
//!         failure.downcast_ref::<std::io::Error>()?;
//!         Some(Problem::new(StatusCode::BAD_GATEWAY).detail("The archive does not answer."))
//!     })
//!     .rewrite("text/plain")
//!     .on_report(|report| println!("{:?} in phase {:?}", report.kind(), report.phase()))
//!     .panic_budget(budget.clone());
//! // When the drain is over, `main` ends with:
//! let code = budget.exit_code(); // 70 if it tripped, else success
//! # let _ = (layer, code);
//! ```
//!
//! # What is guarded
//!
//! `call`, the future, `poll_ready`, the body of the response, and the drops of
//! the future and of the body, also when it is the client that goes away.
//!
//! - A fault in the first frame of a body is answered by a real 500: the body is
//!   polled once, without waiting, before the head goes out
//!   ([`ErrorLayer::peek`]).
//! - A fault later on cuts the response: what came before it reaches the client
//!   first, then the message ends without a valid end. An HTTP/2 stream is reset
//!   and its connection lives. (curl 7.88 then fails its next request on that
//!   connection with code 16 and sends nothing, whoever reset the stream.) To a
//!   client of HTTP/1.0 the close is a valid end, unless there is a length.
//! - A `poll_ready` that fails is answered by the next call. After it the service
//!   is not called again, and the [`PanicBudget`] trips.
//! - Payloads of any type are survived, also one whose own `Drop` panics. What
//!   ends the process cannot be: a panic in a destructor that runs during
//!   another panic and leaves it, a stack overflow, `panic = "abort"`. The last is
//!   noticed, and said once.
//!
//! # Answers
//!
//! `application/problem+json` (RFC 9457), HTML or plain text by `Accept`
//! (RFC 9110 §12.5.1), JSON for those who ask for nothing else; for gRPC a
//! response of headers only. The answer to a `HEAD` has the head of that to a
//! `GET`.
//!
//! Production hides of a 5xx everything but status, title and type, and shows
//! the correlation id, which is `x-request-id` if the request has one. The
//! `detail` of a 4xx is kept, for it was made [public](Error::public). In
//! development, which is [`ErrorLayer::verbose`] and nothing else, message,
//! sources, place and backtrace are shown.
//!
//! Every 5xx gets `Cache-Control: no-store` and loses its validators and what
//! the handler set as cookies, also where its body is left alone. Replaced bodies
//! take the fields with them that described them. Where a finished response is
//! replaced, because its first frame failed, its cookies stay: what they tell has
//! been done. `Allow`, `WWW-Authenticate`, `Retry-After` and those of CORS stay
//! always.
//!
//! A response with an error status and a body is left alone, unless its media
//! type is [to be rewritten](ErrorLayer::rewrite); one without a body gets one. A
//! handler that wants its error reported, but writes the answer itself, puts an
//! `Arc<dyn std::error::Error + Send + Sync>` into the extensions of a response
//! with an error status.
//!
//! # Reports
//!
//! Each failure makes one [`Report`], for [`ErrorLayer::on_report`] and for an
//! event of `tracing`. An app that has neither a subscriber nor an `on_report` does
//! not hear of it. The event has the target `buttress_error`, at `ERROR`, or at `DEBUG`
//! where the client is to blame (an error that is answered with a 4xx). A layer
//! further out does not report again what one further in has. A bare error
//! status, of which nothing is known, is not reported.
//!
//! | field | what |
//! |---|---|
//! | message | the text of the panic or the error |
//! | `phase` | `call`, `future`, `body`, `ready`, `drop`, `task` |
//! | `kind` | `panic`, `error` |
//! | `location` | `file:line`; of panics with [`install_panic_hook`] alone |
//! | `backtrace` | of panics, with the hook alone |
//! | `source_chain` | the texts of the sources, after one another |
//! | `request_id`, `method` | of the request |
//! | `route` | what [`ErrorLayer::route`] says, or `unmatched` |
//! | `status` | what was sent, if anything was |
//!
//! The names of a backtrace are looked up on a thread of this crate's, which is
//! started by the first one. At most 64 wait for it: in a storm of panics the
//! rest goes out without names. Call [`flush_reports`] before the process exits.
//!
//! Tasks that a handler spawns are on their own: a panic in them is the
//! runtime's. With [`in_current_request`](CurrentRequestExt::in_current_request)
//! they keep the request, and are reported and counted.
//!
//! # Why not listen for uncaught panics
//!
//! Node has `uncaughtException`, and Express's guide says not to use it: the
//! process goes on in a state that nobody knows. Here a panic unwinds one
//! request, and what it leaves behind is what its destructors did not undo.
//! That is caught at the request, where it can be answered, and counted: by the
//! [`PanicBudget`] many become a drain and an exit with code 70, so that the
//! supervisor starts a process of which everything is known. The crate ends no
//! process itself: `on_trip` begins the drain, and `main` returns the code. Panics on other
//! threads and in tasks that are not wrapped are left to the runtime, and those
//! that end the process to the supervisor: the panic hook only writes things
//! down.
//!
//! # Layer order
//!
//! Inside of access logs, compression and whatever makes the request id; outside
//! of everything whose errors it is to answer: timeouts, limits, buffers, the
//! router. With axum's `Router::layer` the route is known; around the `Router` it
//! is not, but there no panic of the router itself is missed.
//!
//! # Errors and limits
//!
//! [`ErrorService`] has no error: its type is `Infallible`. [`CatchPanic`] has the
//! inner service's. The bodies' is [`BoxError`]. They have a `Default`, which is
//! empty, for layers further out that ask for one, such as tower-http's
//! `TimeoutLayer`.
//!
//! | what | bound |
//! |---|---|
//! | a text that `rewrite` makes the detail | 1 KiB, there at once |
//! | an `x-request-id` that is believed | 128 bytes of visible ASCII |
//! | reports that wait for their backtrace | 64 |
//! | the wait before a broken HTTP/2 body says so | 50 ms |
//! | notes of panics that wait for their guard | 4 a thread |
//!
//! That wait is a timer of tokio's, since another task writes the frames of a
//! stream: a reset must not overtake them. Outside of a tokio runtime there is
//! none, and frames may be lost.
//!
//! # Features
//!
//! `tower` (on by default) knows the errors of tower's own layers, `hyper` those
//! of request bodies that hyper could not read. `axum`: `IntoResponse` for
//! [`Error`], and `MatchedPath` as the route.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod background;
mod backtrace;
mod body;
mod budget;
mod catch_panic;
mod cause;
mod chain;
mod current;
mod error;
mod failure;
mod future;
mod guard;
mod guarded_future;
mod hook;
mod layer;
mod map;
mod problem;
mod ready;
mod report;
mod reporter;
mod request;
mod request_id;
mod respond;
mod route;
mod scope;
mod service;

pub use background::flush_reports;
pub use body::ResponseBody;
pub use budget::PanicBudget;
pub use catch_panic::{CatchPanic, CatchPanicBody, CatchPanicFuture, CatchPanicLayer};
pub use current::{CurrentRequest, CurrentRequestExt, InCurrentRequest, current_request};
pub use error::{BoxedExt, Error, OptionExt, ResultExt};
pub use failure::Failure;
pub use future::ResponseFuture;
pub use hook::install_panic_hook;
pub use layer::ErrorLayer;
pub use problem::{Format, Page, Problem, Rendered, Value};
pub use report::{Kind, Phase, Report};
pub use service::ErrorService;

/// Any error, in a box.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
