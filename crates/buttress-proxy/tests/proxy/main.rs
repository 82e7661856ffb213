//! The proxy between clients and upstreams whose bytes are written by hand.

mod anything;
mod broken_upstream;
mod error_pages;
mod expect;
mod forwarded;
mod hop_by_hop;
mod http2;
mod idle_connection;
mod lengths;
mod pool;
mod requests;
mod smuggling;
mod streaming;
mod support;
mod there_and_back;
mod timeouts;
#[cfg(feature = "tls")]
mod tls;
mod traits;
mod unix;
mod upgrade;
