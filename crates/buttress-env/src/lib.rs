//! Production mode and typed configuration, read once.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod de;
mod env;
mod environment;
mod error;
mod example;
mod loaded;
mod name;
mod secret;
mod size;
mod source;
mod start;
mod table;
mod unknown;

pub use env::Env;
pub use environment::{Environment, UnknownEnvironment};
pub use error::{LoadError, Problem};
pub use loaded::{Change, Loaded};
pub use secret::Secret;
pub use size::ByteSize;
pub use source::Origin;
pub use table::Table;
