//! Two tiers: what the first keeps of what the second brings.

use buttress_cache::{
    BoxFuture, Entry, Head, Key, Lookup, MemoryStore, Purge, Scope, Store, StoreResult, Tiered,
    Wanted,
    policy::{Freshness, Metadata, Timestamp, VariantKey, Vary},
};
use futures_util::FutureExt;
use http::{HeaderMap, StatusCode};
use std::{future::ready, sync::Arc};
use tokio::sync::Semaphore;

/// A store that is elsewhere: it has one entry, and answers when it may.
struct Slow {
    entry: Arc<Entry>,
    may: Arc<Semaphore>,
}

impl Store for Slow {
    fn lookup(&self, _: &Wanted<'_>) -> Lookup {
        Lookup::Ask
    }

    fn ask(&self, _: Wanted<'static>) -> BoxFuture<Option<Arc<Entry>>> {
        let (entry, may) = (self.entry.clone(), self.may.clone());
        Box::pin(async move {
            let _ = may.acquire().await;
            Some(entry)
        })
    }

    fn put(&self, _: &Key, _: Arc<Entry>) {}

    fn purge(&self, _: &Purge) -> BoxFuture<StoreResult> {
        Box::pin(ready(Ok(())))
    }
}

fn entry(asked: u64, body: &'static str) -> Arc<Entry> {
    let metadata = Metadata {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        freshness: Freshness::default(),
    };
    let vary = Vary::Fields(Vec::new());
    let asked = Timestamp::from_secs(asked);
    let head = Head::new(metadata, vary, VariantKey::default(), asked);
    Arc::new(Entry::new(head, body.into(), None))
}

/// What the tiers find, and what the first holds then, if `meanwhile` happens
/// while the second, which has an entry of second 20, is asked.
fn asked(
    meanwhile: impl FnOnce(&Tiered<MemoryStore, Slow>, &Key),
) -> (Option<Arc<Entry>>, Option<Arc<Entry>>) {
    let (key, headers) = (Key::new("http://example.com/"), HeaderMap::new());
    let may = Arc::new(Semaphore::new(0));
    let slow = Slow {
        entry: entry(20, "second"),
        may: may.clone(),
    };
    let tiers = Tiered::new(MemoryStore::new(), slow);
    let wanted = || Wanted::new(&key, &headers);
    assert!(matches!(tiers.lookup(&wanted()), Lookup::Ask));
    let mut asked = tiers.ask(wanted().into_owned());
    assert!(asked.as_mut().now_or_never().is_none());
    meanwhile(&tiers, &key);
    may.add_permits(1);
    let found = asked.now_or_never().unwrap();
    let held = match tiers.first().lookup(&wanted()) {
        Lookup::Hit(entry) => Some(entry),
        _ => None,
    };
    (found, held)
}

fn is(entry: Option<Arc<Entry>>, body: &str) -> bool {
    entry.is_some_and(|entry| entry.body() == body)
}

#[test]
fn what_the_second_brings_is_kept_in_the_first() {
    let (found, held) = asked(|_, _| {});
    assert!(is(found, "second") && is(held, "second"));
}

#[test]
fn what_is_newer_in_the_first_by_then_stays_and_answers() {
    let (found, held) = asked(|tiers, key| tiers.put(key, entry(21, "first")));
    assert!(is(found, "first") && is(held, "first"));
}

#[test]
fn what_is_older_in_the_first_makes_room() {
    let (found, held) = asked(|tiers, key| tiers.put(key, entry(19, "first")));
    assert!(is(found, "second") && is(held, "second"));
}

#[test]
fn what_was_purged_while_it_was_asked_for_is_neither_given_nor_kept() {
    let (found, held) = asked(|tiers, key| {
        let purge = Purge::hard(Scope::Key(key.clone()));
        tiers.purge(&purge).now_or_never().unwrap().unwrap();
    });
    assert!(found.is_none() && held.is_none());
}
