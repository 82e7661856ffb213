//! The end of a server under load: no request fails that was taken.

mod support;

use buttress_drain::Drain;
use buttress_testing::{Gate, within};
use std::time::Duration;
use support::{
    Running, app,
    storm::{Manner, Storm},
};

/// How often each storm is repeated; `cargo xtask faults` asks for more.
fn repetitions() -> usize {
    let asked = std::env::var("BUTTRESS_STORMS").ok();
    asked.map_or(5, |count| count.parse().expect("a number"))
}

async fn no_request_fails(manner: Manner, clients: usize) {
    for repetition in 0..repetitions() {
        let drain = Drain::new().linger(Duration::from_millis(300));
        let server = Running::start(drain, app(&Gate::new())).await;
        let storm = Storm::begin(server.addr, manner, clients);
        within("load", storm.reaches(clients * 10 + repetition * 13)).await;
        server.drain.trigger();
        let tally = within("the end of the storm", storm.end()).await;
        let failed = &tally.failed;
        assert!(
            failed.is_empty(),
            "repetition {repetition}: {} of {} requests failed: {failed:?}",
            failed.len(),
            tally.answered
        );
        // Each client went on until it was refused.
        assert_eq!(tally.refused, clients);
        assert!(server.outcome().await.is_clean());
    }
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
