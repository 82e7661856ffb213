//! Addresses with `rediss://`.
#![cfg(feature = "tls")]

use buttress_session::{SessionStore, StoreErrorKind, StoreKey};
use buttress_session_redis::RedisStore;
use buttress_testing::Redis;
use std::{io::Read, net::TcpListener, thread, time::Duration};

const PATIENCE: Duration = Duration::from_secs(20);

/// A process that chose no cryptography gets one, and a hello goes out.
#[tokio::test]
async fn a_store_at_a_tls_address_begins_with_a_handshake() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("rediss://{}", listener.local_addr().unwrap());
    let first = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut first = [0; 3];
        stream.read_exact(&mut first).unwrap();
        first
    });
    // Each connection reads the certificates of the system, which takes its time
    // in a test's build.
    let store = RedisStore::open(&url).unwrap().deadline(PATIENCE);
    let loaded = store.load(&StoreKey::hashed(b"a"), None).await;
    assert_eq!(loaded.unwrap_err().kind(), StoreErrorKind::Unavailable);
    // RFC 8446 §5.1: a record of a handshake, of a version that all servers know.
    assert_eq!(first.join().unwrap(), [22, 3, 1]);
}

#[tokio::test]
async fn a_server_without_tls_is_not_available() {
    let redis = Redis::start();
    let url = redis.url().replace("redis:", "rediss:");
    let store = RedisStore::open(&url).unwrap();
    let loaded = store.load(&StoreKey::hashed(b"a"), None).await;
    assert_eq!(loaded.unwrap_err().kind(), StoreErrorKind::Unavailable);
}
