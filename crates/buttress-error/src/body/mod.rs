//! Bodies that may fail without taking the connection along.

mod guarded;
mod pause;
mod peeked;
mod response;

pub(crate) use guarded::Guarded;
pub(crate) use peeked::{Peek, Source, peek};
pub use response::ResponseBody;
