//! The layers on plain hyper, through `TowerToHyperService`.

use buttress_compression::{CompressionLayer, RequestDecompressionLayer};
use buttress_testing::{
    ReadyChecked, Server,
    service::{Echo, respond},
};
use buttress_tests::{app, compression, decompression};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer, ServiceBuilder};

fn page<B>(_: Request<B>) -> Response<Full<Bytes>> {
    let response = Response::builder().header("content-type", "text/html");
    response.body(Full::new(app::html())).unwrap()
}

#[tokio::test]
async fn compression_over_http_1() {
    let inner = ReadyChecked::new(respond(page)).pauses(1);
    let server = Server::h1(CompressionLayer::new().layer(inner)).await;
    compression::works_over_h1(server.addr(), "/").await;
    server.stop().await;
}

#[tokio::test]
async fn compression_over_http_2() {
    let inner = ReadyChecked::new(respond(page)).pauses(1);
    let server = Server::h2(CompressionLayer::new().layer(inner)).await;
    compression::works_over_h2(server.addr(), "/").await;
    server.stop().await;
}

#[tokio::test]
async fn request_decompression_over_http_1() {
    let inner = ReadyChecked::new(Echo).pauses(1);
    let server = Server::h1(RequestDecompressionLayer::new().layer(inner)).await;
    decompression::works_over_h1(server.addr(), "/").await;
    server.stop().await;
}

#[tokio::test]
async fn request_decompression_over_http_2() {
    let inner = ReadyChecked::new(Echo).pauses(1);
    let server = Server::h2(RequestDecompressionLayer::new().layer(inner)).await;
    decompression::works_over_h2(server.addr(), "/").await;
    server.stop().await;
}

#[tokio::test]
async fn both_in_either_order_and_twice() {
    let service = ServiceBuilder::new()
        .layer(CompressionLayer::new())
        .layer(RequestDecompressionLayer::new())
        .layer(RequestDecompressionLayer::new())
        .layer(CompressionLayer::new())
        .service(ReadyChecked::new(Echo).pauses(1));
    let server = Server::auto(service).await;
    decompression::works(server.addr(), "/").await;
    server.stop().await;
}

#[tokio::test]
async fn switched_off_they_keep_their_type_and_do_nothing() {
    let inner = ReadyChecked::new(respond(page));
    let off = CompressionLayer::new().enabled(false);
    let server = Server::h1(off.layer(inner)).await;
    compression::is_off(server.addr(), "/").await;
    server.stop().await;

    let inner = ReadyChecked::new(Echo);
    let off = RequestDecompressionLayer::new().enabled(false);
    let server = Server::h1(off.layer(inner)).await;
    decompression::is_off(server.addr(), "/").await;
    server.stop().await;
}
