//! Compare and set.
#![allow(missing_docs, reason = "the names say what each test shows")]

use super::{Harness, create, keys, load, set, shown, ttl};
use crate::store::{Commit, Committed, Op, SessionStore, StoreKey};

pub async fn a_commit_is_refused_at_another_version<H: Harness>(harness: H) {
    let store = harness.store();
    if !store.capabilities().compare_and_set {
        return;
    }
    let [key] = keys(&store);
    create::<H>(&store, &key, &[("a", "1")]).await;
    let commit = set::<H>(&[("a", "2")]).expect(1);
    let first = store.commit(&key, &commit).await.expect("committed");
    assert_eq!(first, Committed::Applied { version: 2 });
    for expect in [0, 1, 3, u64::MAX] {
        let commit = set::<H>(&[("a", "3"), ("b", "3")]).expect(expect);
        let refused = store.commit(&key, &commit).await.expect("answered");
        assert_eq!(refused, Committed::Conflict, "at {expect}");
    }
    assert_eq!(shown(&store, &key).await.as_deref(), Some("a=2"));
    // To touch is not to write.
    store.touch(&key, ttl::<H>()).await.expect("touched");
    store.load(&key, Some(ttl::<H>())).await.expect("loaded");
    let commit = set::<H>(&[("a", "4")]).expect(2);
    let third = store.commit(&key, &commit).await.expect("committed");
    assert_eq!(third, Committed::Applied { version: 3 });
}

pub async fn compare_and_set_at_once_loses_nothing<H: Harness>(harness: H) {
    let store = harness.store();
    if !store.capabilities().compare_and_set {
        return;
    }
    let [key] = keys(&store);
    create::<H>(&store, &key, &[("n", "0")]).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (store, key) = (store.clone(), key.clone());
        tasks.spawn(async move { add_one::<H>(&store, &key).await });
    }
    tasks.join_all().await;
    assert_eq!(shown(&store, &key).await.as_deref(), Some("n=20"));
}

async fn add_one<H: Harness>(store: &H::Store, key: &StoreKey) {
    loop {
        let snapshot = load(store, key).await.expect("there");
        let value = snapshot.entries.get("n").expect("set");
        let count: u32 = String::from_utf8_lossy(value).parse().expect("a number");
        let commit = Commit::new(ttl::<H>())
            .ops(vec![Op::set("n", (count + 1).to_string())])
            .expect(snapshot.version);
        match store.commit(key, &commit).await.expect("answered") {
            Committed::Applied { .. } => return,
            Committed::Conflict => {}
            Committed::Gone => panic!("nobody deleted it"),
        }
    }
}
