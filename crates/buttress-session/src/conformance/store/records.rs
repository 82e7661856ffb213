//! Sessions are made, changed and ended, and nothing else happens to them.
#![allow(missing_docs, reason = "the names say what each test shows")]

use super::{Harness, create, is_there, keys, load, set, shown, ttl};
use crate::store::{Commit, Committed, Created, Op, SessionStore};
use std::time::{Duration, SystemTime};

pub async fn an_unknown_key_has_no_session_and_gets_none<H: Harness>(harness: H) {
    let store = harness.store();
    let [key] = keys(&store);
    for touch in [None, Some(ttl::<H>()), None] {
        assert_eq!(store.load(&key, touch).await.expect("loaded"), None);
    }
    assert!(!store.touch(&key, ttl::<H>()).await.expect("touched"));
    assert!(!store.delete(&key).await.expect("deleted"));
    assert!(!is_there(&store, &key).await);
}

pub async fn what_was_created_is_loaded<H: Harness>(harness: H) {
    let store = harness.store();
    let [key, other] = keys(&store);
    create::<H>(&store, &key, &[("b", "2"), ("a", "{\"x\":[1]}")]).await;
    assert_eq!(
        shown(&store, &key).await.as_deref(),
        Some("a={\"x\":[1]} b=2")
    );
    assert_eq!(shown(&store, &other).await, None);

    let snapshot = load(&store, &key).await.expect("there");
    assert_eq!(snapshot.version, 1);
    assert_eq!(snapshot.owner, None);
    let age = match SystemTime::now().duration_since(snapshot.created) {
        Ok(age) => age,
        Err(ahead) => ahead.duration(),
    };
    assert!(
        age < Duration::from_secs(3600),
        "created at {:?}",
        snapshot.created
    );
}

pub async fn a_session_is_created_once<H: Harness>(harness: H) {
    let store = harness.store();
    let [key] = keys(&store);
    create::<H>(&store, &key, &[("a", "1")]).await;
    let again = store.create(&key, &set::<H>(&[("b", "2")])).await;
    assert_eq!(again.expect("answered"), Created::Exists);
    assert_eq!(shown(&store, &key).await.as_deref(), Some("a=1"));
}

pub async fn operations_apply_in_their_order<H: Harness>(harness: H) {
    let store = harness.store();
    let [key, other] = keys(&store);
    let ops = vec![
        Op::set("a", "1"),
        Op::Clear,
        Op::set("b", "1"),
        Op::set("c", "1"),
        Op::set("b", "2"),
        Op::remove("c"),
        Op::remove("absent"),
    ];
    create::<H>(&store, &key, &[("x", "9")]).await;
    let commit = Commit::new(ttl::<H>()).ops(ops);
    let committed = store.commit(&key, &commit).await.expect("committed");
    assert_eq!(committed, Committed::Applied { version: 2 });
    assert_eq!(shown(&store, &key).await.as_deref(), Some("b=2"));
    // A new one has nothing to clear, and else they do the same.
    let created = store.create(&other, &commit).await.expect("created");
    assert_eq!(created, Created::Created);
    assert_eq!(shown(&store, &other).await.as_deref(), Some("b=2"));

    let clear = Commit::new(ttl::<H>()).ops(vec![Op::Clear]);
    store.commit(&key, &clear).await.expect("committed");
    assert_eq!(shown(&store, &key).await.as_deref(), Some(""));
}

/// (1): two requests that loaded the same state write different keys.
pub async fn a_commit_leaves_other_keys_alone<H: Harness>(harness: H) {
    let store = harness.store();
    let [key] = keys(&store);
    create::<H>(&store, &key, &[("a", "1"), ("b", "1"), ("c", "1")]).await;
    let stale = load(&store, &key).await;
    store
        .commit(&key, &set::<H>(&[("a", "2")]))
        .await
        .expect("committed");
    let remove = Commit::new(ttl::<H>()).ops(vec![Op::remove("b")]);
    store.commit(&key, &remove).await.expect("committed");
    drop(stale);
    store
        .commit(&key, &set::<H>(&[("d", "2")]))
        .await
        .expect("committed");
    assert_eq!(shown(&store, &key).await.as_deref(), Some("a=2 c=1 d=2"));
    assert_eq!(load(&store, &key).await.expect("there").version, 4);
}

pub async fn commits_at_once_lose_nothing<H: Harness>(harness: H) {
    let store = harness.store();
    if !store.capabilities().atomic_commits {
        return;
    }
    let [key] = keys(&store);
    create::<H>(&store, &key, &[]).await;
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..50 {
        let (store, key) = (store.clone(), key.clone());
        tasks.spawn(async move {
            let op = Op::set(format!("k{index:02}"), "1");
            let commit = Commit::new(ttl::<H>()).ops(vec![op]);
            store.commit(&key, &commit).await.expect("committed")
        });
    }
    tasks.join_all().await;
    let snapshot = load(&store, &key).await.expect("there");
    assert_eq!((snapshot.entries.len(), snapshot.version), (50, 51));
}

pub async fn a_commit_never_creates<H: Harness>(harness: H) {
    let store = harness.store();
    let [key] = keys(&store);
    let committed = store.commit(&key, &set::<H>(&[("a", "1")])).await;
    assert_eq!(committed.expect("answered"), Committed::Gone);
    assert!(!is_there(&store, &key).await);
}

/// (2), (6)
pub async fn what_was_deleted_does_not_come_back<H: Harness>(harness: H) {
    let store = harness.store();
    let [key] = keys(&store);
    create::<H>(&store, &key, &[("user", "1")]).await;
    let stale = load(&store, &key).await.expect("there");
    assert!(store.delete(&key).await.expect("deleted"));
    assert!(!store.delete(&key).await.expect("deleted"));
    let commit = set::<H>(&[("a", "1")]);
    for commit in [commit.clone(), commit.expect(stale.version)] {
        let committed = store.commit(&key, &commit).await.expect("answered");
        assert_eq!(committed, Committed::Gone);
    }
    assert!(!store.touch(&key, ttl::<H>()).await.expect("touched"));
    assert!(!is_there(&store, &key).await);
}

pub async fn names_and_values_come_back_as_they_were<H: Harness>(harness: H) {
    let store = harness.store();
    let [key] = keys(&store);
    let long = format!("\"{}\"", "x".repeat(20_000));
    let entries = [
        ("ключ 🔑", "\"значение\""),
        ("__proto__", "{}"),
        ("a.b:c{d}", "null"),
        ("number", "12345678901234567890"),
        ("float", "1.10"),
        ("escaped", r#""\u0000\"\\""#),
        ("spaced", "{ \"a\" : [ ] }"),
        ("", "0"),
    ];
    let mut ops: Vec<_> = entries.map(|(name, value)| Op::set(name, value)).into();
    ops.push(Op::set("long", long.clone()));
    let commit = Commit::new(ttl::<H>()).ops(ops);
    store.create(&key, &commit).await.expect("created");
    let snapshot = load(&store, &key).await.expect("there");
    for (name, value) in entries {
        let found = snapshot.entries.get(name).map(|it| &it[..]);
        assert_eq!(found, Some(value.as_bytes()), "{name:?}");
    }
    assert_eq!(
        snapshot.entries.get("long").map(|it| &it[..]),
        Some(long.as_bytes())
    );
}
