//! The templates of examples/deploy: each is linted, and the proxies run in front of two
//! instances of the example that share their sessions.

#[allow(dead_code, reason = "the other tests use the rest of it")]
#[path = "../routes/app.rs"]
mod app;
mod client;
mod failover;
mod lint;
mod proxy;
