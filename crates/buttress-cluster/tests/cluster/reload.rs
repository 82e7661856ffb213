//! (1) to (5): reloads under load, and new versions that are broken.

use crate::support::{Manner, Running, Setup, Storm};
use buttress_cluster::control::Request;
use rustix::process::Signal;

const RELOADS: u64 = 20;

#[tokio::test]
async fn twenty_reloads_under_keep_alive_load_fail_no_request() {
    reload_under(Manner::KeepAlive).await;
}

#[tokio::test]
async fn twenty_reloads_with_a_connection_a_request_fail_no_request() {
    reload_under(Manner::Single).await;
}

async fn reload_under(manner: Manner) {
    let cluster = Setup::new(2).start().await;
    let storm = Storm::begin(cluster.addr, manner, 8);
    for _ in 0..RELOADS {
        storm.goes_on(50).await;
        cluster.reload().await.unwrap();
    }
    storm.goes_on(50).await;
    storm.end().await.is_clean();
    let generations: Vec<_> = cluster
        .status()
        .workers
        .iter()
        .map(|worker| worker.generation)
        .collect();
    assert!(generations.contains(&(RELOADS + 1)), "{generations:?}");
    assert_eq!(cluster.stop().await, 0);
}

#[tokio::test]
async fn a_reload_with_a_full_queue_fails_no_request() {
    let cluster = Setup::new(1).with("threads", 1).start().await;
    let addr = cluster.addr;
    // The worker stands still, and what connects meanwhile waits in its queue.
    let blocked = tokio::spawn(async move {
        let mut connection = buttress_testing::h1::Connection::open(addr).await;
        connection.get("/block", &[]).await;
        connection.body().await.complete()
    });
    crate::support::until("the worker is blocked", async || {
        cluster.status().workers[0].accepted == 1
    })
    .await;
    let storm = Storm::begin(addr, Manner::Single, 64);
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    cluster.reload().await.unwrap();
    storm.goes_on(500).await;
    storm.end().await.is_clean();
    assert_eq!(&blocked.await.unwrap()[..], b"blocked");
}

#[tokio::test]
async fn a_new_version_that_exits_early_leaves_the_old_one() {
    keeps_the_old_one("exits", "ended early: code 3").await;
}

#[tokio::test]
async fn a_new_version_that_hangs_before_it_is_ready_leaves_the_old_one() {
    keeps_the_old_one("hangs", "was not ready in time").await;
}

#[tokio::test]
async fn a_new_version_that_never_listens_leaves_the_old_one() {
    keeps_the_old_one("never-listens", "was not ready in time").await;
}

#[tokio::test]
async fn a_new_version_that_is_ill_leaves_the_old_one() {
    keeps_the_old_one("ill", "/health answers \"HTTP/1.1 503").await;
}

async fn keeps_the_old_one(mood: &str, why: &str) {
    let setup = Setup::new(2)
        .with("health", "/health")
        .with("ready_timeout", 5000);
    let cluster = setup.start().await;
    let old = cluster.pids();
    let storm = Storm::begin(cluster.addr, Manner::KeepAlive, 4);
    storm.goes_on(50).await;
    cluster.mood(mood);
    let failed = cluster.reload().await.unwrap_err();
    assert!(failed.contains("the old workers go on"), "{failed}");
    storm.goes_on(50).await;
    storm.end().await.is_clean();
    assert_eq!(cluster.pids(), old);
    cluster.says(why).await;
    // The next version is well again.
    cluster.mood("");
    cluster.reload().await.unwrap();
    assert_ne!(cluster.pids(), old);
}

#[tokio::test]
async fn sighup_reloads() {
    let cluster = Setup::new(1).start().await;
    let old = cluster.pids();
    cluster.signal(Signal::HUP);
    replaced(&cluster, &old).await;
}

#[tokio::test]
async fn a_worker_that_asks_for_a_fresh_one_is_replaced_while_it_drains() {
    let cluster = Setup::new(1).start().await;
    let old = cluster.pids();
    let storm = Storm::begin(cluster.addr, Manner::Single, 4);
    storm.goes_on(20).await;
    cluster.get("/retire").await;
    replaced(&cluster, &old).await;
    storm.goes_on(20).await;
    storm.end().await.is_clean();
    assert!(matches!(
        cluster.ask(&Request::List),
        buttress_cluster::control::Reply::Status(_)
    ));
}

async fn replaced(cluster: &Running, old: &[u32]) {
    crate::support::until("another worker serves", async || {
        let new = cluster.pids();
        !new.is_empty() && new != old
    })
    .await;
}
