//! The secrets of the app, the ids that they sign and what they seal.

mod format;
mod ring;
mod seal;

pub use format::{Decoded, IdFormat};
pub(crate) use format::{PlainIds, TaggedIds};
pub use ring::{KeyRing, WeakSecret};
pub(crate) use seal::Seal;
