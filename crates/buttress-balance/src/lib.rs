//! A load balancer as a tower service: it chooses among endpoints that come and go,
//! leaves out those that fail, sends elsewhere what did not arrive, and never waits for
//! ever.
//!
//! One instance of an app is not enough for a production app, so something has to share
//! its requests out. A balancer that goes by load alone is drawn to an endpoint that
//! refuses connections, since it fails so fast; one that waits for an endpoint to get
//! ready waits for ever when all are down; one that ejects whoever answers 500 lets one
//! bad request take all of them out. This one does none of that, and each is a test.
//!
//! # Example
//!
//! ```
//! use buttress_balance::{Balancer, RequestBody, Verdict};
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::{Empty, Full};
//! use std::{io, net::SocketAddr};
//! use tower::{ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # type Body = RequestBody<Empty<Bytes>>;
//! // A service for each endpoint: buttress-proxy's, or any whose clones share their
//! // connections.
//! let balancer = Balancer::builder(|endpoint: &SocketAddr| {
//!     let port = endpoint.port();
//!     service_fn(move |_: Request<Body>| async move {
//!         if port == 3001 {
//!             return Err(io::Error::from(io::ErrorKind::ConnectionRefused));
//!         }
//!         Ok(Response::new(Full::new(Bytes::from("hello"))))
//!     })
//! })
//! // What its errors mean.
//! .classify(|error: &io::Error| match error.kind() {
//!     io::ErrorKind::ConnectionRefused => Verdict::Unsent,
//!     _ => Verdict::Broken,
//! })
//! .build([([127, 0, 0, 1], 3000), ([127, 0, 0, 1], 3001)].map(SocketAddr::from));
//!
//! for _ in 0..100 {
//!     let request = Request::get("/").body(Empty::new())?;
//!     // One of the two is down; nobody notices.
//!     assert_eq!(balancer.clone().oneshot(request).await?.status(), 200);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Customizing
//!
//! ```
//! # fn example<S: Clone + 'static>(connect: fn(&std::net::SocketAddr) -> S) {
//! use buttress_balance::{Balancer, Policy, Retry, Sticky};
//! use http::HeaderName;
//! use std::time::Duration;
//!
//! let balancer = Balancer::builder(connect)
//!     .policy(Policy::LeastPending)
//!     .sticky(Sticky::header(HeaderName::from_static("x-tenant")))
//!     .retry(Retry::new().attempts(2))
//!     .slow_start(Duration::from_secs(30))
//!     .max_pending(256)
//!     .on_event(|event| println!("{} {}", event.endpoint, event.kind))
//!     .build([([127, 0, 0, 1], 3000)].map(std::net::SocketAddr::from));
//! # let _ = balancer;
//! # }
//! ```
//!
//! Endpoints change by [`Balancer::apply`], or by a stream that
//! [`Balancer::follow`] reads: with the feature `discover` there are such for DNS and for
//! a file. [`Balancer::check_health`] asks them how they are.
//!
//! # What becomes of a request
//!
//! 1. A [sticky](Sticky) client's goes where it went before, if that is well; else the
//!    [`Policy`] chooses among those that are well and have room.
//! 2. Its answer, or its error, gets a [`Verdict`] from [`Classify`].
//! 3. Where nothing of it was sent ([`Verdict::Unsent`]), it goes elsewhere, with its body
//!    whole. Where it broke off ([`Verdict::Broken`]), it does so if its method may be
//!    done twice and its body is short enough to be kept. Each such takes one from the
//!    budget of [`Retry`].
//! 4. Where nobody could be reached, the answer is 503 with `Retry-After`, an empty body,
//!    and a [`Refusal`] in its extensions. Any other error is the service's own, given on.
//!
//! # Who is left out
//!
//! | | after | for | by |
//! |---|---|---|---|
//! | cannot be reached | 3 in a row | 1 s, doubled to 30 s; then one request tries | [`breaker`](BalancerBuilder::breaker) |
//! | breaks off | 5 in a row | 10 s, doubled to 300 s | [`ejection`](BalancerBuilder::ejection) |
//! | the app answers 500 | never | | [`eject_on_failures`](BalancerBuilder::eject_on_failures) |
//! | does not get ready | its error | its service is made anew | |
//! | unwell by its checks | 2 in a row | until 2 good ones | [`check_health`](Balancer::check_health) |
//!
//! While fewer than half are well, the second and the last do not count: so many do not
//! fail by themselves. Those that cannot be reached are asked by one request at a time.
//!
//! # Layer order
//!
//! It is the innermost: the service that layers stand around.
//!
//! # Errors and limits
//!
//! Its error is that of the services. Its own answers have status 503. It is always
//! ready, so it can stand under axum and hyper without a buffer. Dropping a response, or
//! its future, ends the request with the endpoint.
//!
//! | | default | beyond it |
//! |---|---|---|
//! | requests in flight, an endpoint | 1,024 | another one; then 503 |
//! | time for an endpoint to get ready | 50 ms | 503 |
//! | attempts of a request | 3 | the last answer, or 503 |
//! | retries of all | 20 % of requests, and 10 a second | as if there were none |
//! | body that is kept to be sent again | 64 KiB | sent once |
//! | `Retry-After` | 1 s to 120 s | |
//!
//! How long a connection or an answer may take is the services' to say: a request to an
//! endpoint that swallows everything waits for that. A request costs one boxed future, a
//! copy of its head, and two small boxes if it has a body.
//!
//! # Features
//!
//! `cookie`: [`StickyCookie`]. `discover`: [`discover`]. Both are on by default.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod attempt;
mod backend;
mod backoff;
mod balancer;
mod body;
mod breaker;
mod builder;
mod change;
mod checks;
mod choose;
mod classify;
mod clock;
#[cfg(feature = "cookie")]
mod cookie;
#[cfg(feature = "discover")]
#[cfg_attr(docsrs, doc(cfg(feature = "discover")))]
pub mod discover;
mod drive;
mod endpoint;
mod endpoint_state;
mod event;
mod ewma;
mod health;
mod hedge;
mod load;
mod outlier;
mod policy;
mod refusal;
mod request_body;
mod retry;
mod service;
mod shares;
mod snapshot;
mod standing;
mod state;
mod sticky;

pub use backend::{Backend, Key};
pub use balancer::Balancer;
pub use body::ResponseBody;
pub use builder::BalancerBuilder;
pub use change::Change;
pub use classify::{Cautious, Classify, Verdict};
#[cfg(feature = "cookie")]
#[cfg_attr(docsrs, doc(cfg(feature = "cookie")))]
pub use cookie::StickyCookie;
pub use endpoint_state::EndpointState;
pub use event::{Event, Kind as EventKind};
pub use health::HealthCheck;
pub use hedge::Hedge;
pub use policy::Policy;
pub use refusal::Refusal;
pub use request_body::RequestBody;
pub use retry::Retry;
pub use service::ResponseFuture;
pub use sticky::Sticky;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
