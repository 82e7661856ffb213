//! (13) and (14): ends with deadlines, and HTTP/2.

use crate::support::{Setup, until};
use buttress_testing::{h1, h2};
use rustix::process::Signal;

#[tokio::test]
async fn an_endless_stream_is_cut_at_the_deadline_and_the_code_says_so() {
    let cluster = Setup::new(1).with("deadline", 500).start().await;
    let mut connection = h1::Connection::open(cluster.addr).await;
    connection.get("/endless", &[]).await;
    connection.piece().await;
    let addr = cluster.addr;
    assert_eq!(cluster.stop().await, 1);
    assert!(connection.raw().await.is_none());
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn a_second_signal_cuts_at_once() {
    let mut cluster = Setup::new(1).with("deadline", 600_000).start().await;
    let mut connection = h1::Connection::open(cluster.addr).await;
    connection.get("/endless", &[]).await;
    connection.piece().await;
    cluster.signal(Signal::TERM);
    cluster.says("stopping").await;
    cluster.signal(Signal::TERM);
    assert_eq!(cluster.ended().await.code(), Some(1));
}

#[tokio::test]
async fn a_worker_that_does_not_end_is_killed() {
    let cluster = Setup::new(1)
        .with("threads", 1)
        .with("deadline", 0)
        .start()
        .await;
    let mut connection = h1::Connection::open(cluster.addr).await;
    // Not for as long as the supervisor waits, but again and again.
    for _ in 0..4 {
        connection
            .send("GET /block HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await;
    }
    until("it blocks", async || {
        cluster.status().workers[0].requests > 0
    })
    .await;
    assert_eq!(cluster.stop().await, 1);
}

#[tokio::test]
async fn a_reload_says_goaway_and_answers_the_streams_that_are_open() {
    let cluster = Setup::new(1).start().await;
    let mut connection = h2::Connection::open(cluster.addr).await;
    let slow = tokio::spawn(async move {
        let mut exchange = connection.get("/slow", &[]).await;
        (exchange.body().await.complete(), connection)
    });
    until("it is in flight", async || {
        cluster.status().workers[0].in_flight == 1
    })
    .await;
    let old = cluster.pids()[0];
    cluster.reload().await.unwrap();
    let (body, _connection) = slow.await.unwrap();
    assert_eq!(&body[..], b"slow");
    // Our end of the connection stays open: it is the server that closes it.
    until("the old worker ends", async || {
        !crate::support::cluster::is_alive(old)
    })
    .await;
    let mut connection = h2::Connection::open(cluster.addr).await;
    let mut exchange = connection.get("/", &[]).await;
    assert_eq!(&exchange.body().await.complete()[..], b"hello");
}

#[tokio::test]
async fn before_the_end_readiness_says_no_and_all_else_goes_on() {
    let mut cluster = Setup::new(1).with("pre_stop", 1500).start().await;
    let mut connection = h1::Connection::open(cluster.addr).await;
    assert_eq!(connection.get("/readyz", &[]).await.status, 200);
    connection.body().await;
    cluster.signal(Signal::TERM);
    cluster.says("stopping").await;
    until("it is not ready", async || {
        let status = connection.get("/readyz", &[]).await.status;
        connection.body().await;
        status == 503
    })
    .await;
    assert_eq!(cluster.get("/").await, "hello");
    assert_eq!(cluster.ended().await.code(), Some(0));
}
