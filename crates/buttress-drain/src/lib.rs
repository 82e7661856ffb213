//! Drain.
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
pub use serve::{App, Listener, Serve, serve};
pub use service::Drained;
