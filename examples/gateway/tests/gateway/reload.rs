//! (16) The configuration is read again while requests run.

use crate::process::{Gateway, app, config};
use buttress_testing::h1;
use http::StatusCode;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// Sends requests until it is told to stop; each has to be answered.
async fn load(gateway: &Gateway, stop: &Arc<AtomicBool>, sent: &Arc<AtomicUsize>) {
    for _ in 0..4 {
        let (addr, stop, sent) = (gateway.addr, stop.clone(), sent.clone());
        let task = tokio::spawn(async move {
            let mut client = h1::Connection::open(addr).await;
            while !stop.load(Ordering::SeqCst) {
                let head = client.get("/", &[]).await;
                assert_eq!(head.status, StatusCode::OK);
                let body = client.body().await.complete();
                assert!(body == "one" || body == "two", "{body:?}");
                sent.fetch_add(1, Ordering::SeqCst);
            }
        });
        // A panic in it fails the test by its count.
        drop(task);
    }
}

#[tokio::test]
async fn no_request_fails_while_upstreams_are_changed_to_and_fro() {
    let (one, two) = (app("one", "no-store").await, app("two", "no-store").await);
    let configs = [
        config(&[one.addr()], ""),
        config(&[two.addr()], "[compression]\nenabled = false"),
        config(&[one.addr(), two.addr()], "[cache]\nenabled = false"),
    ];
    let mut gateway = Gateway::start(&configs[0]).await;
    let (stop, sent) = (Arc::default(), Arc::default());
    load(&gateway, &stop, &sent).await;
    for round in 1..=12 {
        let before = sent.load(Ordering::SeqCst);
        gateway.rewrite(&configs[round % 3]);
        gateway.hang_up().await;
        gateway.says("was read again").await;
        // Each client has gone through the change.
        while sent.load(Ordering::SeqCst) < before + 40 {
            tokio::task::yield_now().await;
        }
    }
    stop.store(true, Ordering::SeqCst);
}

#[tokio::test]
async fn a_changed_file_is_found_without_a_signal_and_a_broken_one_changes_nothing() {
    let (one, two) = (app("one", "no-store").await, app("two", "no-store").await);
    let mut gateway = Gateway::start(&config(&[one.addr()], "")).await;
    let mut client = h1::Connection::open(gateway.addr).await;
    gateway.rewrite("listen = \"nowhere\"");
    gateway.says("stays as it was").await;
    client.get("/", &[]).await;
    assert_eq!(client.body().await.complete(), "one");
    gateway.rewrite(&config(&[two.addr()], ""));
    gateway.says("was read again").await;
    client.get("/", &[]).await;
    assert_eq!(client.body().await.complete(), "two");
}

#[tokio::test]
async fn a_cache_outlives_a_reload_that_does_not_change_it() {
    let (one, two) = (
        app("one", "max-age=600").await,
        app("two", "max-age=600").await,
    );
    let mut gateway = Gateway::start(&config(&[one.addr()], "")).await;
    let mut client = h1::Connection::open(gateway.addr).await;
    client.get("/", &[]).await;
    client.body().await;
    gateway.rewrite(&config(&[two.addr()], ""));
    gateway.says("was read again").await;
    client.get("/", &[]).await;
    assert_eq!(client.body().await.complete(), "one");
    gateway.rewrite(&config(&[two.addr()], "[cache]\nmemory_mib = 1"));
    gateway.says("was read again").await;
    client.get("/", &[]).await;
    assert_eq!(client.body().await.complete(), "two");
}
