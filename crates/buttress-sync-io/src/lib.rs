//! Names the line that blocks your async worker.

#![deny(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

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
use elsewhere::{exact, sample, symbols, target};

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
