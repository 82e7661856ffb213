//! A session gets a new key.
#![allow(missing_docs, reason = "the names say what each test shows")]

use super::{Harness, create, is_there, keys, load, set, shown, ttl};
use crate::store::{Committed, Rotated, SessionStore, StoreKey};
use std::time::Duration;

async fn rotate<H: Harness>(store: &H::Store, old: &StoreKey, new: &StoreKey, grace: Duration) {
    let rotated = store
        .rotate(old, new, &set::<H>(&[("user", "1")]), grace)
        .await;
    assert!(
        matches!(rotated, Ok(Rotated::Applied { .. })),
        "{rotated:?}"
    );
}

pub async fn a_rotation_moves_the_session<H: Harness>(harness: H) {
    let store = harness.store();
    let [old, new] = keys(&store);
    create::<H>(&store, &old, &[("cart", "3")]).await;
    let before = load(&store, &old).await.expect("there");
    let rotated = store
        .rotate(&old, &new, &set::<H>(&[("user", "1")]), Duration::ZERO)
        .await;
    assert_eq!(rotated.expect("rotated"), Rotated::Applied { version: 2 });
    assert_eq!(shown(&store, &new).await.as_deref(), Some("cart=3 user=1"));
    let after = load(&store, &new).await.expect("there");
    assert_eq!((after.version, after.created), (2, before.created));
    let committed = store.commit(&new, &set::<H>(&[("user", "2")])).await;
    assert_eq!(
        committed.expect("committed"),
        Committed::Applied { version: 3 }
    );
}

pub async fn the_old_key_shows_what_was_before_for_the_grace<H: Harness>(harness: H) {
    let store = harness.store();
    if !store.capabilities().grace {
        return;
    }
    let [old, new] = keys(&store);
    create::<H>(&store, &old, &[("cart", "3")]).await;
    rotate::<H>(&store, &old, &new, H::TICK * 4).await;
    store
        .commit(&new, &set::<H>(&[("cart", "4")]))
        .await
        .expect("committed");
    assert_eq!(shown(&store, &old).await.as_deref(), Some("cart=3"));
    // Its end does not move.
    store.load(&old, Some(ttl::<H>())).await.expect("loaded");
    assert!(!store.touch(&old, ttl::<H>()).await.expect("touched"));
    harness.advance(H::TICK * 5).await;
    assert!(!is_there(&store, &old).await);
    assert_eq!(shown(&store, &new).await.as_deref(), Some("cart=4 user=1"));
}

pub async fn the_old_key_takes_no_writes<H: Harness>(harness: H) {
    let store = harness.store();
    let [old, new, third] = keys(&store);
    create::<H>(&store, &old, &[("cart", "3")]).await;
    rotate::<H>(&store, &old, &new, H::TICK * 5).await;
    let committed = store.commit(&old, &set::<H>(&[("cart", "0")])).await;
    assert_eq!(committed.expect("answered"), Committed::Gone);
    let rotated = store
        .rotate(&old, &third, &set::<H>(&[]), Duration::ZERO)
        .await;
    assert_eq!(rotated.expect("answered"), Rotated::Gone);
    assert!(!is_there(&store, &third).await);
    assert_eq!(shown(&store, &new).await.as_deref(), Some("cart=3 user=1"));
}

pub async fn without_a_grace_the_old_key_is_gone<H: Harness>(harness: H) {
    let store = harness.store();
    let [old, new] = keys(&store);
    create::<H>(&store, &old, &[]).await;
    rotate::<H>(&store, &old, &new, Duration::ZERO).await;
    assert!(!is_there(&store, &old).await);
    assert!(is_there(&store, &new).await);
}

pub async fn a_logout_by_either_key_ends_both<H: Harness>(harness: H) {
    let store = harness.store();
    if !store.capabilities().grace {
        return;
    }
    for by_old in [true, false] {
        let [old, new] = keys(&store);
        create::<H>(&store, &old, &[]).await;
        rotate::<H>(&store, &old, &new, H::TICK * 5).await;
        let deleted = store.delete(if by_old { &old } else { &new }).await;
        assert!(deleted.expect("deleted"));
        assert!(!is_there(&store, &old).await, "deleted by old: {by_old}");
        assert!(!is_there(&store, &new).await, "deleted by old: {by_old}");
    }
}

pub async fn the_next_rotation_ends_the_grace<H: Harness>(harness: H) {
    let store = harness.store();
    if !store.capabilities().grace {
        return;
    }
    let [first, second, third] = keys(&store);
    create::<H>(&store, &first, &[]).await;
    rotate::<H>(&store, &first, &second, H::TICK * 5).await;
    rotate::<H>(&store, &second, &third, H::TICK * 5).await;
    assert!(!is_there(&store, &first).await);
    assert!(is_there(&store, &second).await);
    assert!(store.delete(&third).await.expect("deleted"));
    assert!(!is_there(&store, &second).await);
}

pub async fn a_refused_rotation_changes_nothing<H: Harness>(harness: H) {
    let store = harness.store();
    let [old, new, unknown] = keys(&store);
    create::<H>(&store, &old, &[("a", "1")]).await;
    create::<H>(&store, &new, &[("b", "1")]).await;
    let commit = set::<H>(&[("c", "1")]);
    let grace = H::TICK;
    let exists = store.rotate(&old, &new, &commit, grace).await;
    assert_eq!(exists.expect("answered"), Rotated::Exists);
    store.delete(&new).await.expect("deleted");
    let gone = store.rotate(&unknown, &new, &commit, grace).await;
    assert_eq!(gone.expect("answered"), Rotated::Gone);
    if store.capabilities().compare_and_set {
        let conflict = store.rotate(&old, &new, &commit.expect(7), grace).await;
        assert_eq!(conflict.expect("answered"), Rotated::Conflict);
    }
    assert!(!is_there(&store, &new).await);
    assert_eq!(shown(&store, &old).await.as_deref(), Some("a=1"));
}
