//! x
#![forbid(unsafe_code)]
mod encoder;
mod encoding;
pub use encoding::Encoding;
