//! Workers that hang for good.

use crate::support::{
    Setup,
    cluster::{is_alive, send},
    until,
};
use buttress_cluster::control::{Reply, Request};
use buttress_testing::h1;
use rustix::process::Signal;

#[tokio::test]
async fn a_stopped_worker_is_replaced_though_it_is_the_only_one() {
    let setup = Setup::new(1).with("threads", 1);
    let cluster = setup.with("hang_timeout", 1000).start().await;
    let old = cluster.pids()[0];
    send(old, Signal::STOP);
    until("it stands still", async || {
        let stat = std::fs::read_to_string(format!("/proc/{old}/stat"));
        stat.is_ok_and(|stat| stat.contains(") T "))
    })
    .await;
    // It waits in the queue of the socket, which outlives the worker.
    assert_eq!(cluster.get("/").await, "hello");
    assert_ne!(cluster.pids(), [old]);
    cluster.says("worker 0 hangs: no sign of life").await;
    // What is stopped hears of no SIGABRT.
    until("it is killed", async || !is_alive(old)).await;
    cluster
        .says("worker 0 ended by force, for it showed no sign of life: signal 9")
        .await;
    let status = cluster.status();
    assert_eq!(status.workers[0].restarts, 1, "{status:?}");
    assert_eq!(cluster.stop().await, 0);
}

#[tokio::test]
async fn a_worker_whose_handler_never_returns_is_aborted_and_the_other_goes_on() {
    let setup = Setup::new(2).with("threads", 1);
    let cluster = setup.with("hang_timeout", 1000).start().await;
    let old = cluster.pids();
    let mut connection = h1::Connection::open(cluster.addr).await;
    connection
        .send("GET /hang HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    cluster
        .says("ended by force, for it showed no sign of life: signal 6")
        .await;
    assert!(connection.raw().await.is_none(), "it is lost");
    until("another has its place", async || {
        let new = cluster.pids();
        new.len() == 2 && new != old && new.iter().any(|pid| old.contains(pid))
    })
    .await;
    assert_eq!(cluster.get("/").await, "hello");
}

#[tokio::test]
async fn the_last_panic_of_a_worker_that_aborts_is_in_its_event() {
    let cluster = Setup::new(1).start().await;
    let mut connection = h1::Connection::open(cluster.addr).await;
    connection
        .send("GET /panic HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    cluster.says("signal 6").await;
    let entries = match cluster.ask(&Request::Logs { after: 0 }) {
        Reply::Logs { entries } => entries,
        other => panic!("{other:?}"),
    };
    let ended = entries.iter().find(|it| it.message.contains("signal 6"));
    let message = &ended.expect("the event of its end").message;
    assert!(message.contains("ended unasked"), "{message}");
    let words = message.rsplit_once(" before: panicked at ").map(|it| it.1);
    let words = words.unwrap_or_else(|| panic!("no last words: {message}"));
    assert!(words.contains("app.rs"), "{message}");
    assert!(words.ends_with(": no tea, no sugar"), "{message}");
    // Its successor has said nothing, though it may have the same place in memory.
    until("another serves", async || cluster.pids().len() == 1).await;
    send(cluster.pids()[0], Signal::KILL);
    cluster.says("signal 9").await;
    let log = cluster.log();
    let line = log.lines().find(|line| line.contains("signal 9"));
    assert!(line.is_some_and(|line| !line.contains("panicked")), "{log}");
}
