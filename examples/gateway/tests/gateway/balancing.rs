//! Requests to many upstreams.

use crate::process::{Gateway, app, config};
use buttress_testing::{Server, h1};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tower::service_fn;

#[tokio::test]
async fn one_upstream_of_two_that_is_down_fails_no_request_with_a_body_or_without() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let dead = listener.local_addr().expect("it is bound");
    drop(listener);
    let echo = service_fn(|request: Request<hyper::body::Incoming>| async {
        let body = request.into_body().collect().await.expect("a body");
        Ok::<_, Infallible>(Response::new(Full::new(body.to_bytes())))
    });
    let alive = Server::h1(echo).await;
    let config = config(&[dead, alive.addr()], "[cache]\nenabled = false");
    let gateway = Gateway::start(&config).await;
    let mut client = h1::Connection::open(gateway.addr).await;
    for request in 0..50 {
        let head = client.get("/", &[]).await;
        assert_eq!(head.status, StatusCode::OK, "GET {request}");
        client.body().await;
        // (7) A connect that failed is tried elsewhere with the body whole.
        let body = format!("order {request}");
        let head = client
            .request(Method::POST, "/", &[], body.as_bytes())
            .await;
        assert_eq!(head.status, StatusCode::OK, "POST {request}");
        assert_eq!(client.body().await.complete(), body);
    }
}

#[tokio::test]
async fn a_post_whose_bytes_were_sent_is_not_sent_to_another_upstream() {
    let seen = Arc::new(AtomicUsize::new(0));
    // Each takes the request, and hangs up.
    let hang_up = |seen: Arc<AtomicUsize>| {
        service_fn(move |request: Request<hyper::body::Incoming>| {
            let seen = seen.clone();
            async move {
                let _ = request.into_body().collect().await;
                seen.fetch_add(1, Ordering::SeqCst);
                Err::<Response<Full<bytes::Bytes>>, _>("no")
            }
        })
    };
    let one = Server::h1(hang_up(seen.clone())).await;
    let two = Server::h1(hang_up(seen.clone())).await;
    let gateway = Gateway::start(&config(&[one.addr(), two.addr()], "")).await;
    let mut client = h1::Connection::open(gateway.addr).await;
    let head = client.request(Method::POST, "/", &[], b"order").await;
    assert_eq!(head.status, StatusCode::BAD_GATEWAY);
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn both_upstreams_get_their_share() {
    let (one, two) = (app("one", "no-store").await, app("two", "no-store").await);
    let config = format!(
        "{}balance = \"round-robin\"\n",
        config(&[one.addr(), two.addr()], "")
    );
    let gateway = Gateway::start(&config).await;
    let mut client = h1::Connection::open(gateway.addr).await;
    let mut answers = Vec::new();
    for _ in 0..10 {
        client.get("/", &[]).await;
        answers.push(client.body().await.complete());
    }
    assert_eq!(answers.iter().filter(|answer| **answer == "one").count(), 5);
}
