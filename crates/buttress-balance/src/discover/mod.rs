//! Where endpoints are found: [`dns`], [`file`](file()), or [`every`] for others.
//!
//! Each is a stream for [`Balancer::follow`](crate::Balancer::follow). What cannot be
//! read or resolved changes nothing: the endpoints stay as they were, and the log tells.

mod dns;
mod every;
mod file;

pub use dns::dns;
pub use every::{Every, every};
pub use file::{ParseFileError, file, parse};
