use crate::Backend;

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

impl<K: Clone + Eq> Change<K> {
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
            Self::Set(list) => {
                let mut set: Vec<Backend<K>> = Vec::with_capacity(list.len());
                for backend in list {
                    set.retain(|it| it.key != backend.key);
                    set.push(backend);
                }
                set
            }
        }
    }
}
