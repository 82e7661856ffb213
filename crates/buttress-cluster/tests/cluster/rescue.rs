//! (12): a worker that a handler blocks.

use crate::support::{Manner, Setup, Storm, until};
use buttress_testing::h1;

#[tokio::test]
async fn connections_that_wait_on_a_blocked_worker_are_served_by_others() {
    let cluster = Setup::new(2).with("threads", 1).start().await;
    let mut connection = h1::Connection::open(cluster.addr).await;
    connection.get("/who", &[]).await;
    let who = connection.body().await.complete();
    let blocked: usize = String::from_utf8_lossy(&who)
        .split(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    connection
        .send("GET /block HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    until("it is blocked", async || {
        let status = cluster.status();
        status
            .workers
            .iter()
            .any(|worker| worker.slot == blocked && worker.requests == 2)
    })
    .await;
    let storm = Storm::begin(cluster.addr, Manner::Single, 8);
    // While it is blocked, for two seconds, it answers nobody.
    storm.goes_on(200).await;
    let status = cluster.status();
    let other = status
        .workers
        .iter()
        .find(|worker| worker.slot != blocked)
        .unwrap();
    assert!(other.rescued > 0, "{status:?}");
    let tally = storm.end().await;
    tally.is_clean();
    until("it is back", async || {
        cluster.status().workers[blocked].in_flight == 0
    })
    .await;
    assert_eq!(
        &{
            connection.head().await;
            connection.body().await.complete()
        }[..],
        b"blocked"
    );
}
