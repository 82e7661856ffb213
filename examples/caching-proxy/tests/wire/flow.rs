//! Bodies on their way, and requests at the same time.

use crate::{
    client::{Over, send},
    origin::Answer,
    proxy::Proxy,
};
use buttress_testing::{h1, wire::Piece};
use http::Method;

const CHUNKED: &str = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n";

#[tokio::test]
async fn an_event_stream_starts_at_once() {
    let proxy = Proxy::start().await;
    let first = format!(
        "{CHUNKED}Content-Type: text/event-stream\nCache-Control: no-store\n\n7\ndata: 1\n"
    );
    let (answer, release) = Answer::halves(&first, "0\n\n");
    proxy.origin.expect("/", answer);
    let mut client = h1::Connection::open(proxy.addr).await;
    client.get("/", &[]).await;
    // The origin has not sent the rest, and does not until we have this.
    assert!(matches!(client.piece().await, Piece::Data(data) if data.starts_with(b"data: 1")));
    release.send(()).expect("the origin waits");
    assert!(client.body().await.cut.is_none());
}

#[tokio::test]
async fn a_body_that_is_being_stored_is_given_on_as_it_comes_and_to_others_too() {
    let proxy = Proxy::start().await;
    let first = format!("{CHUNKED}Cache-Control: max-age=60\n\n4\nbody\n");
    let (answer, release) = Answer::halves(&first, "5\n, too\n0\n\n");
    proxy.origin.expect("/", answer);
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = h1::Connection::open(proxy.addr).await;
        client.get("/", &[]).await;
        assert_eq!(client.piece().await, Piece::Data("body".into()));
        clients.push(client);
    }
    release.send(()).expect("the origin waits");
    for mut client in clients {
        assert_eq!(client.body().await.complete(), ", too");
    }
    let later = send(Over::Http2, proxy.addr, &Method::GET, "/", &[], "").await;
    assert_eq!(later.body, "body, too");
    assert_eq!(proxy.origin.seen("/").len(), 1);
}

#[tokio::test]
async fn requests_at_the_same_time_are_one_at_the_origin() {
    let proxy = Proxy::start().await;
    let (answer, release) = Answer::halves(
        "",
        "HTTP/1.1 200 OK\nCache-Control: max-age=60\nContent-Length: 4\n\nbody",
    );
    proxy.origin.expect("/", answer);
    let addr = proxy.addr;
    let clients: Vec<_> = (0..50)
        .map(|_| {
            tokio::spawn(async move { send(Over::Http1, addr, &Method::GET, "/", &[], "").await })
        })
        .collect();
    release.send(()).expect("the origin waits");
    for client in clients {
        assert_eq!(client.await.expect("an answer").body, "body");
    }
    assert_eq!(proxy.origin.seen("/").len(), 1);
}

#[tokio::test]
async fn a_client_that_leaves_does_not_spoil_what_others_wait_for() {
    let proxy = Proxy::start().await;
    let first = "HTTP/1.1 200 OK\nCache-Control: max-age=60\nContent-Length: 8\n\nbody";
    let (answer, release) = Answer::halves(first, ", on");
    proxy.origin.expect("/", answer);
    let mut leaver = h1::Connection::open(proxy.addr).await;
    leaver.get("/", &[]).await;
    let mut other = h1::Connection::open(proxy.addr).await;
    other.get("/", &[]).await;
    drop(leaver);
    release.send(()).expect("the origin waits");
    assert_eq!(other.body().await.complete(), "body, on");
    assert_eq!(proxy.origin.seen("/").len(), 1);
}

#[tokio::test]
async fn what_cannot_be_shared_is_asked_for_by_each() {
    let proxy = Proxy::start().await;
    let private = "HTTP/1.1 200 OK\nCache-Control: private\nContent-Length: 1\n\n";
    for user in 0..10 {
        let (answer, release) = Answer::halves(private, &user.to_string());
        release.send(()).expect("it is kept");
        proxy.origin.expect("/", answer);
    }
    let mut bodies = Vec::new();
    let addr = proxy.addr;
    let clients: Vec<_> = (0..10)
        .map(|_| {
            tokio::spawn(async move { send(Over::Http1, addr, &Method::GET, "/", &[], "").await })
        })
        .collect();
    for client in clients {
        bodies.push(client.await.expect("an answer").body);
    }
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 10, "somebody got another one's: {bodies:?}");
}

#[tokio::test]
async fn the_authority_of_a_target_stands_above_host() {
    let proxy = Proxy::start().await;
    let ok = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 4\r\n\r\nbody";
    for _ in 0..2 {
        proxy.origin.expect("/x", Answer::Bytes(ok.into()));
    }
    for target in [
        "http://one.example/x",
        "http://two.example/x",
        "http://one.example/x",
    ] {
        let mut client = h1::Connection::open(proxy.addr).await;
        client
            .send(format!(
                "GET {target} HTTP/1.1\r\nHost: other.example\r\n\r\n"
            ))
            .await;
        client.head().await;
        assert_eq!(client.body().await.complete(), "body");
    }
    let seen = proxy.origin.seen("/x");
    let hosts: Vec<_> = seen.iter().filter_map(|seen| seen.field("host")).collect();
    assert_eq!(hosts, ["one.example", "two.example"]);
}
