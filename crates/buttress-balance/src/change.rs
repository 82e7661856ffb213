use crate::Backend;
use std::{collections::HashSet, hash::Hash};

/// A change of the endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change<K> {
    /// One more, or another weight or zone of one that there is.
    Insert(Backend<K>),
    /// One less. What it has in flight ends.
    Remove(K),
    /// These and no others.
    Set(Vec<Backend<K>>),
}

impl<K: Clone + Eq + Hash> Change<K> {
    /// What becomes of the list. Of two with one key the last counts.
    pub(crate) fn onto(self, old: &[Backend<K>]) -> Vec<Backend<K>> {
        let without = |key: &K| old.iter().filter(|it| it.key != *key).cloned().collect();
        match self {
            Self::Insert(backend) => match old.iter().position(|it| it.key == backend.key) {
                Some(place) => {
                    let mut list = old.to_vec();
                    list[place] = backend;
                    list
                }
                None => [old, &[backend]].concat(),
            },
            Self::Remove(key) => without(&key),
            Self::Set(mut list) => {
                list.reverse();
                let mut known = HashSet::with_capacity(list.len());
                let is_new: Vec<_> = list.iter().map(|it| known.insert(&it.key)).collect();
                let mut is_new = is_new.into_iter();
                list.retain(|_| is_new.next() == Some(true));
                list.reverse();
                list
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn of_two_with_one_key_the_last_counts(
            list in prop::collection::vec((0u8..6, 0u32..9), 0..20),
        ) {
            let set: Vec<_> = list.iter().map(|it| Backend::new(it.0).weight(it.1)).collect();
            let mut expected: Vec<Backend<u8>> = Vec::new();
            for backend in &set {
                expected.retain(|it| it.key != backend.key);
                expected.push(backend.clone());
            }
            prop_assert_eq!(Change::Set(set).onto(&[]), expected);
        }
    }
}
