//! Upstreams of HTTP/2, and (13) gRPC streams end to end.

use crate::support::{serve, upstream};
use buttress_proxy::ReverseProxy;
use buttress_testing::{Server, h1, h2, wire::Piece, within};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Version};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Incoming;
use std::convert::Infallible;
use tokio::sync::mpsc;
use tower::service_fn;

type Frames = StreamBody<tokio_frames::Frames>;

/// A stream over a channel, since tokio's own is in another crate.
mod tokio_frames {
    use bytes::Bytes;
    use futures_util::Stream;
    use http_body::Frame;
    use std::{
        convert::Infallible,
        pin::Pin,
        task::{Context, Poll},
    };
    use tokio::sync::mpsc;

    pub(super) struct Frames(pub(super) mpsc::Receiver<Frame<Bytes>>);

    impl Stream for Frames {
        type Item = Result<Frame<Bytes>, Infallible>;

        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.0.poll_recv(cx).map(|frame| frame.map(Ok))
        }
    }
}

/// Sends back each piece as it comes, and trailers at the end, as a method of gRPC
/// with streams both ways does.
async fn echo(request: Request<Incoming>) -> Result<Response<Frames>, Infallible> {
    let version = format!("{:?}", request.version());
    let path = request.uri().to_string();
    let te = request.headers().get("te").cloned();
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut body = request.into_body();
        while let Some(Ok(frame)) = body.frame().await {
            if let Ok(data) = frame.into_data() {
                let _ = sender.send(Frame::data(data)).await;
            }
        }
        let status = HeaderValue::from_static("0");
        let trailers = HeaderMap::from_iter([("grpc-status".parse().expect("a name"), status)]);
        let _ = sender.send(Frame::trailers(trailers)).await;
    });
    let mut response = Response::new(StreamBody::new(tokio_frames::Frames(receiver)));
    let headers = response.headers_mut();
    headers.insert("x-version", version.parse().expect("a value"));
    headers.insert("x-target", path.parse().expect("a value"));
    if let Some(te) = te {
        headers.insert("x-te", te);
    }
    Ok(response)
}

#[tokio::test]
async fn a_stream_of_grpc_goes_both_ways_piece_by_piece_with_its_trailers() {
    let origin = Server::h2(service_fn(echo)).await;
    let proxy = ReverseProxy::builder(upstream(origin.addr()))
        .http2(100)
        .build();
    let server = serve(proxy).await;
    let mut client = h2::Connection::open(server.addr()).await;
    let request = client.head(
        http::Method::POST,
        "/pkg.Service/Echo",
        &[("te", "trailers")],
    );
    let mut exchange = client.start(request, false).await;
    assert_eq!(exchange.head.status, StatusCode::OK);
    assert_eq!(exchange.head.header("x-version"), Some("HTTP/2.0"));
    assert_eq!(exchange.head.header("x-te"), Some("trailers"));
    for piece in ["one", "two", "three"] {
        let sent = exchange.upload.send_data(Bytes::from(piece), false);
        sent.expect("the stream is open");
        assert_eq!(exchange.piece().await, Piece::Data(Bytes::from(piece)));
    }
    let sent = exchange.upload.send_data(Bytes::new(), true);
    sent.expect("the stream is open");
    let received = exchange.body().await;
    assert_eq!(received.trailers["grpc-status"], "0");
}

#[tokio::test]
async fn requests_share_a_connection_up_to_the_bound() {
    let origin = Server::h2(service_fn(echo)).await;
    let builder = ReverseProxy::builder(upstream(origin.addr()));
    let proxy = builder
        .http2(2)
        .connections(1)
        .waiting(0, std::time::Duration::ZERO);
    let server = serve(proxy.build()).await;
    let mut client = h2::Connection::open(server.addr()).await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let request = client.head(http::Method::POST, "/", &[]);
        open.push(client.start(request, false).await);
    }
    let request = client.head(http::Method::GET, "/", &[]);
    let third = client.start(request, true).await;
    assert_eq!(third.head.status, StatusCode::SERVICE_UNAVAILABLE);
    // One ends, and another has its room.
    let mut first = open.remove(0);
    first
        .upload
        .send_data(Bytes::new(), true)
        .expect("it is open");
    first.body().await;
    let fourth = client.get("/", &[]).await;
    assert_eq!(fourth.head.status, StatusCode::OK);
}

#[tokio::test]
async fn a_client_of_http1_reaches_an_upstream_of_http2() {
    let origin = Server::h2(service_fn(echo)).await;
    let proxy = ReverseProxy::builder(upstream(origin.addr()))
        .http2(10)
        .build();
    let server = serve(proxy).await;
    let mut client = h1::Connection::open(server.addr()).await;
    let head = client
        .request(http::Method::POST, "/a?b", &[], b"body")
        .await;
    assert_eq!(head.version, Version::HTTP_11);
    assert_eq!(head.header("x-target"), Some("http://localhost/a?b"));
    assert_eq!(client.body().await.complete(), "body");
}

#[tokio::test]
async fn an_upstream_of_http2_that_goes_away_is_replaced() {
    let origin = Server::h2(service_fn(echo)).await;
    let addr = origin.addr();
    let proxy = ReverseProxy::builder(upstream(addr)).http2(10).build();
    let server = serve(proxy).await;
    let mut client = h1::Connection::open(server.addr()).await;
    assert_eq!(client.get("/", &[]).await.status, StatusCode::OK);
    client.body().await;
    within("the end of the upstream", origin.stop()).await;
    let head = client.get("/", &[]).await;
    assert_eq!(head.status, StatusCode::BAD_GATEWAY);
    client.body().await;
}
