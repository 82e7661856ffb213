//! What clients see when upstreams are down.

use crate::process::{Gateway, app, config};
use buttress_testing::h1;
use http::StatusCode;
use std::net::SocketAddr;

fn nobody() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound")
}

#[tokio::test]
async fn what_is_stale_stands_in_for_an_origin_that_is_down() {
    let origin = app("kept", "max-age=0").await;
    let gateway = Gateway::start(&config(&[origin.addr()], "")).await;
    let mut client = h1::Connection::open(gateway.addr).await;
    client.get("/page", &[]).await;
    client.body().await;
    drop(origin);
    let head = client.get("/page", &[]).await;
    assert_eq!(head.status, StatusCode::OK);
    assert_eq!(client.body().await.complete(), "kept");
    let head = client.get("/other", &[]).await;
    assert_eq!(head.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn browsers_get_the_page_and_others_problem_details() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("error.html");
    std::fs::write(&page, "<h1>Back soon</h1>").expect("a file");
    let errors = format!(
        "[errors]\npage = {:?}\nretry_after = \"7s\"",
        page.display().to_string()
    );
    let gateway = Gateway::start(&config(&[nobody()], &errors)).await;
    let mut client = h1::Connection::open(gateway.addr).await;
    let head = client.get("/", &[("Accept", "text/html")]).await;
    assert_eq!(head.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(head.header("retry-after").is_some());
    assert_eq!(client.body().await.complete(), "<h1>Back soon</h1>");
    let head = client.get("/", &[]).await;
    assert_eq!(
        head.header("content-type"),
        Some("application/problem+json")
    );
}
