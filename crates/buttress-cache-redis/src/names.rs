//! The names of keys in Redis.

use buttress_cache::{Key, policy::VariantKey};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// All names of a cache have its own in braces: Redis Cluster puts them onto one
/// node, so that a purge is one step there as well.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    prefix: String,
    pub(crate) marks: String,
    pub(crate) recent: String,
    pub(crate) nothing: String,
    pub(crate) channel: String,
}

impl Names {
    pub(crate) fn of(cache: &str) -> Self {
        let prefix = format!("{{{cache}}}:");
        Self {
            marks: format!("{prefix}marks"),
            recent: format!("{prefix}recent"),
            nothing: format!("{prefix}nothing"),
            channel: format!("{prefix}purges"),
            prefix,
        }
    }

    pub(crate) fn heads(&self, key: &Key) -> String {
        format!("{}h:{key}", self.prefix)
    }

    pub(crate) fn bodies(&self, key: &Key) -> String {
        format!("{}b:{key}", self.prefix)
    }

    pub(crate) fn tag(&self, tag: &str) -> String {
        format!("{}t:{tag}", self.prefix)
    }
}

/// The field of a variant: as long for one with many cookies as for any other.
pub(crate) fn field(variant: &VariantKey) -> String {
    let digest = Sha256::digest(variant.as_bytes());
    let mut field = String::with_capacity(32);
    for byte in &digest[..16] {
        // Writing to a String cannot fail.
        let _ = write!(field, "{byte:02x}");
    }
    field
}
