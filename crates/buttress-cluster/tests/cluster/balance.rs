//! (18): connections are spread evenly.

use crate::support::{Setup, until};
use buttress_testing::h1;

#[tokio::test]
async fn of_64_connections_no_worker_has_twice_as_many_as_another() {
    let cluster = Setup::new(4).with("threads", 1).start().await;
    let mut connections = Vec::new();
    for _ in 0..64 {
        let mut connection = h1::Connection::open(cluster.addr).await;
        connection.get("/", &[]).await;
        connection.body().await;
        connections.push(connection);
    }
    let mut open = Vec::new();
    until("all are counted", async || {
        open = cluster
            .status()
            .workers
            .iter()
            .map(|worker| worker.connections)
            .collect();
        open.iter().sum::<u64>() == 64
    })
    .await;
    let (most, fewest) = (open.iter().max().unwrap(), open.iter().min().unwrap());
    assert!(*most <= 2 * fewest, "{open:?}");
}
