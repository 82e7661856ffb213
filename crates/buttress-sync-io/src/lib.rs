//! Names the line that blocks your async worker: a tower layer, guards for tasks,
//! and a check for tests.
//!
//! A worker of an async runtime polls many tasks in turn. One that calls
//! `std::fs::read`, sleeps, waits for a lock or computes for long holds up all
//! the others, and nothing says so: latency grows, and the CPU is idle. The
//! compiler does not see it either, for such a call may stand deep in a
//! dependency. Express's guide says "don't use synchronous functions", and Node
//! has `--trace-sync-io` to find them. [`SyncIoLayer`] finds them here, by two
//! means:
//!
//! - [`Mode::Watch`], for production: polls that hold their worker for longer
//!   than a budget of 20 ms, whatever they do, with the call, its target and the
//!   stack.
//! - [`Mode::Exact`], for development and tests: each blocking system call that
//!   is made while a request is polled, however short, with its length and stack.
//!
//! # Example
//!
//! ```
//! use buttress_sync_io::{Mode, SyncIoLayer};
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use std::convert::Infallible;
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let mode = if cfg!(debug_assertions) { Mode::Exact } else { Mode::Watch };
//! let service = ServiceBuilder::new()
//!     .layer(SyncIoLayer::new(mode))
//!     .service(service_fn(async |_: Request<()>| {
//!         // Logged as a warning, with this line.
//!         let hosts = std::fs::read("/etc/hosts").unwrap_or_default();
//!         Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(hosts))))
//!     }));
//! assert!(service.oneshot(Request::new(())).await.is_ok());
//! # }
//! ```
//!
//! A report is a warning of tracing (target `buttress_sync_io`), a [`Report`] for
//! [`on_report`](SyncIoLayer::on_report), and a count in [`Counters`] by kind and
//! route. It looks like this:
//!
//! ```text
//! blocked a worker: file, openat of /etc/hosts, 14.9µs GET /read
//!     find_blocking::handlers::read::{{closure}} at …/src/handlers.rs:47
//! ```
//!
//! What one line does is one report, whatever number of calls it takes: reading a
//! file is four.
//!
//! # What to do about it
//!
//! | what | instead |
//! |---|---|
//! | files, names, sleeps, sockets, processes | what tokio has for it |
//! | a library that blocks, or computes for long | tokio's `spawn_blocking`, or [`block_in_place`] |
//! | read once at first use | [`allow_once`]; a second time is reported |
//! | short, and there is no other way | [`allow`], [`allow_kind`] |
//! | not yours to change | [`allow_inside`](SyncIoLayer::allow_inside) |
//!
//! # Customizing
//!
//! ```
//! use buttress_sync_io::{Grace, Kind, Mode, SyncIoLayer, WatchBlocking};
//! use std::time::Duration;
//!
//! let layer = SyncIoLayer::new(Mode::Watch)
//!     .budget(Duration::from_millis(50))
//!     .grace(Grace::FirstRequests(1))
//!     .allow_kind(Kind::Metadata)
//!     .allow_inside("my_app::legacy::")
//!     .on_report(|report| println!("{:?} on {:?}", report.kind, report.route));
//!
//! // Tasks that no layer sees:
//! # async fn example(layer: SyncIoLayer) {
//! tokio::spawn(async { /* send a mail */ }.watch_blocking("mail"));
//! tokio::spawn(async { /* the same */ }.watch_blocking_as("mail", &layer));
//! # }
//! # let _ = layer;
//! ```
//!
//! # In tests and CI
//!
//! ```
//! use buttress_sync_io::testing::{assert_detector_works, forbid_blocking};
//!
//! // In a `#[tokio::test]`:
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let answer = forbid_blocking(async { 6 * 7 }).await;
//! assert_eq!(answer, 42);
//! # }
//!
//! // And in one test for all, so that they cannot pass because a sandbox hides
//! // what they look for:
//! # #[allow(dead_code)]
//! fn the_detector_works() {
//!     assert_detector_works();
//! }
//! ```
//!
//! With [`Mode::Panic`] a layer does the same for each poll of a request: run an
//! app's own tests with it.
//!
//! # How it works
//!
//! Each worker has a slot: a number that is odd while a guarded poll runs, and
//! method and route. Guarded are `call`, the polls of the future and of the
//! body, and the drops of both. There is no clock in it, no allocation, no
//! signal. One watchdog looks at the slots every 5 ms, and sleeps while nothing
//! is polled. A poll over its budget is looked into from outside: its call and
//! descriptor from `/proc`, its CPU and run-queue times, which tell a poll that
//! computes or waits from one that the host gives no CPU, and its stack. A
//! thread that waits is unwound from a copy of its stack; one that runs is
//! sampled with `perf_event_open`. It is never signalled: a signal would end
//! timeouts of sockets early. One register of a waiting thread is not told; where
//! a frame needs it, it is guessed, and the report says
//! [`inferred`](Report::inferred).
//!
//! The exact tier has the kernel trap the system calls of a worker while a
//! guarded poll runs (Linux Syscall User Dispatch). The handler of the trap
//! decides by the call, its descriptor and flags whether it may block, has it
//! made all the same, and writes what it found into a buffer of 64 places, with
//! the stack. After the poll that goes to the reporter, a thread that looks up
//! names and lines. Not reported are non-blocking descriptors, polls without a
//! timeout, tokio's own work, free locks, `block_in_place`, and what a panic
//! hook does.
//!
//! # What it cannot see
//!
//! - Line tables name the lines: `debug = "line-tables-only"` in the release
//!   profile. Without them there are functions, as far as symbols know them.
//! - Optimised, a call that is the last thing a function does may become a jump:
//!   that function is then not on the stack, and its caller is named. And an
//!   inferred stack may end before it reaches the app's own code.
//! - The exact tier sees no computing and no page faults of mapped files; for
//!   those there is the watchdog.
//! - Polls that are little longer than the budget may slip through between two
//!   looks of the watchdog. Elapsed times of that tier may miss its first look.
//! - What a poll spawns, on threads or as tasks, is not part of it.
//! - Exact mode on a process that blocks SIGSYS after its workers have started,
//!   or sets another handler for it, ends that process. With gdb:
//!   `handle SIGSYS nostop noprint pass`.
//! - On Linux other than x86-64 and on other systems there is the watchdog with
//!   time and route alone; where a sandbox hides something, the log says so once.
//!   There is no interposition of the C library as a fallback.
//!
//! # Layer order
//!
//! Outside of all that should be looked at, other layers included; around the
//! router, `MatchedPath` of axum is not there. Layers within layers count once,
//! by the settings of the outermost.
//!
//! # Errors and limits
//!
//! The error type, the request body and the response body's `Data` and `Error`
//! are those of the service inside. Off, and without the feature `detect`, the
//! layer forwards.
//!
//! | bound | | beyond it |
//! |---|---|---|
//! | method and route in a slot | 126 bytes | cut |
//! | different calls of one poll | 64 | [`Counters::lost`] |
//! | frames of a stack | 96 | cut at the outer end |
//! | polls that wait to be reported | 1,024 | [`Counters::lost`] |
//! | stacks that are told apart | 4,096 | all are forgotten, and reported anew |
//! | a stack that was reported | counted for 60 s | |
//! | reports a minute | 60, [`rate_limit`](SyncIoLayer::rate_limit) | counted |
//! | workers | 4,096 threads | not watched |
//!
//! A poll that has not ended after a second is reported before it ends.
//!
//! # Features
//!
//! `detect` (default): the detector. Without it all names stay, and only
//! forward. `tokio` (default): [`block_in_place`]. `axum`: `MatchedPath` is the
//! route of reports.

