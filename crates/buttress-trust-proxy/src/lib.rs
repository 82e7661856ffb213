//! Finds out who the client is behind proxies: a tower layer that believes `Forwarded`
//! or `X-Forwarded-For` from trusted peers alone, and the PROXY protocol for listeners.
//!
//! Behind a load balancer every connection comes from the load balancer. Who the client
//! is then stands in a field of the request, which the client may have written as well:
//! who takes the first address of `X-Forwarded-For` for the client's lets everybody
//! choose an address, and with it a rate limit, a line in the log or a place behind an
//! allow-list. This layer looks at the peer of the connection first. If it is
//! [trusted](Trust), the fields are read from the right, hop by hop, up to the first that
//! is not trusted: that is the client. What stands left of it is removed.
//!
//! # Example
//!
//! ```
//! use buttress_trust_proxy::{ClientInfo, Trust, TrustProxyLayer};
//! use http::{Request, Response};
//! use std::{convert::Infallible, net::SocketAddr};
//! use tower::{Layer, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Express's syntax, as a setting would have it.
//! let trust: Trust = "loopback, 10.0.0.0/8".parse()?;
//! let service = TrustProxyLayer::new(trust).layer(service_fn(|request: Request<()>| async move {
//!     let client: &ClientInfo = request.extensions().get().expect("the layer is there");
//!     Ok::<_, Infallible>(Response::new(client.address()))
//! }));
//!
//! let mut request = Request::get("/")
//!     .header("x-forwarded-for", "6.6.6.6, 203.0.113.7")
//!     .body(())?;
//! // As the server puts it there: buttress-drain's does, axum has `ConnectInfo`.
//! request.extensions_mut().insert(SocketAddr::from(([10, 0, 0, 1], 50_000)));
//! let client = service.oneshot(request).await?.into_body();
//! assert_eq!(client, Some([203, 0, 113, 7].into()));
//! # Ok(())
//! # }
//! ```
//!
//! # Customizing
//!
//! ```
//! use buttress_trust_proxy::{Source, Trust, TrustProxyLayer};
//! use http::uri::Scheme;
//!
//! let layer = TrustProxyLayer::new(Trust::hops(1))
//!     // RFC 7239 instead of X-Forwarded-*.
//!     .source(Source::Forwarded)
//!     // This server speaks TLS itself.
//!     .scheme(Scheme::HTTPS);
//! # let _ = layer;
//! ```
//!
//! Others use it through closures that they have:
//!
//! - buttress-log: `.client(|head| head.extensions.get::<ClientInfo>()?.address())`;
//! - buttress-cache: `.uri(|parts| …)` with [`ClientInfo::uri`], so that `http` and
//!   `https`, and the hosts that clients name, have entries of their own;
//! - buttress-proxy, inside of this one: `.trusted(|_| true)`, since what untrusted peers
//!   sent is gone, and `.proto(|parts| …)` by [`ClientInfo::is_https`];
//! - whoever redirects to HTTPS, or sets cookies by the scheme: [`ClientInfo::is_https`],
//!   in a layer inside of this one;
//! - buttress-session needs none: its cookie is `Secure` whatever a request came over,
//!   unless the app says `Cookie::development`, for all of them. Behind a proxy that ends
//!   TLS that is right without a word of the proxy.
//!
//! # What is believed
//!
//! | from | the client is | scheme and host |
//! |---|---|---|
//! | a peer that is not trusted | the peer | the layer's, the request's |
//! | a trusted one, fields that name hops | the first hop from the right that is not trusted, or else the last named | what the farthest trusted hop says |
//! | a trusted one, without fields | the peer | what it says, else as above |
//! | a hop that hides the next (`unknown`, `_id`) | [hidden](ClientInfo::identifier), without address | what it says |
//! | a hop that names what is no address | that hop: nothing further left counts | what it says |
//!
//! Several lines of a field count as one list. `X-Forwarded-Proto` and `-Host` may have
//! one entry for each hop, or one that each hop replaces. Each trusted hop has to do one
//! of the two: one that passes on what its client said of the scheme is believed.
//!
//! # The PROXY protocol
//!
//! With the feature `proxy-protocol`, `ProxyProtocol` takes its header off the
//! connections of trusted peers, for proxies that pass on bytes and read no HTTP. Its
//! `ProxiedAddr` then is the peer of this layer.
//!
//! # Layer order
//!
//! Outermost, before the log, the cache and whoever else asks for the client.
//!
//! # Errors and limits
//!
//! The layer has no errors, changes neither body nor response, and its future is the
//! service's own. What cannot be read is not believed, and never an error of a request.
//! No more than 64 hops are followed. Beside the `ClientInfo` in the extensions it
//! allocates where there is more than one trusted hop, where a client is hidden, and
//! where something is removed.
//!
//! | of a PROXY header | default | beyond it |
//! |---|---|---|
//! | time, from the first read on | 3 s | closed |
//! | size, version 2 | 2,048 bytes | closed before it is read |
//! | size, version 1 | 107 bytes | closed |
//!
//! # Features
//!
//! `axum`: [`ClientInfo`] as an extractor, and peers by `ConnectInfo`.
//! `proxy-protocol`: `ProxyProtocol`. Neither is on by default.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client_info;
mod error;
#[cfg(feature = "axum")]
mod extract;
mod fields;
mod forwarded;
mod host;
mod layer;
mod network;
mod node;
mod peer;
#[cfg(feature = "proxy-protocol")]
mod proxy_protocol;
mod service;
mod settle;
mod source;
mod trust;
mod walk;
mod x_forwarded;

pub use client_info::ClientInfo;
pub use error::ParseTrustError;
#[cfg(feature = "axum")]
#[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
pub use extract::MissingClientInfo;
pub use layer::TrustProxyLayer;
pub use network::Network;
#[cfg(feature = "proxy-protocol")]
#[cfg_attr(docsrs, doc(cfg(feature = "proxy-protocol")))]
pub use proxy_protocol::{ProxiedAddr, ProxyProtocol, ProxyStream};
pub use service::TrustProxy;
pub use source::Source;
pub use trust::Trust;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
