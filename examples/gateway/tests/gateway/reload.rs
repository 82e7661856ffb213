//! (16) The configuration is read again while requests run.

use crate::{
    load::Load,
    process::{Gateway, app, config},
};
use buttress_testing::h1;

#[tokio::test]
async fn no_request_fails_while_upstreams_are_changed_to_and_fro() {
    let (one, two) = (app("one", "no-store").await, app("two", "no-store").await);
    let configs = [
        config(&[one.addr()], ""),
        config(&[two.addr()], "[compression]\nenabled = false"),
        config(&[one.addr(), two.addr()], "[cache]\nenabled = false"),
    ];
    let mut gateway = Gateway::start(&configs[0]).await;
    let load = Load::begin(gateway.addr, &["one", "two"]);
    for round in 1..=12 {
        gateway.rewrite(&configs[round % 3]);
        gateway.hang_up().await;
        gateway.says("was read again").await;
        // The clients have gone through the change.
        load.goes_on(40).await;
    }
    load.end().await;
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
