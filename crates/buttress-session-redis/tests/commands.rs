//! Each operation of the store is one command, as Redis itself counts them, and each
//! kind of request takes as few as can be.

use buttress_session::{
    Commit, Id, Key, Op, OwnerChange, Session, SessionLayer, SessionStore, Ttl,
    conformance::app::Browser,
};
use buttress_session_redis::RedisStore;
use buttress_testing::Redis;
use http::StatusCode;
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

const A: Key<u32> = Key::new("a");
const ABSENT: Key<u32> = Key::new("absent");

/// How many commands each kind of request takes: one to read and to prolong, one
/// to write, and none where the session is left alone.
#[tokio::test]
async fn a_request_takes_one_command_to_read_and_one_to_write() {
    let redis = Redis::start();
    let store = RedisStore::open(&redis.url()).unwrap();
    // The first time, the server is given the scripts.
    everything(&store).await;
    let layer: SessionLayer = SessionLayer::new(store);
    let mut browser = Browser::new(layer.clone());
    let mut stranger = Browser::new(layer);
    let unknown = Id::generate().unwrap();
    stranger.cookie = Some(format!("__Host-sid={}", unknown.expose()));
    let mut watch = redis.watch();
    // Sends a request and counts what it took.
    macro_rules! commands {
        ($browser:expr, $handler:expr) => {{
            let reply = $browser.send($handler).await;
            assert_eq!(reply.status, StatusCode::OK);
            watch.names().len()
        }};
    }
    macro_rules! handler {
        (|$session:ident| $($does:stmt;)+) => {
            |$session: Session| async move {
                $($does)+
                StatusCode::OK
            }
        };
    }
    let first = commands!(browser, handler!(|session| session.set(A, &1).unwrap();));
    let untouched = commands!(browser, handler!(|session| drop(session);));
    let read = commands!(
        browser,
        handler!(|session|
        assert_eq!(session.get(A).await.unwrap(), Some(1));)
    );
    let unknown = commands!(
        stranger,
        handler!(|session|
        assert_eq!(session.get(A).await.unwrap(), None);)
    );
    let read_write = commands!(
        browser,
        handler!(|session|
        assert_eq!(session.get(A).await.unwrap(), Some(1));
        session.set(A, &2).unwrap();)
    );
    let blind = commands!(browser, handler!(|session| session.set(A, &3).unwrap();));
    let same = commands!(
        browser,
        handler!(|session|
        assert_eq!(session.get(A).await.unwrap(), Some(3));
        session.set(A, &3).unwrap();)
    );
    let absent = commands!(
        browser,
        handler!(|session| session.remove(ABSENT).unwrap();)
    );
    let saved = commands!(
        browser,
        handler!(|session|
        assert_eq!(session.get(A).await.unwrap(), Some(3));
        session.set(A, &4).unwrap();
        session.commit().await.unwrap();)
    );
    let login = commands!(
        browser,
        handler!(|session|
        assert_eq!(session.get(A).await.unwrap(), Some(4));
        session.rotate().unwrap();
        session.bind_owner("ada").unwrap();
        session.set(A, &5).unwrap();)
    );
    let logout = commands!(
        browser,
        handler!(|session| session.destroy().await.unwrap();)
    );
    let counted = [
        untouched, read, unknown, read_write, blind, same, absent, saved, first, login, logout,
    ];
    assert_eq!(counted, [0, 1, 1, 2, 1, 1, 1, 2, 1, 2, 1]);
    assert_eq!(browser.cookie, None);
}
