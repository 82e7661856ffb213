//! Encoders that are made once and used again.
//!
//! A complete body goes through [`EncoderPool::compress`] in one call; a body
//! that is still arriving borrows a [`PooledEncoder`] and drives it through
//! `EncodeV2`, the codec interface of async-compression.

mod stand_in;
pub(crate) use stand_in::*;

use crate::Encoding;
use async_compression::codecs::EncodeV2;
use std::io;

/// A streaming encoder that can start over.
pub(crate) trait Encoder: EncodeV2 + Send {
    /// Makes the next output byte-identical to a new encoder's.
    fn reset(&mut self) -> io::Result<()>;
}

/// How much history a streaming encoder keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    /// The codec's usual window: for bodies that arrive as fast as they are
    /// encoded and so are soon over.
    Full,
    /// A small one: for bodies that pause, of which thousands may be open.
    Small,
}

/// What tells one pooled encoder from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spec {
    pub(crate) encoding: Encoding,
    pub(crate) level: i32,
    pub(crate) window: Window,
}
