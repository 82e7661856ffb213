use super::{Op, StoreError};
use bytes::Bytes;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;
use std::{borrow::Cow, collections::BTreeMap, fmt, sync::Arc};

/// The name of an entry, or of an owner. Names of constants cost nothing.
pub type Name = Cow<'static, str>;

/// What a session holds: JSON texts by name. Clones share until one changes.
#[derive(Clone, Default)]
pub struct Entries(
    /// By name. None is as good as an empty one.
    Option<Arc<Vec<(Name, Bytes)>>>,
);

impl Entries {
    /// The JSON text of an entry.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Bytes> {
        let index = self.find(name).ok()?;
        Some(&self.all()[index].1)
    }

    /// Sets an entry to a JSON text.
    pub fn set(&mut self, name: Name, value: Bytes) {
        match self.find(&name) {
            Ok(index) => self.all_mut()[index].1 = value,
            Err(index) => self.all_mut().insert(index, (name, value)),
        }
    }

    /// Removes an entry.
    pub fn remove(&mut self, name: &str) {
        if let Ok(index) = self.find(name) {
            self.all_mut().remove(index);
        }
    }

    /// Does what the operations say, in their order.
    pub fn apply(&mut self, ops: &[Op]) {
        for op in ops {
            match op {
                Op::Set { name, value } => self.set(name.clone(), value.clone()),
                Op::Remove { name } => self.remove(name),
                Op::Clear => self.0 = None,
            }
        }
    }

    /// All entries, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &Bytes)> {
        self.all().iter().map(|(name, value)| (name, value))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all().len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all().is_empty()
    }

    /// The bytes of all names and values.
    #[must_use]
    pub fn size(&self) -> usize {
        self.iter()
            .map(|(name, value)| name.len() + value.len())
            .sum()
    }

    /// All entries as one JSON object.
    ///
    /// # Errors
    ///
    /// [`Corrupt`](crate::StoreErrorKind::Corrupt) if a value is not JSON.
    pub fn to_json(&self) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(&Object(self)).map_err(StoreError::corrupt)
    }

    /// The entries of one JSON object.
    ///
    /// # Errors
    ///
    /// [`Corrupt`](crate::StoreErrorKind::Corrupt) if it is no such thing.
    pub fn from_json(json: &[u8]) -> Result<Self, StoreError> {
        let object: BTreeMap<String, Box<RawValue>> =
            serde_json::from_slice(json).map_err(StoreError::corrupt)?;
        Ok(object
            .into_iter()
            .map(|(name, value)| (name.into(), Box::<str>::from(value).into_string().into()))
            .collect())
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.all()
            .binary_search_by(|(known, _)| (**known).cmp(name))
    }

    fn all(&self) -> &[(Name, Bytes)] {
        self.0.as_ref().map_or(&[], |all| all.as_slice())
    }

    fn all_mut(&mut self) -> &mut Vec<(Name, Bytes)> {
        Arc::make_mut(self.0.get_or_insert_default())
    }
}

impl PartialEq for Entries {
    fn eq(&self, other: &Self) -> bool {
        self.all() == other.all()
    }
}

impl Eq for Entries {}

impl FromIterator<(Name, Bytes)> for Entries {
    fn from_iter<I: IntoIterator<Item = (Name, Bytes)>>(entries: I) -> Self {
        let mut all = Self::default();
        for (name, value) in entries {
            all.set(name, value);
        }
        all
    }
}

/// Values are nobody's business.
impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(|(name, _)| name))
            .finish()
    }
}

struct Object<'a>(&'a Entries);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0.iter() {
            let value: &RawValue =
                serde_json::from_slice(value).map_err(serde::ser::Error::custom)?;
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
