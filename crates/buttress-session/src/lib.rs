//! Sessions that are not lost, not resurrected and not stolen, on any store, as a
//! tower layer.
//!
//! Processes that answer the same visitor share no memory, so that what an app
//! knows of a visitor goes into a store that all of them reach. Most session
//! layers read the whole session, let the request change it and write the whole
//! back: two requests at once lose one's change, a slow one brings back a session
//! that a logout has ended, and a store that is down holds up pages that need no
//! session. Here a request records what it does to single entries, and that is
//! committed as one step, to a session that still is there, before the head of
//! the response leaves.
//!
//! # Example
//!
//! ```
//! use buttress_session::{Key, MemoryStore, Session, SessionLayer};
//! use http::{Request, Response, header::{COOKIE, SET_COOKIE}};
//! use std::convert::Infallible;
//! use tower::{ServiceBuilder, ServiceExt};
//!
//! const VISITS: Key<u32> = Key::new("visits");
//!
//! async fn handler(request: Request<()>) -> Result<Response<String>, Infallible> {
//!     let session = Session::from_request(&request).expect("the layer is there");
//!     // Nothing is asked of the store until here.
//!     let visits = session.update(VISITS, |visits| visits.unwrap_or(0) + 1).await;
//!     Ok(Response::new(match visits {
//!         Ok(visits) => format!("visit {visits}"),
//!         // The layer answers 503, whatever is answered here.
//!         Err(error) => error.to_string(),
//!     }))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let service = ServiceBuilder::new()
//!     .layer(SessionLayer::new(MemoryStore::new()))
//!     .service_fn(handler);
//!
//! let first = service.clone().oneshot(Request::new(())).await.unwrap();
//! assert_eq!(first.body().get_ref().unwrap(), "visit 1");
//! let cookie = first.headers()[SET_COOKIE].to_str().unwrap();
//! let (pair, _) = cookie.split_once(';').unwrap();
//!
//! let request = Request::builder().header(COOKIE, pair).body(()).unwrap();
//! let second = service.oneshot(request).await.unwrap();
//! assert_eq!(second.body().get_ref().unwrap(), "visit 2");
//! # }
//! ```
//!
//! With axum and the feature `axum`, [`Session`] is an extractor, and [`Error`] a
//! response:
//!
//! ```
//! # #[cfg(feature = "axum")]
//! # fn example() -> axum::Router {
//! use axum::{Router, routing::{get, post}};
//! use buttress_session::{Error, Key, MemoryStore, Session, SessionLayer};
//!
//! const USER: Key<String> = Key::new("user");
//!
//! async fn log_in(session: Session) -> Result<(), Error> {
//!     session.rotate()?;
//!     session.set(USER, &"ann".to_owned())
//! }
//!
//! async fn me(session: Session) -> Result<String, Error> {
//!     Ok(session.get(USER).await?.unwrap_or_else(|| "nobody".to_owned()))
//! }
//!
//! Router::new()
//!     .route("/login", post(log_in))
//!     .route("/me", get(me))
//!     .layer(SessionLayer::new(MemoryStore::new()))
//! # }
//! ```
//!
//! # Customizing
//!
//! ```
//! use buttress_session::{Cookie, KeyRing, MemoryStore, SameSite, SessionLayer};
//! use std::time::Duration;
//!
//! # fn example(secret: &str, old_secret: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let cookie = Cookie::host("shop").same_site(SameSite::Strict).build()?;
//! let layer = SessionLayer::new(MemoryStore::new())
//!     .cookie(cookie)
//!     .idle(Duration::from_secs(60 * 60))
//!     .absolute(Duration::from_secs(60 * 60 * 12))
//!     // Ids that nobody signed are known without asking the store.
//!     .keys(KeyRing::new(secret)?.accept(old_secret)?)
//!     .deadline(Duration::from_millis(300));
//! // Where the store does not let go of what is over by itself.
//! tokio::spawn(layer.sweep_every(Duration::from_secs(60)));
//! # Ok(())
//! # }
//! ```
//!
//! Browsers take a `__Host-` cookie over TLS alone; over plain HTTP there is
//! [`Cookie::development`]. [`SessionLayer::sealed`] keeps all of a session in the
//! cookie and needs no store. Several sessions in one app are several tags:
//! `SessionLayer::new(..).tag::<Admin>()`, `Session<Admin>`, each with a cookie of its
//! own name.
//!
//! # What a request does
//!
//! | | trips |
//! |---|---|
//! | leaves its session alone | 0, also while the store is down |
//! | [`get`](Session::get), once or often | 1, which prolongs the session's life |
//! | [`set`](Session::set), [`remove`](Session::remove), [`clear`](Session::clear), [`rotate`](Session::rotate) | 1 in all, when the head leaves |
//! | the same after a `get` | 2; none for what changes nothing |
//! | [`update`](Session::update) | 2, and 2 more where another request came between |
//! | [`destroy`](Session::destroy) | 1, at once |
//!
//! - Different entries never clash. Of two requests that set the same entry the
//!   last one wins, but with `update`: none is lost.
//! - A session that ended meanwhile stays ended: what was recorded for it is dropped,
//!   and no cookie goes out that could overwrite that of a login.
//!   Its response is sent all the same; [`commit`](Session::commit) tells a handler
//!   that has to know. An old id in its grace is such a session.
//! - A response of 5xx drops what its request recorded, the new id included
//!   ([`discard_on_server_error`](SessionLayer::discard_on_server_error)). What
//!   [`commit`](Session::commit) wrote before stays.
//! - A login asks for a [new id](Session::rotate). The old one can be read with for
//!   the [grace](SessionLayer::grace) and shows what was there before the login; it
//!   never shows what came after, since somebody may have planted it.
//! - With a request that goes away the state is that of before or after, never
//!   between, at whatever point it does.
//!
//! # Streams, WebSockets and tasks
//!
//! Once the head of the response has left, no cookie can follow, and nothing waits
//! for a commit. `set` is an error then, never a silent loss, and so is the first
//! `get`; what was [loaded](Session::load) before can be read. For more there is
//! [`Session::detached`], whose changes its own `commit` writes.
//!
//! # Caches
//!
//! Where a session was read, or a cookie is sent, the response gets `Vary: Cookie`
//! and `private` in its `Cache-Control`; `public` and `s-maxage` go, and so do the
//! [fields](SessionLayer::targeted_fields) that speak to one cache alone. `no-store`
//! stays.
//!
//! # Security
//!
//! - An id is 144 random bits, behind 24 that are no secret and stay the same when it
//!   is changed (they keep a session on one node of a cluster). Stores see its SHA-256
//!   alone, but for those that [share records](Capabilities::raw_ids) with another
//!   framework.
//! - An id that a client brings is never adopted: a new session has a new one.
//! - With [`keys`](SessionLayer::keys) an id carries 144 bits of HMAC-SHA-256 over the
//!   name of the cookie and itself. The first key signs, all verify, and a cookie of an
//!   older one is signed anew.
//! - Sealed sessions are XChaCha20-Poly1305 with random nonces. They cannot be revoked.
//! - Of several cookies of the name (RFC 6265 §5.4 has an order, but browsers send what
//!   others set for the domain, too) the first well-formed one counts; with keys, the
//!   first genuine one.
//! - `Debug` shows neither ids nor values, and `Set-Cookie` is marked as sensitive.
//!
//! # Layer order
//!
//! Inside of compression, caches and the error layer, which fills the bodies of its
//! 503s; outside of whatever uses the session. Around a part of the routes is enough.
//!
//! # Errors and limits
//!
//! The error type and the request body are the inner service's; the response body is
//! [`ResponseBody`], the inner one or none. If the store fails, or does not answer
//! within the deadline, a request that touched its session is answered with 503 and
//! `Retry-After`, without a body and a cookie; a record that cannot be read, or a
//! session that is too large, with 500. The error itself is in the extensions of the
//! response, as an `Arc<dyn Error + Send + Sync>`. Cookies, whatever is in them, are
//! no error: what is not an id is no session, and takes no trip.
//!
//! | what | bound |
//! |---|---|
//! | waiting for the store, in one request | 1 s ([`deadline`](SessionLayer::deadline)) |
//! | cookies of our name that are looked at | 16 |
//! | a sealed cookie, with its attributes | 4 KiB |
//! | a session in [`MemoryStore`] | 64 KiB |
//! | sessions in [`MemoryStore`] | 100,000, and 256 MiB; those that end soonest make room |
//! | life of a session | 7 days since its last use, 30 since it began |
//!
//! Outside of a tokio runtime there is no deadline, and all else works.
//!
//! # Stores
//!
//! [`MemoryStore`] is here; `buttress-session-redis` and `buttress-session-sql` have
//! stores that processes share, and `buttress-session-compat` takes those of
//! tower-sessions. To write one, implement [`SessionStore`] and hold it to
//! its promises with the feature `conformance`; what it cannot promise its
//! [`Capabilities`] leave out.
//!
//! # Features
//!
//! `axum`: the extractor. `conformance`: the tests for stores.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod config;
#[cfg(feature = "conformance")]
pub mod conformance;
mod cookie;
mod error;
#[cfg(feature = "axum")]
mod extract;
mod future;
mod head;
mod id;
mod key;
mod keys;
mod layer;
mod service;
mod session;
mod store;
mod sweep;
mod within;

pub use body::ResponseBody;
pub use cookie::{Cookie, CookieBuilder, CookieError, SameSite};
pub use error::Error;
pub use future::ResponseFuture;
pub use id::Id;
pub use key::Key;
pub use keys::{Decoded, IdFormat, KeyRing, WeakSecret};
pub use layer::SessionLayer;
pub use service::SessionService;
pub use session::{Flash, Session};
pub use store::{
    BoxFuture, Capabilities, Commit, Committed, Created, DynSessionStore, Entries, MemoryStore,
    Name, Op, OwnedSession, OwnerChange, Rotated, SessionStore, Snapshot, StoreError,
    StoreErrorKind, StoreKey, Swept, Ttl,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
