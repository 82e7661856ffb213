//! A reverse proxy as a tower service: [`ReverseProxy`] sends requests to one
//! upstream, and streams bodies both ways.
//!
//! # Example
//!
//! ```no_run
//! use buttress_drain::{bind, serve};
//! use buttress_proxy::{ErrorPageLayer, ReverseProxy};
//! use tower::Layer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let proxy = ReverseProxy::new("http://127.0.0.1:3000".parse()?);
//!     let gateway = ErrorPageLayer::new().layer(proxy);
//!     serve(bind("127.0.0.1:8080").await?, gateway).on_signals().await?;
//!     Ok(())
//! }
//! ```

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod builder;
mod connect;
mod deadline;
mod error;
mod error_page;
mod exchange;
mod framing;
mod future;
mod headers;
mod http1;
mod http2;
mod outgoing;
mod pool;
mod proxy;
mod rewrite;
mod service;
mod settings;
mod upgrade;
mod upstream;

pub use body::ResponseBody;
pub use builder::Builder;
pub use error::Error;
pub use error_page::{ErrorPageLayer, ErrorPages, PageBody, PageFuture};
pub use future::ResponseFuture;
pub use headers::forwarded::Forwarding;
pub use proxy::ReverseProxy;
pub use rewrite::Host;
pub use upstream::{InvalidUpstream, Upstream};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
