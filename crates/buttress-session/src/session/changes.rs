use crate::{
    Error,
    store::{Entries, Name, Op},
};
use bytes::Bytes;
use std::sync::Arc;

/// Makes the new value of an entry of the one that it has.
pub(crate) type Updater = Arc<dyn Fn(Option<&[u8]>) -> Result<Bytes, Error> + Send + Sync>;

/// What a request did to its session: one change for each entry, after
/// everything was removed or not.
#[derive(Clone, Default)]
pub(crate) struct Changes {
    is_cleared: bool,
    by_name: Vec<(Name, Change)>,
}

#[derive(Clone)]
enum Change {
    Set(Bytes),
    Remove,
    /// These, one after another, on what the store has: by what this request
    /// saw of it, the value.
    Update(Vec<Updater>, Bytes),
}

/// What the changes alone say of an entry.
pub(crate) enum Known<'a> {
    Value(Option<&'a Bytes>),
    /// What the store has.
    Unchanged,
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        !self.is_cleared && self.by_name.is_empty()
    }

    pub(crate) fn set(&mut self, name: Name, value: Bytes) {
        self.put(name, Change::Set(value));
    }

    pub(crate) fn remove(&mut self, name: Name) {
        self.put(name, Change::Remove);
    }

    pub(crate) fn clear(&mut self) {
        self.is_cleared = true;
        self.by_name.clear();
    }

    /// Records an update whose outcome is `value`, by what this request saw.
    pub(crate) fn update(&mut self, name: Name, updater: Updater, value: Bytes) {
        let known = self.by_name.iter_mut().find(|(known, _)| *known == name);
        match known {
            Some((_, Change::Update(updaters, known))) => {
                updaters.push(updater);
                *known = value;
            }
            // Nobody else's writes matter to what this request set itself.
            Some(_) => self.set(name, value),
            None if self.is_cleared => self.set(name, value),
            None => self.put(name, Change::Update(vec![updater], value)),
        }
    }

    pub(crate) fn known(&self, name: &str) -> Known<'_> {
        match self.by_name.iter().find(|(known, _)| known == name) {
            Some((_, Change::Set(value) | Change::Update(_, value))) => Known::Value(Some(value)),
            Some((_, Change::Remove)) => Known::Value(None),
            None if self.is_cleared => Known::Value(None),
            None => Known::Unchanged,
        }
    }

    /// Whether they leave something where there was nothing.
    pub(crate) fn has_values(&self) -> bool {
        let is_value = |change: &Change| !matches!(change, Change::Remove);
        self.by_name.iter().any(|(_, change)| is_value(change))
    }

    /// Whether what the store has decides what becomes of it.
    pub(crate) fn has_updates(&self) -> bool {
        let is_update = |change: &Change| matches!(change, Change::Update(..));
        self.by_name.iter().any(|(_, change)| is_update(change))
    }

    /// Runs the updates again, on what somebody else left in the store. Here, and
    /// where they are recorded, is code of the app run: under no lock.
    pub(crate) fn rerun(&mut self, base: &Entries) -> Result<(), Error> {
        for (name, change) in &mut self.by_name {
            if let Change::Update(updaters, value) = change {
                let mut now = base.get(name).cloned();
                for updater in updaters {
                    now = Some(updater(now.as_deref())?);
                }
                *value = now.unwrap_or_default();
            }
        }
        Ok(())
    }

    /// The operations for a store that has `base`, without those that change
    /// nothing of it; all of them if nobody knows what it has.
    pub(crate) fn ops(&self, base: Option<&Entries>) -> Vec<Op> {
        let has = |name: &str| base.and_then(|base| base.get(name));
        let mut ops = Vec::with_capacity(self.by_name.len() + 1);
        if self.is_cleared && base.is_none_or(|base| !base.is_empty()) {
            ops.push(Op::Clear);
        }
        for (name, change) in &self.by_name {
            let value = match change {
                Change::Set(value) | Change::Update(_, value) => value,
                Change::Remove => {
                    let is_there = base.is_none() || has(name).is_some();
                    if is_there && !self.is_cleared {
                        ops.push(Op::Remove { name: name.clone() });
                    }
                    continue;
                }
            };
            if self.is_cleared || has(name) != Some(value) {
                ops.push(Op::Set {
                    name: name.clone(),
                    value: value.clone(),
                });
            }
        }
        ops
    }

    /// The entries as this request sees them, over what the store has.
    pub(crate) fn over(&self, base: &Entries) -> Entries {
        let mut entries = base.clone();
        entries.apply(&self.ops(Some(base)));
        entries
    }

    fn put(&mut self, name: Name, change: Change) {
        match self.by_name.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = change,
            None => self.by_name.push((name, change)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Act {
        Set(u8, u8),
        Remove(u8),
        Clear,
        Add(u8),
    }

    fn act() -> impl Strategy<Value = Act> {
        prop_oneof![
            (0u8..4, any::<u8>()).prop_map(|(name, value)| Act::Set(name, value)),
            (0u8..4).prop_map(Act::Remove),
            Just(Act::Clear),
            (0u8..4).prop_map(Act::Add),
        ]
    }

    fn name(name: u8) -> Name {
        format!("k{name}").into()
    }

    fn add_one(value: Option<&[u8]>) -> Bytes {
        let value = value.map_or(0, |value| {
            std::str::from_utf8(value).unwrap().parse().unwrap()
        });
        u64::to_string(&(value + 1)).into()
    }

    fn record(changes: &mut Changes, base: &Entries, act: &Act) {
        match act {
            Act::Set(key, value) => changes.set(name(*key), value.to_string().into()),
            Act::Remove(key) => changes.remove(name(*key)),
            Act::Clear => changes.clear(),
            Act::Add(key) => {
                let seen = changes.over(base);
                let value = add_one(seen.get(&name(*key)).map(|it| &it[..]));
                changes.update(name(*key), Arc::new(|value| Ok(add_one(value))), value);
            }
        }
    }

    fn directly(entries: &mut Entries, act: &Act) {
        match act {
            Act::Set(key, value) => entries.set(name(*key), value.to_string().into()),
            Act::Remove(key) => entries.remove(&name(*key)),
            Act::Clear => *entries = Entries::default(),
            Act::Add(key) => {
                let value = add_one(entries.get(&name(*key)).map(|it| &it[..]));
                entries.set(name(*key), value);
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_recorded_does_what_was_done(
            start in proptest::collection::vec((0u8..4, any::<u8>()), 0..4),
            acts in proptest::collection::vec(act(), 0..12),
        ) {
            let base: Entries = start.iter().map(|(key, value)| (name(*key), value.to_string().into())).collect();
            let (mut changes, mut expected) = (Changes::default(), base.clone());
            for act in &acts {
                record(&mut changes, &base, act);
                directly(&mut expected, act);
            }
            prop_assert_eq!(changes.over(&base), expected.clone());
            if !changes.has_updates() {
                // Blindly, too.
                let mut blind = base.clone();
                blind.apply(&changes.ops(None));
                prop_assert_eq!(blind, expected.clone());
            }
            if expected == base && !acts.iter().any(|act| matches!(act, Act::Clear)) {
                prop_assert_eq!(changes.ops(Some(&base)), []);
            }
        }
    }
}
