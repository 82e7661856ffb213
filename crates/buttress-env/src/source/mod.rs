//! Where values come from: layers, the strongest first, merged into one map.

mod credentials;
mod dotenv;
mod dotenv_files;
mod entries;
mod file;
mod origin;
mod process;

pub(crate) use entries::{Entries, Entry, Found, Text};
pub(crate) use origin::Layer;
pub use origin::Origin;
pub(crate) use process::{Process, Snapshot};
pub(crate) use {
    credentials::add_credentials,
    dotenv_files::{add_dotenv, unread_dotenv},
};

/// The most that a file which holds a value may hold.
const MAX_FILE: u64 = 1024 * 1024;
