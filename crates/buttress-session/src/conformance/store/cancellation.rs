//! (5): whoever goes away in the middle leaves the state before or after.
#![allow(missing_docs, reason = "the names say what each test shows")]

use super::{Harness, create, keys, set, shown};
use crate::store::{SessionStore, StoreKey};
use std::{future::Future, pin::pin, task::Poll};

/// How many polls a call is cut off after, at most.
const POLLS: usize = 24;

pub async fn a_dropped_create_is_whole_or_nothing<H: Harness>(harness: H) {
    let store = harness.store();
    for polls in 0..POLLS {
        let [key] = keys(&store);
        let commit = set::<H>(&[("a", "1"), ("b", "1")]);
        let is_done = cut_off(store.create(&key, &commit), polls).await;
        settles(&store, &key, &[None, Some("a=1 b=1")]).await;
        if is_done {
            break;
        }
    }
}

pub async fn a_dropped_commit_is_whole_or_nothing<H: Harness>(harness: H) {
    let store = harness.store();
    for polls in 0..POLLS {
        let [key] = keys(&store);
        create::<H>(&store, &key, &[("a", "1"), ("b", "1")]).await;
        let commit = set::<H>(&[("a", "2"), ("b", "2")]);
        let is_done = cut_off(store.commit(&key, &commit), polls).await;
        settles(&store, &key, &[Some("a=1 b=1"), Some("a=2 b=2")]).await;
        if is_done {
            break;
        }
    }
}

pub async fn a_dropped_rotation_is_whole_or_nothing<H: Harness>(harness: H) {
    let store = harness.store();
    if !store.capabilities().atomic_rotation {
        return;
    }
    for polls in 0..POLLS {
        let [old, new] = keys(&store);
        create::<H>(&store, &old, &[("a", "1")]).await;
        let commit = set::<H>(&[("a", "2"), ("b", "2")]);
        let rotation = store.rotate(&old, &new, &commit, std::time::Duration::ZERO);
        let is_done = cut_off(rotation, polls).await;
        settles(&store, &new, &[None, Some("a=2 b=2")]).await;
        let has_moved = shown(&store, &new).await.is_some();
        let at_old = shown(&store, &old).await;
        assert_eq!(at_old.as_deref(), (!has_moved).then_some("a=1"));
        if is_done {
            break;
        }
    }
}

pub async fn a_dropped_delete_is_whole_or_nothing<H: Harness>(harness: H) {
    let store = harness.store();
    for polls in 0..POLLS {
        let [key] = keys(&store);
        create::<H>(&store, &key, &[("a", "1"), ("b", "1")]).await;
        let is_done = cut_off(store.delete(&key), polls).await;
        settles(&store, &key, &[Some("a=1 b=1"), None]).await;
        if is_done {
            break;
        }
    }
}

/// Polls a future so often and drops it; whether it was ready by then.
async fn cut_off<T>(future: impl Future<Output = T>, polls: usize) -> bool {
    let mut future = pin!(future);
    for _ in 0..polls {
        let mut is_ready = false;
        std::future::poll_fn(|cx| {
            is_ready = future.as_mut().poll(cx).is_ready();
            Poll::Ready(())
        })
        .await;
        if is_ready {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

/// Sees one of these states, again and again: what was cut off may still arrive
/// at a server, but whole.
async fn settles<S: SessionStore>(store: &S, key: &StoreKey, states: &[Option<&str>]) {
    for _ in 0..3 {
        let state = shown(store, key).await;
        assert!(states.contains(&state.as_deref()), "{state:?}");
        tokio::task::yield_now().await;
    }
}