// Denied, not forbidden, for the module `sys`, which has all of it.
#![deny(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    all(
        feature = "detect",
        not(all(target_os = "linux", target_arch = "x86_64"))
    ),
    allow(
        dead_code,
        reason = "what tells of calls and stacks has nothing to tell"
    )
)]

mod body;
mod config;
mod counters;
mod flush;
mod future;
mod grace;
mod kind;
mod layer;
mod mode;
mod report;
mod scope;
mod service;
mod task;
pub mod testing;

#[cfg(feature = "detect")]
mod dedupe;
#[cfg(feature = "detect")]
mod detector;
#[cfg(feature = "detect")]
mod guard;
#[cfg(feature = "detect")]
mod hits;
#[cfg(feature = "detect")]
mod label;
#[cfg(feature = "detect")]
mod operations;
#[cfg(feature = "detect")]
mod pressure;
#[cfg(feature = "detect")]
mod reporter;
#[cfg(feature = "detect")]
mod stack;
#[cfg(feature = "detect")]
mod subject;
#[cfg(feature = "detect")]
mod watch;

#[cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]
mod calls;
#[cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]
mod exact;
#[cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]
mod sample;
#[cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]
mod symbols;
#[cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]
mod sys;
#[cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]
mod target;
#[cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]
mod unwind;

#[cfg(all(
    feature = "detect",
    not(all(target_os = "linux", target_arch = "x86_64"))
))]
mod elsewhere;
#[cfg(all(
    feature = "detect",
    not(all(target_os = "linux", target_arch = "x86_64"))
))]
use elsewhere::{exact, sample, symbols, sys, target};

#[cfg(not(feature = "detect"))]
mod stub;
#[cfg(not(feature = "detect"))]
use stub::{detector, label, subject};

pub use body::ResponseBody;
pub use counters::Counters;
pub use flush::flush_reports;
pub use future::ResponseFuture;
pub use grace::Grace;
pub use kind::Kind;
pub use layer::SyncIoLayer;
pub use mode::{Mode, UnknownMode};
pub use report::{Frame, Report, Tier};
#[cfg(feature = "tokio")]
pub use scope::block_in_place;
pub use scope::{allow, allow_kind, allow_once};
pub use service::SyncIo;
pub use task::{WatchBlocking, WatchedFuture};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
