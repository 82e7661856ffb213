//! x
#![forbid(unsafe_code)]
mod encoder;
mod encoding;
mod request;
pub use encoding::Encoding;
pub use request::{
    DecompressionResponseBody, RequestBody, RequestDecompression, RequestDecompressionError,
    RequestDecompressionFuture, RequestDecompressionLayer,
};
