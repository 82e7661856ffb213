//! A reverse proxy as a tower service: [`ReverseProxy`] sends requests to one upstream
//! and streams bodies both ways.
//!
//! A reverse proxy in front of an app answers while the app is down, keeps slow clients
//! away from it, and hides what is of no concern to them. As a tower service it stands
//! beside routes and inside of layers: a cache, compression, logs, a balancer over many
//! of them. It takes the hard cases the safe way: a request is not sent twice where that
//! could do harm, messages that two servers could read differently do not pass, and
//! nothing waits or grows without a bound.
//!
//! # Example
//!
//! ```no_run
//! use buttress_drain::{bind, serve};
//! use buttress_proxy::{ErrorPageLayer, ReverseProxy};
//! use tower::Layer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let proxy = ReverseProxy::new("http://127.0.0.1:3000".parse()?);
//!     // Errors become 502, 503 and 504.
//!     let gateway = ErrorPageLayer::new().layer(proxy);
//!     let _outcome = serve(bind("127.0.0.1:8080").await?, gateway).on_signals().await?;
//!     Ok(())
//! }
//! ```
//!
//! # Customizing
//!
//! ```
//! use buttress_proxy::{Forwarding, ReverseProxy};
//! use std::time::Duration;
//!
//! # fn example(drain: buttress_drain::Drain) -> Result<(), Box<dyn std::error::Error>> {
//! let proxy = ReverseProxy::builder("unix:/run/app.sock".parse()?)
//!     .strip_prefix("/app")
//!     .forwarding(Forwarding::Forwarded)
//!     .head_timeout(Duration::from_secs(10))
//!     .request_body(8 << 20)
//!     .connections(64)
//!     // WebSockets end when the server drains, which waits for them.
//!     .tunnels_until(move || {
//!         let (drain, guard) = (drain.clone(), drain.guard());
//!         async move {
//!             drain.lingered().await;
//!             drop(guard);
//!         }
//!     })
//!     .build();
//! # let _ = proxy;
//! # Ok(())
//! # }
//! ```
//!
//! # What becomes of a request
//!
//! - Fields of one hop (RFC 9110 §7.6.1), and those that `Connection` names, end here;
//!   `TE: trailers` and `Trailer` stay, as trailers are passed. `Host`, and what outer
//!   layers write (`X-Request-Id`), cannot be named away.
//! - `X-Forwarded-For`, `-Proto` and `-Host` tell the upstream who asked, or
//!   [`Forwarded`](Forwarding::Forwarded) does. What the client sent of both kinds is
//!   removed, unless its peer is [`trusted`](Builder::trusted). `Via` is added.
//! - `Upgrade` is passed over HTTP/1, but not for HTTP itself (`h2c`), and a 101 joins both
//!   connections. A WebSocket over HTTP/2 (RFC 8441) is asked of an upstream over HTTP/1 as
//!   that does it, and refused with 501 if the upstream speaks HTTP/2. `Expect: 100-continue`
//!   is asked of the upstream: the client sends its body when that says so, or says nothing
//!   for 1 s.
//! - Interim responses (1xx) are skipped, unless `hyper::ext::on_informational` was called
//!   on the request.
//!
//! # When something fails
//!
//! | | error | status |
//! |---|---|---|
//! | no connection, in time or at all | [`is_connect`](Error::is_connect) | 502, 504 |
//! | all connections in use | `is_connect`, [`is_busy`](Error::is_busy) | 503 |
//! | no head, or no frame of a body, in time | [`is_timeout`](Error::is_timeout) | 504 |
//! | malformed, ambiguous or cut short by the upstream | [`is_protocol`](Error::is_protocol) | 502 |
//! | malformed or ambiguous request | [`is_request`](Error::is_request) | 400 |
//! | transfer coding but `chunked`, or CONNECT | `is_request` | 501 |
//! | body too large; client stopped sending | `is_request` | 413; 408 |
//!
//! A connection that was closed while it was idle is not used. A request that goes out
//! as its connection closes is sent once more over a new one, if not a byte of an answer
//! came, and none of it was written or it is idempotent (RFC 9110 §9.2.2) and without a
//! body. All else is the error of the service; [`ErrorPageLayer`] makes answers of them.
//!
//! # Framing
//!
//! Requests with two lengths, a length that is not the body's, another coding than
//! `chunked`, two hosts or none are refused; hyper's server refuses folded fields, bare
//! CR and the like before. Of a length beside `chunked` hyper's server removes the length
//! and closes the connection after the response; we do so with responses that have both.
//! Responses with two lengths or with another coding are 502.
//!
//! # Layer order
//!
//! It is the innermost service. [`ErrorPageLayer`] goes around all that has to do with
//! errors: a cache that stands in for a failing upstream, a balancer.
//!
//! # Errors and limits
//!
//! | | default | beyond it |
//! |---|---|---|
//! | time to connect, with DNS and TLS | 5 s | 504 |
//! | time for a head | 60 s since the last byte that was written | 504 |
//! | time between two frames, either way | 60 s | cut; 408 |
//! | time for all | none | 504; cut |
//! | body of a request | 4 GiB | 413 |
//! | head of a response | 64 KiB, 100 fields | 502 |
//! | connections | 1,024 | wait |
//! | requests that wait, and for how long | 1,024, 1 s | 503 |
//! | idle connections, and for how long | 256, 55 s | closed |
//! | an idle tunnel | 10 min, or up to twice that | closed |
//! | read ahead of who polls, HTTP/1 | hyper's buffer, 400 KiB | the upstream waits |
//!
//! An idle connection is looked at once a second. A request costs one boxed future; one
//! with a body two more allocations. Tunnels count no more among the connections.
//! It needs a tokio runtime with IO and time: outside of one, requests fail as if
//! the upstream could not be reached. Names are resolved for each connection, by
//! the system.
//!
//! # Features
//!
//! `tls`: upstreams over TLS, by rustls. Off by default.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod builder;
mod connect;
mod deadline;
mod error;
mod error_page;
mod exchange;
mod framing;
mod future;
mod headers;
mod http1;
mod http2;
mod outgoing;
mod pool;
mod proxy;
mod relay;
mod rewrite;
mod service;
mod settings;
mod upgrade;
mod upstream;

pub use body::ResponseBody;
pub use builder::Builder;
pub use error::Error;
pub use error_page::{ErrorPageLayer, ErrorPages, PageBody, PageFuture};
pub use future::ResponseFuture;
pub use headers::forwarded::Forwarding;
pub use proxy::ReverseProxy;
pub use rewrite::Host;
pub use upstream::{InvalidUpstream, Upstream};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
