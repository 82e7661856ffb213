//! Connections are bounded, and so is the waiting for one.

use crate::support::{Origin, both, serve, through, upstream};
use buttress_proxy::ReverseProxy;
use buttress_testing::{h1, within};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Empty;
use std::{
    future::Future,
    task::{Context, Waker},
    time::Duration,
};
use tower::ServiceExt;

#[tokio::test]
async fn a_request_waits_for_a_connection_and_gets_the_one_that_is_given_back() {
    let (mut origin, server, mut first) =
        through(|settings| settings.connections(1).waiting(1, Duration::from_secs(30))).await;
    first.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut connection = origin.accept().await;
    connection.head().await;
    let mut second = h1::Connection::open(server.addr()).await;
    second.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    connection
        .send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        .await;
    let (_, seen) = both(
        async { (first.head().await, second.head().await) },
        connection.answer(""),
    )
    .await;
    assert!(seen.starts_with("GET /2 "), "{seen}");
    assert!(origin.is_quiet());
}

#[tokio::test]
async fn a_request_that_waits_gets_the_place_of_a_connection_that_closed() {
    let (mut origin, server, mut first) =
        through(|settings| settings.connections(1).waiting(1, Duration::from_secs(30))).await;
    first.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut connection = origin.accept().await;
    connection.head().await;
    let mut second = h1::Connection::open(server.addr()).await;
    second.send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    drop(connection);
    assert_eq!(first.head().await.status, StatusCode::BAD_GATEWAY);
    let (head, _) = both(second.head(), async {
        origin.accept().await.answer("").await
    })
    .await;
    assert_eq!(head.status, StatusCode::OK);
}

#[tokio::test]
async fn who_may_not_wait_or_waits_too_long_gets_503() {
    for (most, wait) in [(0, Duration::from_secs(30)), (1, Duration::from_millis(50))] {
        let (mut origin, server, mut first) =
            through(|settings| settings.connections(1).waiting(most, wait)).await;
        first.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let mut connection = origin.accept().await;
        connection.head().await;
        let mut second = h1::Connection::open(server.addr()).await;
        let head = second.get("/2", &[]).await;
        assert_eq!(head.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(head.header("retry-after"), Some("1"));
    }
}

#[tokio::test]
async fn a_client_that_leaves_while_it_waits_takes_no_place() {
    let mut origin = Origin::start().await;
    let builder = ReverseProxy::builder(origin.upstream()).connections(1);
    let proxy = builder.waiting(1, Duration::from_secs(30)).build();
    let get = |path| {
        let request = Request::get(path).header("host", "a");
        let request = request.body(Empty::<Bytes>::new()).expect("a request");
        proxy.clone().oneshot(request)
    };
    let first = tokio::spawn(get("/1"));
    let mut connection = origin.accept().await;
    connection.head().await;
    {
        let mut second = std::pin::pin!(get("/2"));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(second.as_mut().poll(&mut cx).is_pending());
    }
    let third = tokio::spawn(get("/3"));
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    connection.send(answer).await;
    let seen = connection.answer("").await;
    assert!(seen.starts_with("GET /3 "), "{seen}");
    for asked in [first, third] {
        let answered = within("a response", asked).await.expect("no panic");
        assert_eq!(answered.expect("a response").status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn no_idle_connection_is_kept_beyond_the_bound() {
    is_closed_after_its_answer(0, Duration::from_secs(30)).await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_time() {
    is_closed_after_its_answer(8, Duration::from_millis(10)).await;
}

async fn is_closed_after_its_answer(most: usize, time: Duration) {
    let (mut origin, _server, mut client) =
        through(|settings| settings.idle_connections(most, time)).await;
    let (_, mut connection) = both(client.get("/", &[]), async {
        let mut connection = origin.accept().await;
        connection.answer("").await;
        connection
    })
    .await;
    assert_eq!(connection.closed().await, "");
}

#[tokio::test]
async fn an_upstream_that_refuses_is_502_and_nothing_was_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    drop(listener);
    let server = serve(ReverseProxy::new(upstream(addr))).await;
    let mut client = h1::Connection::open(server.addr()).await;
    assert_eq!(client.get("/", &[]).await.status, StatusCode::BAD_GATEWAY);
}
