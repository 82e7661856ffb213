//! The layers through every door of axum.

use axum::{
    Router,
    handler::Handler,
    routing::{get, post},
};
use buttress_compression::{CompressionLayer, Encoding, RequestDecompressionLayer};
use buttress_testing::{Server, h1};
use buttress_tests::{
    app::{ECHO, PAGE, echo, page, router},
    compression, decompression,
};
use tower::{Layer, ServiceBuilder};

async fn both_work(router: Router) {
    let server = Server::auto(router).await;
    compression::works(server.addr(), PAGE).await;
    decompression::works(server.addr(), ECHO).await;
    server.stop().await;
}

fn both() -> (CompressionLayer, RequestDecompressionLayer) {
    (CompressionLayer::new(), RequestDecompressionLayer::new())
}

#[tokio::test]
async fn router_layer() {
    let router = router()
        .layer(CompressionLayer::new())
        .layer(RequestDecompressionLayer::new());
    both_work(router).await;
}

#[tokio::test]
async fn router_route_layer() {
    let router = router()
        .route_layer(CompressionLayer::new())
        .route_layer(RequestDecompressionLayer::new());
    both_work(router).await;
}

#[tokio::test]
async fn method_router_layer() {
    let router = Router::new()
        .route(PAGE, get(page).layer(CompressionLayer::new()))
        .route(ECHO, post(echo).layer(RequestDecompressionLayer::new()));
    both_work(router).await;
}

#[tokio::test]
async fn handler_layer() {
    let router = Router::new()
        .route(PAGE, get(page.layer(CompressionLayer::new())))
        .route(ECHO, post(echo.layer(RequestDecompressionLayer::new())));
    both_work(router).await;
}

#[tokio::test]
async fn service_builder_twice_in_a_row() {
    let twice = ServiceBuilder::new()
        .layer(CompressionLayer::new())
        .layer(CompressionLayer::new())
        .layer(RequestDecompressionLayer::new())
        .layer(RequestDecompressionLayer::new());
    both_work(router().layer(twice)).await;
}

#[tokio::test]
async fn a_tuple_of_layers() {
    both_work(router().layer(both())).await;
}

#[tokio::test]
async fn around_the_whole_router() {
    let server = Server::auto(both().layer(router())).await;
    compression::works(server.addr(), PAGE).await;
    decompression::works(server.addr(), ECHO).await;
    server.stop().await;
}

#[tokio::test]
async fn on_a_nested_router_and_its_fallback() {
    let router = Router::new()
        .nest("/api", router())
        .fallback(page)
        .layer(both());
    let server = Server::auto(router).await;
    compression::works(server.addr(), "/api/page").await;
    compression::works(server.addr(), "/nowhere").await;
    decompression::works(server.addr(), "/api/echo").await;
    server.stop().await;
}

#[tokio::test]
async fn switched_off_they_keep_their_type_and_do_nothing() {
    for enabled in [true, false] {
        let router = router()
            .layer(CompressionLayer::new().enabled(enabled))
            .layer(RequestDecompressionLayer::new().enabled(enabled));
        if enabled {
            both_work(router).await;
            continue;
        }
        let server = Server::auto(router).await;
        compression::is_off(server.addr(), PAGE).await;
        decompression::is_off(server.addr(), ECHO).await;
        server.stop().await;
    }
}

/// `Router::layer` calls `Layer::layer` once for each route.
#[tokio::test]
async fn routes_share_the_state_of_the_layer() {
    let layer = CompressionLayer::new();
    let router = Router::new()
        .route("/a", get(page))
        .route("/b", get(page))
        .layer(layer.clone());
    let server = Server::h1(router).await;
    let mut client = h1::Connection::open(server.addr()).await;
    for path in ["/a", "/b"] {
        client.get(path, &[("accept-encoding", "gzip")]).await;
        client.body().await;
    }
    server.stop().await;
    assert_eq!(layer.stats().encoded(Encoding::Gzip), 2);
}
