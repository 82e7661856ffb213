//! Recycling under load: rolling, and nobody notices.

use crate::support::{Manner, Setup, Storm, until};

#[tokio::test]
async fn workers_over_their_limit_are_replaced_one_by_one_without_a_failed_request() {
    let cluster = Setup::new(2).with("max_requests", 50).start().await;
    let old = cluster.pids();
    let storm = Storm::begin(cluster.addr, Manner::KeepAlive, 4);
    until("both are replaced", async || {
        let new = cluster.pids();
        new.len() == 2 && !new.iter().any(|pid| old.contains(pid))
    })
    .await;
    storm.end().await.is_clean();
    assert!(
        cluster
            .log()
            .contains("recycling worker 0 for its requests")
    );
}
