//! Workers that restart, scale and reload without a failed request: a supervisor
//! in one line of `main`.
//!
//! A process that serves ends one day: by a deploy, a panic that aborts, a stack
//! that overflows, memory that leaks away. What PM2 and the cluster module do for
//! Express, a [`Cluster`] does for any service: its supervisor keeps the listening
//! sockets and starts workers from the same executable, which serve with
//! [`buttress_drain::serve`]. A worker that ends is replaced within milliseconds,
//! and while it is away connections wait or go to its peers; nobody is refused.
//!
//! # Example
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use buttress_cluster::Cluster;
//! use std::process::ExitCode;
//!
//! // Without `async`: each worker has a runtime of its own.
//! fn main() -> ExitCode {
//!     Cluster::new()
//!         .bind("127.0.0.1:3000")
//!         .health("/healthz")
//!         .run(|worker| async move {
//!             let app = Router::new()
//!                 .route("/", get(|| async { "hello" }))
//!                 .route("/healthz", get(|| async { "alive" }))
//!                 .route_service("/readyz", worker.readiness());
//!             worker.serve(app).await
//!         })
//! }
//! ```
//!
//! `SIGHUP`, or `buttress reload` of the crate `buttress-cli`, replaces all workers;
//! `SIGTTIN` and `SIGTTOU` start and end one; `SIGTERM` and `SIGINT` end all, a
//! second one at once.
//!
//! # How many workers
//!
//! One, by default: what ends it ends no supervisor, and its successor is there at
//! once. It has all processors. More pay where
//!
//! - one request must not end others': an abort, a segfault, a stack that overflows
//!   takes all requests of its process with it;
//! - handlers block their thread: other workers take the connections that wait on a
//!   worker which has not shown for 20 ms that it runs;
//! - connections are short: four workers of one thread each accept more than one of
//!   four threads; BENCHMARKS.md has figures.
//!
//! And then each process has its own of what was one: caches in memory, single
//! flight, rate limits, pools of connections, budgets of panics. Keep what should be
//! shared in Redis (`buttress-cache-redis`, `buttress-session-redis`) or in SQLite
//! (`buttress-session-sql`), and divide limits by the number of workers.
//!
//! # What happens
//!
//! - **A worker ends.** The first failure costs no wait; the next ones wait 100 ms,
//!   doubled each time up to 30 s, until it has served for 10 s. After ten in a row
//!   its place is given up, if others serve: never the last one. Code 70 (of
//!   `buttress-error`'s panic budget) asks for a fresh process, which is started while
//!   the old one drains; code 78 says that the configuration is bad, so it is not
//!   started again, and if nobody else serves all of it ends with 78. Each end is
//!   logged with process, code or signal, uptime and requests in flight; with its last
//!   panic, if it had one within the last minute; and with the reason, if it was ended
//!   by force. The panic is that of a hook, which calls the one before it: set your own
//!   in the same way, or before the worker is started.
//! - **A worker hangs.** One that serves and shows no sign of life for
//!   [30 s](Cluster::hang_timeout), as its handlers block all of its threads or it is
//!   stopped, is aborted, and killed 5 s later if it is still there. Its successor is
//!   started at once, also if it is the only one. Time in which all stood still does
//!   not count.
//! - **A reload.** A new generation is started from what is at the executable's path
//!   then; if its path is a link, from where that points. Once all are ready and pass
//!   the [health check](Cluster::health), they serve and the old ones drain. If one
//!   ends early, is not ready in time or fails the check, all of them are killed and
//!   the old ones go on, as do restarts: with the old executable, even if its file is
//!   gone. The supervisor itself stays what it is; to replace it, restart the service
//!   under socket activation.
//! - **A worker is over a limit** of [memory](Cluster::max_memory),
//!   [age](Cluster::max_age) or [requests](Cluster::max_requests): a successor is
//!   started, then it drains. One after the other.
//! - **Fewer workers.** Connections that come to the socket of one that is gone are
//!   taken by another: no socket is ever closed with connections in it.
//! - **The supervisor ends** without a word: its workers answer what they have, and
//!   end.
//!
//! # Sockets
//!
//! Of each TCP address there is a socket for each worker (`SO_REUSEPORT`), kept by the
//! supervisor, so that a queue outlives its worker. The kernel spreads connections by
//! a hash; a worker that has far more than a peer hands new ones on. Unix sockets are
//! shared by all workers. That an address is in use by others is noticed, unless they
//! share it on purpose.
//!
//! Under systemd, sockets of a socket unit (`LISTEN_FDS`) are taken in place of those
//! of the same address, or in addition. Others are put into the store of descriptors
//! (`FileDescriptorStoreMax=`), and a supervisor that is started again finds them
//! there; those of an address that it no longer has are let go. READY, RELOADING, STOPPING, STATUS, MAINPID are said; WATCHDOG only while a
//! worker answers. As PID 1 of a container it reaps whatever ends.
//!
//! # Customizing
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use buttress_cluster::{Cluster, Origin};
//! use std::{process::ExitCode, time::Duration};
//!
//! fn main() -> ExitCode {
//!     Cluster::new()
//!         .bind("127.0.0.1:3000")
//!         .bind_unix("/run/shop/http.sock")
//!         .workers(4)
//!         .threads(1)
//!         .ready_timeout(Duration::from_secs(10))
//!         .deadline(Duration::from_secs(20))
//!         .max_memory(512 * 1024 * 1024)
//!         .setting("log", "info")
//!         .run(|worker| async move {
//!             let mut settings = worker.settings();
//!             tokio::spawn(async move {
//!                 while settings.changed().await.is_ok() {
//!                     // `buttress set log debug` reaches every worker.
//!                     println!("log: {:?}", settings.borrow().get("log"));
//!                 }
//!             });
//!             let app = Router::new().route("/", get(|| async { "hello" }));
//!             worker
//!                 .serve(app)
//!                 .connections(10_000)
//!                 .extensions(|origin: &Origin, extensions| {
//!                     extensions.insert(*origin);
//!                 })
//!                 .await
//!         })
//! }
//! ```
//!
//! # Errors and limits
//!
//! What `main` does before [`Cluster::run`] is done in every process: read settings
//! there, and end with 78 if they are bad. Do not read `BUTTRESS_WORKER`; it is how a
//! worker knows what it is.
//!
//! | | default | beyond it |
//! |---|---|---|
//! | workers | 1, of 128 | as 128 |
//! | addresses | 18 at most | an error at the start |
//! | accept queue of each socket | 4,096, or what the system permits | wait, as the system has it |
//! | time until a worker is ready | 30 s | killed |
//! | time until it has ended | 25 s, [`deadline`](Cluster::deadline) | cut; killed 5 s later |
//! | time without a sign of life | 30 s, looked at every second | aborted; killed 5 s later |
//! | failures in a row | 10 | given up, if others serve |
//! | settings | 8 KiB together | refused |
//! | a line at the control socket | 16 KiB, within 10 s | closed |
//! | clients at the control socket | 16 | wait |
//! | entries for `buttress logs` | 1,000 | the oldest go |
//! | a worker's last panic, in its event | 496 bytes | cut off |
//!
//! A request in flight in a worker that is killed, or that ends by its own fault, is
//! lost: that is what the drain is for. So is what such a worker had accepted and not
//! read; and what a blocked worker had accepted waits for it, as nobody else can have
//! that. An abort while the queue of its socket holds connections loses none of them.
//!
//! # Platforms
//!
//! Linux, with `/proc`. Elsewhere [`Cluster::run`] says so and runs one worker in the
//! process itself.

#![deny(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(target_os = "linux")]
mod activation;
#[cfg(target_os = "linux")]
mod channel;
mod cluster;
#[cfg(target_os = "linux")]
pub mod control;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod exec;
#[cfg(target_os = "linux")]
mod hello;
#[cfg(target_os = "linux")]
mod last_words;
#[cfg(target_os = "linux")]
mod listeners;
mod origin;
#[cfg(target_os = "linux")]
mod page;
mod place;
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "nobody is supervised")
)]
mod policy;
mod settings;
#[cfg(target_os = "linux")]
mod supervise;
mod timing;
#[cfg(target_os = "linux")]
mod worker;

pub use cluster::Cluster;
#[cfg(not(target_os = "linux"))]
pub use elsewhere::{Sockets, Stream, Worker};
pub use origin::Origin;
pub use settings::Settings;
#[cfg(target_os = "linux")]
pub use worker::{Foreign, Metered, MeteredFuture, ReadyWhen, Sockets, Stream, Worker};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
