//! An app behind buttress-proxy is as the app itself: its layers' work, its upgrades and
//! its gRPC come through.

use ::axum::{Router, body::Body, extract::Request, routing::any};
use buttress_compression::{CompressionLayer, RequestDecompressionLayer};
use buttress_proxy::{Builder, ErrorPageLayer, ReverseProxy};
use buttress_testing::Server;
use buttress_tests::{
    app, compression,
    grpc_server::{self, Running},
    tunnel,
};
use std::net::SocketAddr;
use tower::Layer;

async fn proxy(upstream: SocketAddr, settings: impl FnOnce(Builder) -> Builder) -> Server {
    let upstream = format!("http://{upstream}").parse().expect("an upstream");
    let proxy = settings(ReverseProxy::builder(upstream)).build();
    Server::auto(ErrorPageLayer::new().layer(proxy)).await
}

#[tokio::test]
async fn compressed_responses_come_through_over_both_versions() {
    let layers = (CompressionLayer::new(), RequestDecompressionLayer::new());
    let origin = Server::auto(app::router().layer(layers)).await;
    let over_http1 = proxy(origin.addr(), |settings| settings).await;
    compression::works(over_http1.addr(), app::PAGE).await;
    let over_http2 = proxy(origin.addr(), |settings| settings.http2(10)).await;
    compression::works(over_http2.addr(), app::PAGE).await;
}

#[tokio::test]
async fn upgrades_and_connect_come_through() {
    let accept = |request: Request| async { tunnel::accept(request).map(Body::new) };
    let router = Router::new().route("/", any(accept)).fallback(accept);
    let origin = Server::auto(router).await;
    let server = proxy(origin.addr(), |settings| settings.connect_method(true)).await;
    tunnel::upgrade_works(server.addr()).await;
    tunnel::connect_works(server.addr()).await;
}

/// A server of gRPC, and what takes its place: a proxy to it.
async fn both() -> (Running, Running, Server) {
    let (without, mut with) = (
        buttress_tests::grpc_server!(),
        buttress_tests::grpc_server!(),
    );
    let server = proxy(with.addr, |settings| settings.http2(100)).await;
    with.addr = server.addr();
    (without, with, server)
}

#[tokio::test]
async fn a_unary_method_of_grpc_its_error_and_its_trailers_come_through() {
    let (without, with, _server) = both().await;
    let answer = grpc_server::unary(without, with, "Echo").await;
    assert_eq!(answer.trailers["grpc-status"], "0");
    let (without, with, _server) = both().await;
    let answer = grpc_server::unary(without, with, "Fail").await;
    assert_eq!(answer.headers["grpc-status"], "5");
}

#[tokio::test]
async fn each_message_of_a_stream_of_grpc_comes_when_it_is_sent() {
    let (without, with, _server) = both().await;
    let answer = grpc_server::stream(without, with).await;
    assert_eq!(answer.trailers["grpc-status"], "0");
}
