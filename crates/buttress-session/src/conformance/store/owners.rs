//! Sessions that are bound to somebody.
#![allow(missing_docs, reason = "the names say what each test shows")]

use super::{Harness, create, is_there, keys, load, set, ttl};
use crate::store::{Commit, OwnerChange, Rotated, SessionStore, StoreErrorKind, StoreKey};
use std::time::Duration;

async fn bind<H: Harness>(store: &H::Store, key: &StoreKey, owner: &'static str) {
    let commit = Commit::new(ttl::<H>()).owner(OwnerChange::Bind(owner.into()));
    store.create(key, &commit).await.expect("created");
}

async fn of<S: SessionStore>(store: &S, owner: &str) -> Vec<StoreKey> {
    let listed = store.list_by_owner(owner, 100).await.expect("listed");
    let mut keys: Vec<_> = listed.into_iter().map(|session| session.key).collect();
    keys.sort();
    keys
}

fn sorted<const N: usize>(keys: [&StoreKey; N]) -> Vec<StoreKey> {
    let mut keys: Vec<_> = keys.into_iter().cloned().collect();
    keys.sort();
    keys
}

pub async fn an_owners_sessions_are_listed<H: Harness>(harness: H) {
    let store = harness.store();
    if !store.capabilities().owners {
        return;
    }
    let [a, b, c, nobodys] = keys(&store);
    bind::<H>(&store, &a, "ann").await;
    bind::<H>(&store, &b, "ann").await;
    bind::<H>(&store, &c, "an").await;
    create::<H>(&store, &nobodys, &[]).await;
    assert_eq!(of(&store, "ann").await, sorted([&a, &b]));
    assert_eq!(of(&store, "nobody").await, []);
    assert_eq!(
        store.list_by_owner("ann", 1).await.expect("listed").len(),
        1
    );
    store.delete(&a).await.expect("deleted");
    assert_eq!(of(&store, "ann").await, sorted([&b]));
    harness.advance(H::TICK * 11).await;
    assert_eq!(of(&store, "ann").await, []);
}

pub async fn all_sessions_of_an_owner_end_but_one<H: Harness>(harness: H) {
    let store = harness.store();
    if !store.capabilities().owners {
        return;
    }
    let [a, b, c, other] = keys(&store);
    for key in [&a, &b, &c] {
        bind::<H>(&store, key, "ann").await;
    }
    bind::<H>(&store, &other, "bob").await;
    let ended = store.delete_by_owner("ann", Some(&b)).await;
    assert_eq!(ended.expect("deleted"), 2);
    assert!(!is_there(&store, &a).await);
    assert_eq!(of(&store, "ann").await, sorted([&b]));
    assert_eq!(
        store.delete_by_owner("ann", None).await.expect("deleted"),
        1
    );
    for key in [&a, &b, &c] {
        assert!(!is_there(&store, key).await);
    }
    assert!(is_there(&store, &other).await);
}

pub async fn an_owner_stays_through_commits_and_rotations<H: Harness>(harness: H) {
    let store = harness.store();
    if !store.capabilities().owners {
        return;
    }
    let [old, new, third] = keys(&store);
    create::<H>(&store, &old, &[]).await;
    let binds = Commit::new(ttl::<H>()).owner(OwnerChange::Bind("ann".into()));
    let rotated = store.rotate(&old, &new, &binds, H::TICK * 5).await;
    assert!(matches!(rotated, Ok(Rotated::Applied { .. })));
    // What the old key shows is not bound, and is not listed.
    assert_eq!(of(&store, "ann").await, sorted([&new]));
    store
        .commit(&new, &set::<H>(&[("a", "1")]))
        .await
        .expect("committed");
    store
        .rotate(&new, &third, &set::<H>(&[]), Duration::ZERO)
        .await
        .expect("rotated");
    assert_eq!(of(&store, "ann").await, sorted([&third]));
    let snapshot = load(&store, &third).await.expect("there");
    assert_eq!(snapshot.owner.as_deref(), Some("ann"));

    let rebinds = Commit::new(ttl::<H>()).owner(OwnerChange::Bind("bob".into()));
    store.commit(&third, &rebinds).await.expect("committed");
    assert_eq!(of(&store, "ann").await, []);
    assert_eq!(of(&store, "bob").await, sorted([&third]));
    let unbinds = Commit::new(ttl::<H>()).owner(OwnerChange::Unbind);
    store.commit(&third, &unbinds).await.expect("committed");
    assert_eq!(of(&store, "bob").await, []);
    assert_eq!(
        store.delete_by_owner("bob", None).await.expect("deleted"),
        0
    );
    assert!(is_there(&store, &third).await);
}

pub async fn a_store_without_owners_says_so<H: Harness>(harness: H) {
    let store = harness.store();
    if store.capabilities().owners {
        return;
    }
    let listed = store.list_by_owner("ann", 1).await.map(|_| ());
    let deleted = store.delete_by_owner("ann", None).await.map(|_| ());
    for result in [listed, deleted] {
        let error = result.expect_err("not supported");
        assert_eq!(error.kind(), StoreErrorKind::Unsupported);
    }
}
