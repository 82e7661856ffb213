//! Inside and around a `Router` of axum: routes, addresses, nesting.
#![cfg(feature = "axum")]

mod support;

use axum::{Router, body::Body, extract::ConnectInfo, routing::get};
use http::Request;
use std::net::SocketAddr;
use support::Log;
use tower::{Layer, ServiceExt};

fn request(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

fn routes(log: &Log) -> Router {
    let inner = Router::new().route("/{id}", get(|| async { "hello" }));
    Router::new()
        .route("/users/{id}", get(|| async { "hello" }))
        .nest("/nested", inner)
        .layer(log.layer())
}

async fn ask(router: Router, path: &str) {
    let response = router.oneshot(request(path)).await.unwrap();
    let _ = buttress_testing::collect(response.into_body())
        .await
        .complete();
}

#[tokio::test]
async fn the_route_is_the_pattern_that_matched() {
    let log = Log::new();
    for path in ["/users/7", "/nested/7", "/nowhere"] {
        ask(routes(&log), path).await;
    }
    let lines = log.json();
    let routes: Vec<_> = lines
        .iter()
        .map(|line| (line["target"].as_str(), line["route"].as_str()))
        .collect();
    assert_eq!(
        routes,
        [
            (Some("/users/7"), Some("/users/{id}")),
            (Some("/nested/7"), Some("/nested/{id}")),
            (Some("/nowhere"), Some("unmatched")),
        ]
    );
    assert_eq!(lines[2]["status"], 404);
}

#[tokio::test]
async fn a_layer_inside_of_a_nested_router_shows_the_whole_target() {
    let log = Log::new();
    let inner = Router::new()
        .route("/{id}", get(|| async { "hello" }))
        .layer(log.layer());
    ask(Router::new().nest("/nested", inner), "/nested/7?a").await;
    let line = log.only();
    assert_eq!(line["target"], "/nested/7?a");
    assert_eq!(line["route"], "/nested/{id}");
}

#[tokio::test]
async fn around_the_router_there_is_no_route() {
    let log = Log::new();
    let router = Router::new().route("/users/{id}", get(|| async { "hello" }));
    let response = log
        .layer()
        .layer(router)
        .oneshot(request("/users/7"))
        .await
        .unwrap();
    let _ = buttress_testing::collect(response.into_body())
        .await
        .complete();
    assert_eq!(log.only()["route"], "unmatched");
}

#[tokio::test]
async fn the_address_is_that_of_connect_info() {
    let log = Log::new();
    let peer: SocketAddr = "[2001:db8::1]:4711".parse().unwrap();
    let mut request = request("/users/7");
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = routes(&log).oneshot(request).await.unwrap();
    let _ = buttress_testing::collect(response.into_body())
        .await
        .complete();
    assert_eq!(log.only()["client"], "2001:db8::1");
}

/// `Router::layer` makes one service for each route.
#[tokio::test]
async fn two_routes_share_one_sample() {
    let log = Log::new();
    let router = Router::new()
        .route("/a", get(|| async { "hello" }))
        .route("/b", get(|| async { "hello" }))
        .layer(log.layer().sample(2));
    ask(router.clone(), "/a").await;
    ask(router, "/b").await;
    assert_eq!(log.lines().len(), 1);
}
