//! Fields that a proxy takes away, and those that it adds.

pub(crate) mod forwarded;
pub(crate) mod hop_by_hop;
pub(crate) mod seen;
pub(crate) mod via;
