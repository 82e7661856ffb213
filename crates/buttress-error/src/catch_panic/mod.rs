//! Panics alone: for a service whose errors are somebody else's business.

mod body;
mod future;
mod layer;
mod service;

pub use body::CatchPanicBody;
pub use future::CatchPanicFuture;
pub use layer::CatchPanicLayer;
pub(crate) use layer::Config;
pub use service::CatchPanic;
