//! What each test of [`store_conformance!`](crate::store_conformance) does.

pub mod cancellation;
pub mod expiry;
pub mod owners;
pub mod records;
pub mod rotation;
pub mod versions;

use super::Harness;
use crate::{
    Id,
    store::{Commit, Created, Op, SessionStore, Snapshot, StoreKey, Ttl},
};

fn ids(count: usize) -> Vec<Id> {
    let mut id = Id::generate().expect("random bytes");
    let mut ids = Vec::new();
    for _ in 0..count {
        let next = id.successor().expect("random bytes");
        ids.push(std::mem::replace(&mut id, next));
    }
    ids
}

/// Keys of one family, as one session has them after another.
fn keys<S: SessionStore, const N: usize>(store: &S) -> [StoreKey; N] {
    let raw = store.capabilities().raw_ids;
    let keys: Vec<_> = ids(N).iter().map(|id| id.store_key(raw)).collect();
    keys.try_into().expect("as many as asked for")
}

/// Ten ticks.
fn ttl<H: Harness>() -> Ttl {
    Ttl::idle(H::TICK * 10)
}

fn set<H: Harness>(entries: &[(&'static str, &'static str)]) -> Commit {
    let ops = entries.iter().map(|&(name, value)| Op::set(name, value));
    Commit::new(ttl::<H>()).ops(ops.collect())
}

async fn create<H: Harness>(
    store: &H::Store,
    key: &StoreKey,
    entries: &[(&'static str, &'static str)],
) {
    let created = store.create(key, &set::<H>(entries)).await;
    assert_eq!(created.expect("created"), Created::Created);
}

async fn load<S: SessionStore>(store: &S, key: &StoreKey) -> Option<Snapshot> {
    store.load(key, None).await.expect("loaded")
}

async fn is_there<S: SessionStore>(store: &S, key: &StoreKey) -> bool {
    load(store, key).await.is_some()
}

/// `name=value` of all entries.
async fn shown<S: SessionStore>(store: &S, key: &StoreKey) -> Option<String> {
    let snapshot = load(store, key).await?;
    let entries = snapshot.entries.iter();
    let shown = entries.map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(value)));
    Some(shown.collect::<Vec<_>>().join(" "))
}
