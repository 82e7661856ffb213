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
//!   than a budget of 20 ms, with the call, its target and the stack; waits for a
//!   lock have more while the host is short of CPU.
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
//! A test that blocks fails with the call, its target and the stack. Nothing has
//! to be installed or set in CI: it takes Linux 5.11 on x86-64 and a profile with
//! line tables, which `dev` and `test` have. On a developer's Mac the tests run
//! and find nothing; `assert_detector_works` belongs behind
//! `#[cfg(target_os = "linux")]` there.
//!
//! To run the tests that an app has already, give it [`Mode::Panic`] in them: a
//! poll of a request that blocked then panics after it, and the test sees no
//! answer. Where that is too strict at first, `Mode::Exact` with
//! [`on_report`](SyncIoLayer::on_report) or [`Counters`] lets a test count.
//! [`flush_reports`] before looking.
//!
//! # How it works
//!
//! Each worker has a slot: a number that is odd while a guarded poll runs, and
//! another one that stands for the layer and for method and route. Guarded are
//! `call`, the polls of the future and of the body, and the drops of both. There
//! is no clock in it, no allocation, no signal, and no memory that two workers
//! write to. One watchdog looks at the slots every 5 ms, and sleeps while nothing
//! is polled. A poll over its budget is looked into from outside: its call and
//! descriptor from `/proc`, its CPU and run-queue times, which tell a poll that
//! computes or waits from one that the host gives no CPU, and its stack. A
//! thread that waits is unwound from a copy of its stack; one that runs is
//! sampled with `perf_event_open`, as soon as it gets a CPU. It is never
//! signalled: a signal would end timeouts of sockets early. One register of a
//! waiting thread is not told; where a frame needs it, it is guessed, and the
//! report says [`inferred`](Report::inferred).
//!
//! The exact tier has the kernel trap the system calls of a worker while a
//! guarded poll runs (Linux Syscall User Dispatch). The handler of the trap
//! decides by the call, its descriptor and flags whether it may block, has it
//! made all the same, and writes what it found into a buffer of 64 places, with
//! the stack. After the poll that goes to the reporter, a thread that looks up
//! names and lines. Not reported are non-blocking descriptors, polls without a
//! timeout, tokio's own work, free locks, `block_in_place`, what handlers of
//! signals do, and what a panic hook does.
//!
//! Functions that were inlined have frames of their own. One whose last call
//! became a jump has none: it is found again between the call that its caller
//! made and the function that runs.
//!
//! # What it cannot see
//!
//! - Line tables name the lines: `debug = "line-tables-only"` in the release
//!   profile. Without them there are functions, as far as symbols know them, no
//!   [`location`](Report::location), and the calls that one line makes, such as
//!   those of `read_to_string`, are a report each; stripped of symbols as well,
//!   only the call and its target are certain.
//! - A function whose last call became a jump is not found again if it was called
//!   by a pointer or a table, such as a `fn()` or a `dyn` method: its caller is
//!   named. If it has two such calls of the same function, the first is named, and
//!   the report says `inferred`. An inferred stack may end before it reaches the
//!   app's own code.
//! - The exact tier sees no computing and no page faults of mapped files; for
//!   those there is the watchdog.
//! - Polls that are little longer than the budget may slip through between two
//!   looks of the watchdog. Elapsed times of that tier may miss its first look.
//! - Locks that are waited for count from a threshold on, and while the host is
//!   short of CPU from a longer one:
//!   [`lock_threshold`](SyncIoLayer::lock_threshold). The watchdog gives them as
//!   many times its budget.
//! - What a poll spawns, on threads or as tasks, is not part of it. A child that
//!   goes on after a `fork` without `exec` is not looked at.
//! - Exact mode on a process that blocks SIGSYS after its workers have started,
//!   or sets another handler for it, ends that process. With gdb:
//!   `handle SIGSYS nostop noprint pass`.
//! - On Linux other than x86-64 and on other systems there is the watchdog with
//!   time and route alone; where a sandbox hides something, the log says so once.
//! - Where the kernel refuses to trap calls (Linux before 5.11, gVisor, a filter
//!   of seccomp), the feature `interpose` puts functions in the place of some
//!   thirty of glibc's, `read`, `open`, `connect`, `syscall` and the like, for
//!   the whole program. That finds files, sockets, sleeps and locks; not what
//!   makes its calls itself, as rustix does, and not what glibc does within one
//!   function: names, lists of directories, starts of processes, ends of threads.
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
//! layer forwards. A method that HTTP does not define is called `other`. The
//! settings of a layer, once a service was made of it, are kept until the process
//! ends.
//!
//! | bound | | beyond it |
//! |---|---|---|
//! | name of a route or a job | 120 bytes | cut |
//! | methods with routes, and jobs | 4,096 in a process | reported without |
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
//! forward. `interpose`: exact mode also where the kernel traps no calls, see
//! above. `tokio` (default): [`block_in_place`]. `axum`: `MatchedPath` is the
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
mod jumps;
#[cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]
mod sample;
#[cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]
mod symbols;
#[cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]
mod sys;
#[cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]
mod target;
#[cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]
mod trace;
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
use elsewhere::{exact, sample, symbols, sys, target, trace};

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
