//! One key for the queries that `No-Vary-Search` calls the same.

use crate::{
    Key,
    policy::{Metadata, NoVarySearch},
};
use quick_cache::sync::Cache;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// The rules that responses gave of late, by path.
///
/// A request says nothing of the rule under which its answer may be stored, so it
/// is looked up under the last one that a response for its path gave. A key names
/// its rule: what was stored under another one is not found, and answers nothing.
pub(crate) struct Searches {
    rules: Cache<Box<str>, Arc<NoVarySearch>>,
    /// Whether there ever was one: most origins give none.
    any: AtomicBool,
}

impl Searches {
    /// How many paths are remembered; the least useful are forgotten.
    const MOST: usize = 1024;

    pub(crate) fn new() -> Self {
        Self {
            rules: Cache::new(Self::MOST),
            any: AtomicBool::new(false),
        }
    }

    /// Whether there is any rule.
    pub(crate) fn has_any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    /// The key of a URI by the rule for its path, if there is one.
    pub(crate) fn merged(&self, key: &Key) -> Option<Key> {
        if !self.has_any() {
            return None;
        }
        let (path, query, _) = split(key);
        let rule = self.rules.get(path)?;
        let query = rule.normal_form(query);
        // No URI in a key has a fragment.
        Some(Key::new(format!("{path}?{query}#{rule}")))
    }

    /// Remembers the rule of a response. False if it was asked for under another
    /// rule, and must not be stored under that.
    pub(crate) fn learn(&self, key: &Key, metadata: &Metadata) -> bool {
        let rule = metadata.no_vary_search();
        let (path, _, asked_by) = split(key);
        if rule.is_default() {
            if self.any.load(Ordering::Relaxed) {
                self.rules.remove(path);
            }
            return asked_by.is_none();
        }
        let is_same = asked_by.is_none_or(|asked_by| asked_by == rule.to_string());
        let is_known = self.rules.get(path).is_some_and(|known| *known == rule);
        if !is_known {
            self.rules.insert(path.into(), Arc::new(rule));
            self.any.store(true, Ordering::Relaxed);
        }
        is_same
    }
}

/// Path, query, and the rule of a merged key.
fn split(key: &Key) -> (&str, Option<&str>, Option<&str>) {
    let (uri, rule) = match key.as_str().split_once('#') {
        Some((uri, rule)) => (uri, Some(rule)),
        None => (key.as_str(), None),
    };
    match uri.split_once('?') {
        Some((path, query)) => (path, Some(query), rule),
        None => (uri, None, rule),
    }
}

impl fmt::Debug for Searches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Searches").finish_non_exhaustive()
    }
}
