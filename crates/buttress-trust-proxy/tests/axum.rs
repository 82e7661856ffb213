//! The extractor, and peers by `ConnectInfo`.
#![cfg(feature = "axum")]

use axum::{Router, extract::ConnectInfo, routing::get};
use buttress_trust_proxy::{ClientInfo, Trust, TrustProxyLayer};
use http::{Request, StatusCode};
use std::net::SocketAddr;
use tower::ServiceExt;

async fn address(client: ClientInfo) -> String {
    client
        .address()
        .map(|it| it.to_string())
        .unwrap_or_default()
}

fn request() -> Request<axum::body::Body> {
    let peer = SocketAddr::from(([127, 0, 0, 1], 1));
    Request::get("/")
        .header("x-forwarded-for", "203.0.113.7")
        .extension(ConnectInfo(peer))
        .body(axum::body::Body::empty())
        .unwrap()
}

#[tokio::test]
async fn a_handler_takes_the_client_as_an_argument() {
    let layer = TrustProxyLayer::new("loopback".parse::<Trust>().unwrap());
    let app = Router::new().route("/", get(address)).layer(layer);
    let body = app.oneshot(request()).await.unwrap().into_body();
    assert_eq!(axum::body::to_bytes(body, 99).await.unwrap(), "203.0.113.7");
}

#[tokio::test]
async fn without_the_layer_the_extractor_says_so() {
    let app = Router::new().route("/", get(address)).route(
        "/maybe",
        get(|client: Option<ClientInfo>| async move { client.is_none().to_string() }),
    );
    let response = app.clone().oneshot(request()).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let mut maybe = request();
    *maybe.uri_mut() = "/maybe".parse().unwrap();
    assert_eq!(app.oneshot(maybe).await.unwrap().status(), StatusCode::OK);
}
