//! x
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod command;
pub mod envelope;
mod error;
mod link;
mod message;
mod names;
mod pending;
mod script;
mod session;
mod settings;
mod store;
mod supervisor;
mod ttl;
mod writes;

pub use redis;
pub use store::RedisStore;
