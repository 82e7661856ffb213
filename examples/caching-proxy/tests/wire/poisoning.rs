//! What one client sends must not become what others read.

use crate::{
    client::{Over, Response, send},
    origin::Answer,
    proxy::Proxy,
};
use buttress_testing::h1;
use http::{Method, StatusCode};

fn ok(fields: &str, body: &str) -> Answer {
    let head = format!("HTTP/1.1 200 OK\nCache-Control: max-age=60\n{fields}\n");
    Answer::Bytes(format!("{}{body}", head.replace('\n', "\r\n")).into_bytes())
}

async fn get(proxy: &Proxy, path: &str, lines: &[&str]) -> Response {
    let lines: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
    send(Over::Http1, proxy.addr, &Method::GET, path, &lines, "").await
}

#[tokio::test]
async fn a_field_that_connection_lists_is_gone_before_the_cache_reads_it() {
    let proxy = Proxy::start().await;
    let varies = "Vary: accept-language\nContent-Length: 2\n";
    proxy.origin.expect("/", ok(varies, "en"));
    let hidden = ["Accept-Language: de", "Connection: accept-language"];
    assert_eq!(get(&proxy, "/", &hidden).await.body, "en");
    assert_eq!(proxy.origin.seen("/")[0].field("accept-language"), None);
    proxy.origin.expect("/", ok(varies, "de"));
    let german = get(&proxy, "/", &["Accept-Language: de"]).await;
    assert_eq!(german.body, "de");
    assert_eq!(get(&proxy, "/", &[]).await.body, "en");
    assert_eq!(proxy.origin.seen("/").len(), 2);
}

#[tokio::test]
async fn the_upstream_gets_the_host_that_is_in_the_key() {
    let proxy = Proxy::start().await;
    proxy.origin.expect("/", ok("Content-Length: 1\n", "x"));
    get(&proxy, "/", &["Connection: host"]).await;
    let host = proxy.origin.seen("/")[0].field("host");
    assert_eq!(host.as_deref(), Some("localhost"));
}

#[tokio::test]
async fn the_host_of_an_absolute_target_is_the_one_that_counts() {
    let proxy = Proxy::start().await;
    proxy.origin.expect("/", ok("Content-Length: 1\n", "x"));
    let mut client = h1::Connection::open(proxy.addr).await;
    client
        .send("GET http://localhost/ HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        .await;
    assert_eq!(client.head().await.status, StatusCode::OK);
    let host = proxy.origin.seen("/")[0].field("host");
    assert_eq!(host.as_deref(), Some("localhost"));
    assert_eq!(get(&proxy, "/", &[]).await.body, "x");
    assert_eq!(proxy.origin.seen("/").len(), 1);
}

#[tokio::test]
async fn a_host_that_is_none_is_refused() {
    let proxy = Proxy::start().await;
    for (target, host) in [
        ("/", "a b"),
        ("/", "a/b"),
        ("/", "evil@localhost"),
        ("http://evil@localhost/", "localhost"),
    ] {
        let mut client = h1::Connection::open(proxy.addr).await;
        client
            .send(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"))
            .await;
        let status = client.head().await.status;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{target} {host}");
    }
}

#[tokio::test]
async fn chunks_stand_above_a_length_that_contradicts_them() {
    let proxy = Proxy::start().await;
    let both = "Content-Length: 3\nTransfer-Encoding: chunked\n";
    proxy
        .origin
        .expect("/", ok(both, "5\r\nabcde\r\n0\r\n\r\n"));
    for _ in 0..2 {
        assert_eq!(get(&proxy, "/", &[]).await.body, "abcde");
    }
    assert_eq!(proxy.origin.seen("/").len(), 1);
}
