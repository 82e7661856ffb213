//! (7) and (8): workers that are killed, and that end by their own fault.

use crate::support::{Manner, Running, Setup, Storm, cluster::send, until};
use buttress_testing::h1;
use rustix::process::Signal;

#[tokio::test]
async fn killed_workers_refuse_nobody_and_lose_what_they_had_accepted_at_most() {
    let cluster = Setup::new(4).with("threads", 1).start().await;
    let clients = 32;
    let storm = Storm::begin(cluster.addr, Manner::KeepAlive, clients);
    storm.goes_on(100).await;
    let mut accepted = 0;
    for worker in 0..4 {
        let (pid, open) = settled(&cluster, worker, clients).await;
        send(pid, Signal::KILL);
        comes_back(&cluster, pid, 4).await;
        accepted += open;
        storm.goes_on(100).await;
    }
    let tally = storm.end().await;
    assert_eq!(tally.refused, 0);
    assert!(
        tally.failed.len() <= accepted,
        "{} of {accepted}: {:?}",
        tally.failed.len(),
        tally.failed
    );
    cluster.says("signal 9").await;
}

/// A worker and its connections, once every client has one: who has one keeps it,
/// so that no other comes between this look and a signal.
async fn settled(cluster: &Running, worker: usize, clients: usize) -> (u32, usize) {
    let mut found = None;
    until("every client is connected", async || {
        let workers = cluster.status().workers;
        let all: u64 = workers.iter().map(|it| it.connections).sum();
        let pid = cluster.pids()[worker];
        let own = workers.iter().find(|it| it.pid == pid);
        found = own.map(|it| (pid, usize::try_from(it.connections).unwrap()));
        all == clients as u64 && found.is_some()
    })
    .await;
    found.unwrap()
}

#[tokio::test]
async fn an_abort_in_one_worker_is_not_noticed_by_the_others() {
    survives("/abort", "signal 6").await;
}

#[tokio::test]
async fn a_segfault_in_one_worker_is_not_noticed_by_the_others() {
    survives("/segfault", "signal 11").await;
}

#[tokio::test]
async fn a_stack_overflow_in_one_worker_is_not_noticed_by_the_others() {
    survives("/overflow", "signal 6").await;
}

async fn survives(path: &str, exit: &str) {
    let cluster = Setup::new(2).start().await;
    let (victim, witness) = two_connections(&cluster).await;
    let (mut victim, mut witness) = (victim.1, witness.1);
    let old = cluster.pids();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    victim.send(request).await;
    assert!(victim.raw().await.is_none(), "the worker ends");
    cluster.says(exit).await;
    witness.get("/", &[]).await;
    assert_eq!(
        &witness.body().await.complete()[..],
        b"hello",
        "over the connection it had"
    );
    until("it is started again", async || {
        let new = cluster.pids();
        new.len() == 2 && new != old
    })
    .await;
    assert!(
        cluster.pids().iter().any(|pid| old.contains(pid)),
        "one has stayed"
    );
}

/// Connections to two different workers, each with its process.
async fn two_connections(
    cluster: &Running,
) -> ((String, h1::Connection), (String, h1::Connection)) {
    let first = who(cluster).await;
    loop {
        let second = who(cluster).await;
        if second.0 != first.0 {
            return (first, second);
        }
    }
}

async fn who(cluster: &Running) -> (String, h1::Connection) {
    let mut connection = h1::Connection::open(cluster.addr).await;
    connection.get("/who", &[]).await;
    let who = connection.body().await.complete();
    (String::from_utf8(who.to_vec()).unwrap(), connection)
}

async fn comes_back(cluster: &Running, gone: u32, workers: usize) {
    until("it is started again", async || {
        let pids = cluster.pids();
        pids.len() == workers && !pids.contains(&gone)
    })
    .await;
}
