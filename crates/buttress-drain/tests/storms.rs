//! The end of a server under load: no request fails that was taken.

mod support;

use buttress_drain::Drain;
use buttress_testing::{Gate, within};
use std::time::Duration;
use support::{
    Running, app,
    storm::{Manner, Storm},
};
use tokio::task::JoinSet;

/// How many servers end in each storm; `cargo xtask faults` asks for more.
fn ends() -> usize {
    let asked = std::env::var("BUTTRESS_STORMS").ok();
    asked.map_or(20, |count| count.parse().expect("a number"))
}

/// So many end at a time: each waits for a second at its end, until clients that
/// were turned away have tried again.
const AT_ONCE: usize = 4;

async fn no_request_fails(manner: Manner, clients: usize) {
    let mut running = JoinSet::new();
    for nth in 0..ends() {
        if running.len() == AT_ONCE {
            running.join_next().await.unwrap().unwrap();
        }
        running.spawn(one_end(manner, clients, nth));
    }
    running.join_all().await;
}

async fn one_end(manner: Manner, clients: usize, nth: usize) {
    let drain = Drain::new().linger(Duration::from_millis(300));
    let server = Running::exclusive(drain, app(&Gate::new())).await;
    let storm = Storm::begin(server.addr, manner, clients);
    within("load", storm.reaches(clients * 10 + nth * 13)).await;
    server.drain.trigger();
    let tally = within("the end of the storm", storm.end()).await;
    let (failed, answered) = (&tally.failed, tally.answered);
    assert!(
        failed.is_empty(),
        "end {nth}: {} of {answered} requests failed: {failed:?}",
        failed.len(),
    );
    // Each client went on until it was refused.
    assert_eq!(tally.refused, clients);
    assert!(server.outcome().await.is_clean());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_under_keep_alive_load() {
    no_request_fails(Manner::KeepAlive, 64).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_with_a_connection_for_each() {
    no_request_fails(Manner::Single, 32).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_of_clients_that_pause_within_the_window() {
    no_request_fails(Manner::Leisurely(Duration::from_millis(30)), 64).await;
}
