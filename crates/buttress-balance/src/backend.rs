use std::{fmt, hash::Hash};

/// What an endpoint is known by: an address, a URI or a name.
///
/// Its text is its name in events and in [sticky cookies](crate::Sticky), so it has to
/// be the same in all processes that share these.
pub trait Key: Clone + Eq + Hash + fmt::Display + Send + Sync + 'static {}

impl<K: Clone + Eq + Hash + fmt::Display + Send + Sync + 'static> Key for K {}

/// An endpoint as it is configured.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Backend<K> {
    pub(crate) key: K,
    pub(crate) weight: u32,
    pub(crate) zone: Box<str>,
}

impl<K> Backend<K> {
    /// One of weight 1, in no zone.
    #[must_use]
    pub fn new(key: K) -> Self {
        Self {
            key,
            weight: 1,
            zone: Box::default(),
        }
    }

    /// Its share, next to those of others. With 0 it is a spare: it is used where all
    /// others are out.
    #[must_use]
    pub fn weight(mut self, weight: u32) -> Self {
        self.weight = weight;
        self
    }

    /// Where it stands; see [`zone`](crate::BalancerBuilder::zone).
    #[must_use]
    pub fn zone(mut self, zone: impl Into<Box<str>>) -> Self {
        self.zone = zone.into();
        self
    }

    /// What it is known by.
    pub fn key(&self) -> &K {
        &self.key
    }
}

impl<K> From<K> for Backend<K> {
    fn from(key: K) -> Self {
        Self::new(key)
    }
}
