//! Each operation of the store is one command, as Redis itself counts them.

use buttress_session::{Commit, Id, Op, OwnerChange, SessionStore, Ttl};
use buttress_session_redis::RedisStore;
use buttress_testing::Redis;
use std::time::Duration;

const TTL: Ttl = Ttl::idle(Duration::from_secs(60));

/// All operations that there are, each once.
async fn everything(store: &RedisStore) -> usize {
    let id = Id::generate().unwrap();
    let (old, new) = (
        id.store_key(false),
        id.successor().unwrap().store_key(false),
    );
    let commit = Commit::new(TTL).ops(vec![Op::set("a", "1"), Op::remove("b")]);
    let bind = Commit::new(TTL).owner(OwnerChange::Bind("ada".into()));
    store.create(&old, &commit).await.unwrap();
    store.load(&old, Some(TTL)).await.unwrap();
    store.load(&new, None).await.unwrap();
    store.touch(&old, TTL).await.unwrap();
    store.commit(&old, &commit).await.unwrap();
    store.commit(&old, &commit.clone().expect(2)).await.unwrap();
    store.rotate(&old, &new, &bind, TTL.idle).await.unwrap();
    store.list_by_owner("ada", 10).await.unwrap();
    store.delete_by_owner("ada", Some(&new)).await.unwrap();
    store.delete(&new).await.unwrap();
    10
}

#[tokio::test]
async fn each_operation_is_one_command() {
    let redis = Redis::start();
    let store = RedisStore::open(&redis.url()).unwrap();
    // The first time, the server is given the scripts.
    everything(&store).await;
    let mut watch = redis.watch();
    let operations = everything(&store).await;
    assert_eq!(watch.names(), vec!["evalsha"; operations]);
}
