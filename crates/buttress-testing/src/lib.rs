//! What the tests of buttress share: bodies and services under control, a
//! clock, a tracing capture, servers on a free port, a Redis and a Postgres of a
//! test's own, clients that see the wire, decoders that know nothing of our
//! encoders, and data to feed them.
//!
//! Every helper fails loudly: a test that uses one cannot pass by accident.
#![deny(unsafe_code)]

pub mod alloc;
pub mod body;
pub mod capture;
pub mod clock;
mod collect;
pub mod corpus;
mod daemon;
mod deadline;
pub mod decode;
mod flag;
pub mod h1;
pub mod h2;
pub mod postgres;
pub mod redis;
pub mod server;
pub mod service;
pub mod wire;

pub use body::{Probe, Scripted, ScriptedBody};
pub use capture::Capture;
pub use clock::ManualClock;
pub use collect::{Collected, collect};
pub use deadline::within;
pub use flag::{Flag, Gate};
pub use postgres::Postgres;
pub use redis::Redis;
pub use server::Server;
pub use service::ReadyChecked;
