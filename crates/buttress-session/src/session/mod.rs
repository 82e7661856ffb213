//! The session of a request: what is known of it, what is recorded for it, and
//! how that gets into the store.

mod changes;
mod close;
mod flash;
mod handle;
mod owner;
mod plan;
mod scope;
mod sealed;
mod settle;
mod state;

pub(crate) use close::Closed;
pub use flash::Flash;
pub use handle::Session;
pub(crate) use plan::Settled;
pub(crate) use scope::Scope;
pub(crate) use settle::Backend;
