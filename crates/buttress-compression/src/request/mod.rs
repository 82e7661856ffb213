//! Decompression of request bodies: what the layer is, from the outside in.
//!
//! `layer` and `service` decide from the head (`content_encoding`, `head`)
//! whether there is something to decode, `body` drives the `pipeline` of
//! `stage`s, one for each coding, and `future` turns what went wrong in the
//! body (`fault`) into the answer (`rejection`).

mod accepted;
mod body;
mod budget;
mod codec;
mod config;
mod content_encoding;
mod decoding;
mod error;
mod fault;
mod future;
mod head;
mod layer;
mod limits;
mod pipeline;
mod rejection;
mod response_body;
mod service;
mod stage;

use crate::BoxError;

pub use body::RequestBody;
pub use error::RequestDecompressionError;
pub use future::RequestDecompressionFuture;
pub use layer::RequestDecompressionLayer;
pub use response_body::DecompressionResponseBody;
pub use service::RequestDecompression;
