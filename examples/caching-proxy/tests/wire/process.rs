//! The process and its upstream.

use crate::{
    client::{Over, send},
    origin::{Answer, Origin},
    proxy::Proxy,
};
use buttress_testing::{h1, within};
use http::{Method, StatusCode};
use std::time::Duration;
use tokio::process::Command;

async fn status(proxy: &Proxy, path: &str) -> StatusCode {
    let response = send(Over::Http1, proxy.addr, &Method::GET, path, &[], "").await;
    response.head.status
}

#[tokio::test]
async fn an_upstream_that_is_not_there_is_502() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let upstream = format!("http://{}", closed.local_addr().expect("an address"));
    drop(closed);
    let proxy = Proxy::start_before(Origin::start(), &upstream, &[]).await;
    assert_eq!(status(&proxy, "/").await, StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn an_upstream_that_says_nonsense_is_502() {
    let proxy = Proxy::start().await;
    for nonsense in [
        "",
        "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    ] {
        proxy.origin.expect("/", Answer::Close(nonsense.into()));
        assert_eq!(
            status(&proxy, "/").await,
            StatusCode::BAD_GATEWAY,
            "{nonsense:?}"
        );
    }
}

#[tokio::test]
async fn an_upstream_that_says_nothing_is_504() {
    let proxy = Proxy::start_with(&["--timeout", "1"]).await;
    proxy
        .origin
        .expect("/", Answer::Silence(Duration::from_secs(30)));
    assert_eq!(status(&proxy, "/").await, StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn the_path_of_the_upstream_comes_first() {
    let origin = Origin::start();
    let upstream = format!("http://{}/base/", origin.addr);
    let proxy = Proxy::start_before(origin, &upstream, &[]).await;
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec();
    proxy.origin.expect("/base/a?b", Answer::Bytes(answer));
    assert_eq!(status(&proxy, "/a?b").await, StatusCode::OK);
}

#[tokio::test]
async fn a_tunnel_is_refused() {
    let proxy = Proxy::start().await;
    let mut client = h1::Connection::open(proxy.addr).await;
    client
        .send("CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n")
        .await;
    assert_eq!(client.head().await.status, StatusCode::NOT_IMPLEMENTED);
}

#[tokio::test]
async fn a_request_names_one_host() {
    let proxy = Proxy::start().await;
    for host in ["", "Host: a\r\nHost: b\r\n", "Host: a\r\nHost: a\r\n"] {
        let mut client = h1::Connection::open(proxy.addr).await;
        client.send(format!("GET / HTTP/1.1\r\n{host}\r\n")).await;
        assert_eq!(
            client.head().await.status,
            StatusCode::BAD_REQUEST,
            "{host:?}"
        );
    }
    assert!(proxy.origin.seen("/").is_empty());
}

#[tokio::test]
async fn sigterm_lets_a_running_request_end() {
    let mut proxy = Proxy::start_with(&["--timeout", "2"]).await;
    proxy
        .origin
        .expect("/", Answer::Silence(Duration::from_secs(30)));
    let mut client = h1::Connection::open(proxy.addr).await;
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    within("the request at the origin", async {
        while proxy.origin.seen("/").is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let pid = proxy.child.id().expect("it runs").to_string();
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -TERM {pid}")])
        .status()
        .await;
    assert!(sent.expect("there is a shell").success());
    assert_eq!(client.head().await.status, StatusCode::GATEWAY_TIMEOUT);
    let status = within("the end of the process", proxy.child.wait()).await;
    assert!(status.expect("it can be waited for").success());
}
