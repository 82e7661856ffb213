//! Ends a process without a failed request: a drain, a tower layer, and a
//! server for any service over [`http`] types.
//!
//! A deploy, a restart after too many panics, a machine that scales in: each
//! ends with a signal to a process that is answering requests. The graceful
//! shutdown of hyper and of axum fails some of them: it resets connections that
//! wait in the accept queue, closes those that were accepted and have not sent
//! their request yet, and closes idle ones that a client is just using again;
//! and it waits for ever for half a request. [`serve`](serve()) answers the
//! former and ends in bounded time.
//!
//! # Example
//!
//! ```no_run
//! # #[cfg(all(feature = "serve", feature = "signals"))]
//! # mod example {
//! use axum::{Router, routing::get};
//! use buttress_drain::{Drain, bind, serve};
//! use std::{io, process::ExitCode};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! async fn main() -> io::Result<ExitCode> {
//!     let drain = Drain::new();
//!     let app = Router::new()
//!         .route("/", get(|| async { "hello" }))
//!         .route_service("/readyz", drain.readiness())
//!         .route_service("/healthz", drain.liveness());
//!
//!     let listener = bind("127.0.0.1:3000").await?;
//!     let outcome = serve(listener, app).drain(drain).on_signals().await?;
//!     Ok(outcome.exit_code())
//! }
//! # }
//! ```
//!
//! # The end, step by step
//!
//! From [`Drain::trigger`], which is a signal, a panic budget or your own call:
//!
//! 1. [`Readiness`] says 503, and nothing else changes for
//!    [`pre_stop`](Drain::pre_stop): load balancers look elsewhere.
//! 2. New clients are turned away, the accept queue is emptied and the listener
//!    closed ([`Exclusive`] says how, and which listeners can). Answers over HTTP/1
//!    say `Connection: close`, HTTP/2 gets GOAWAY. A connection is closed as
//!    idle only when it was idle for [`linger`](Drain::linger), since then or
//!    since its last answer; one that has not sent its first request, or half of
//!    a head, has [`first_request`](Drain::first_request) to do so.
//! 3. The server is done when its last connection has ended and no
//!    [guard](Drain::guard) is held.
//! 4. At the [`deadline`](Drain::deadline), or at the second signal, the rest is
//!    cut: endless streams, and requests whose other half never comes. HTTP/1
//!    bodies end without their terminator, so that none looks complete.
//!
//! One thing cannot be saved: a request that a client sends on an idle
//! connection in the very moment in which we close it, after the window. RFC
//! 9112 §9.3.1 leaves it to clients to try again.
//!
//! With a bare `TcpListener`, and with any but Linux's TCP, there is another: a
//! connection whose handshake completes between the last look into the accept
//! queue and the closing of the listener is reset, which under load happened once
//! in 100 to 300 ends. [`bind`] avoids it.
//!
//! # Customizing
//!
//! ```
//! # #[cfg(feature = "serve")]
//! # fn example(listener: tokio::net::TcpListener, app: axum::Router) {
//! use buttress_drain::{Drain, serve};
//! use std::{net::SocketAddr, time::Duration};
//!
//! let drain = Drain::new()
//!     .pre_stop(Duration::from_secs(5))
//!     .linger(Duration::from_secs(2))
//!     .deadline(Duration::from_secs(20));
//! let server = serve(listener, app)
//!     .drain(drain.clone())
//!     .connections(10_000)
//!     .extensions(|peer: &SocketAddr, extensions| {
//!         // With axum: `ConnectInfo(*peer)`.
//!         extensions.insert(*peer);
//!     });
//! # let _ = server;
//! # }
//! ```
//!
//! WebSockets and other upgraded streams are the app's: [`Drain::guard`] counts
//! them, and [`Drain::triggered`] tells them to say goodbye.
//!
//! # With another server
//!
//! [`DrainLayer`] counts requests and closes HTTP/1 connections under any
//! server. With axum's, the signal is the end of the window:
//!
//! ```no_run
//! # async fn example(listener: tokio::net::TcpListener, app: axum::Router) -> std::io::Result<()> {
//! use buttress_drain::{Drain, DrainLayer};
//!
//! let drain = Drain::new();
//! let app = app.layer(DrainLayer::new(drain.clone()));
//! let server = axum::serve(listener, app).with_graceful_shutdown(drain.lingered());
//! tokio::select! {
//!     ended = server => ended?,
//!     // axum has no deadline of its own.
//!     () = drain.overdue() => {}
//! }
//! # Ok(())
//! # }
//! ```
//!
//! What that cannot save: connections in the accept queue and those without a
//! first request when the window ends, for the server closes them.
//!
//! # Layer order
//!
//! Outermost, so that bodies which other layers make are counted as well. Under
//! [`serve`](serve()) the layer is not needed: with both, requests count twice.
//!
//! # Errors and limits
//!
//! The error type, the request body and the response body's `Data` and `Error`
//! are those of the service inside; the layer allocates nothing, and makes no
//! timer. A response is over as soon as its head or its last frame says so, when
//! it was handed to the server: not when the client has read it. Under
//! [`serve`](serve()) the end waits for the sockets, too.
//!
//! | of a [`Drain`] | default | beyond it |
//! |---|---|---|
//! | [`pre_stop`](Drain::pre_stop) | none | the listener is closed |
//! | [`linger`](Drain::linger), of idle connections | 1 s | closed |
//! | [`first_request`](Drain::first_request) | 3 s | closed |
//! | [`deadline`](Drain::deadline), since the trigger | 25 s | cut, and the exit code is 1 |
//!
//! | of [`serve`](serve()) | default | beyond it |
//! |---|---|---|
//! | time for a head, the first one included | 30 s | closed |
//! | size of a head | 32 KiB (HTTP/1: 100 fields) | 431 |
//! | idle connection | 75 s | closed; above the 60 s of load balancers |
//! | idle until its buffers are given back (HTTP/1) | 100 ms | some 1 KiB is kept |
//! | connections with buffers and nothing to do (HTTP/1) | 1,000 | give them back at once |
//! | connections | 25,000 | wait in the accept queue |
//! | accept queue of [`bind`] | 4,096, or what the system permits | wait, as the system has it |
//! | handshakes that had begun when new clients are turned away | 100 ms | reset |
//! | streams of an HTTP/2 connection | 200 | refused |
//! | HTTP/2 ping | every 20 s | closed after 20 s without an answer |
//! | accept errors (too many open files) | 5 ms, doubled to 1 s | logged, tried again, until the deadline |
//!
//! A body may take as long as it likes until the deadline of the drain, and so
//! may a client that reads slowly. TLS is the [`Listener`]'s. A service or a body
//! that panics ends its connection, and nothing else. Durations above thirty
//! years, `Duration::MAX` among them, count as thirty years.
//!
//! # Features
//!
//! `serve`: the server. `signals`: [`Drain::on_signals`]. Both are on by default.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod completion;
mod drain;
mod future;
mod guard;
mod layer;
mod outcome;
mod phase;
mod readiness;
#[cfg(feature = "serve")]
mod serve;
mod service;
#[cfg(feature = "signals")]
mod signals;
mod timeline;

pub use body::ResponseBody;
pub use drain::Drain;
pub use future::ResponseFuture;
pub use guard::InFlight;
pub use layer::DrainLayer;
pub use outcome::Outcome;
pub use phase::Phase;
pub use readiness::{Liveness, Readiness};
#[cfg(feature = "serve")]
pub use serve::{App, Exclusive, Listener, Serve, bind, serve};
pub use service::Drained;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
