//! Lives of sessions end.
#![allow(missing_docs, reason = "the names say what each test shows")]

use super::{Harness, create, is_there, keys, set, ttl};
use crate::store::{Commit, Committed, Created, Rotated, SessionStore};
use std::time::Duration;

pub async fn an_idle_session_ends<H: Harness>(harness: H) {
    let store = harness.store();
    let [key] = keys(&store);
    create::<H>(&store, &key, &[]).await;
    harness.advance(H::TICK * 6).await;
    // Looking is not using.
    assert!(is_there(&store, &key).await);
    harness.advance(H::TICK * 5).await;
    assert!(!is_there(&store, &key).await);
}

pub async fn use_prolongs_a_life<H: Harness>(harness: H) {
    let store = harness.store();
    let [loaded, touched, written] = keys(&store);
    for key in [&loaded, &touched, &written] {
        create::<H>(&store, key, &[]).await;
    }
    for _ in 0..2 {
        harness.advance(H::TICK * 6).await;
        if store.capabilities().touch_on_load {
            let snapshot = store.load(&loaded, Some(ttl::<H>())).await;
            assert!(snapshot.expect("loaded").is_some());
        }
        assert!(store.touch(&touched, ttl::<H>()).await.expect("touched"));
        let committed = store.commit(&written, &set::<H>(&[])).await;
        assert!(matches!(committed, Ok(Committed::Applied { .. })));
    }
}

/// (18)
pub async fn the_absolute_end_beats_the_idle_one<H: Harness>(harness: H) {
    let store = harness.store();
    if !store.capabilities().absolute_expiry {
        return;
    }
    let [key, new] = keys(&store);
    let ttl = ttl::<H>().absolute(H::TICK * 15);
    let created = store.create(&key, &Commit::new(ttl)).await;
    assert_eq!(created.expect("created"), Created::Created);
    harness.advance(H::TICK * 6).await;
    assert!(store.load(&key, Some(ttl)).await.expect("loaded").is_some());
    let rotated = store
        .rotate(&key, &new, &Commit::new(ttl), Duration::ZERO)
        .await;
    assert!(matches!(rotated, Ok(Rotated::Applied { .. })));
    harness.advance(H::TICK * 6).await;
    assert!(store.touch(&new, ttl).await.expect("touched"));
    harness.advance(H::TICK * 4).await;
    assert!(!is_there(&store, &new).await);
}

pub async fn a_session_that_is_over_takes_nothing<H: Harness>(harness: H) {
    let store = harness.store();
    let [key, new] = keys(&store);
    create::<H>(&store, &key, &[("a", "1")]).await;
    harness.advance(H::TICK * 11).await;
    assert!(!store.touch(&key, ttl::<H>()).await.expect("answered"));
    let committed = store.commit(&key, &set::<H>(&[("b", "1")])).await;
    assert_eq!(committed.expect("answered"), Committed::Gone);
    let rotated = store.rotate(&key, &new, &set::<H>(&[]), H::TICK).await;
    assert_eq!(rotated.expect("answered"), Rotated::Gone);
    assert!(!is_there(&store, &key).await);
    assert!(!is_there(&store, &new).await);
}

pub async fn a_sweep_leaves_those_alone_that_live<H: Harness>(harness: H) {
    let store = harness.store();
    let over: [_; 5] = keys(&store);
    for key in &over {
        create::<H>(&store, key, &[]).await;
    }
    harness.advance(H::TICK * 11).await;
    let [living] = keys(&store);
    create::<H>(&store, &living, &[("a", "1")]).await;
    for _ in 0..10 {
        if !store.sweep(2).await.expect("swept").has_more {
            break;
        }
    }
    assert!(!store.sweep(100).await.expect("swept").has_more);
    for key in &over {
        assert!(!is_there(&store, key).await);
    }
    assert!(is_there(&store, &living).await);
}
