//! Bodies of requests that hyper cannot read, and whose fault that is.
#![cfg(feature = "hyper")]

mod support;

use buttress_error::{Error, ErrorLayer, ResultExt};
use buttress_testing::{Server, h1, service::service_fn, within};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use std::{error::Error as StdError, fmt, io};
use support::Reports;
use tower::Layer;

/// As an HTTP client wraps what it could not read.
#[derive(Debug)]
struct UpstreamFailed(hyper::Error);

impl fmt::Display for UpstreamFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the archive sent no whole answer")
    }
}

impl StdError for UpstreamFailed {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

/// Reads the request's body, and hands an error on as the path says.
async fn read(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Error> {
    let path = request.uri().path().to_owned();
    let collected = request.into_body().collect().await;
    let collected = match &*path {
        "/bare" => collected?,
        "/context" => collected.context("reading").context("saving")?,
        "/io" => collected.map_err(io::Error::other)?,
        _ => collected.map_err(UpstreamFailed)?,
    };
    Ok(Response::new(Full::from(collected.to_bytes())))
}

#[tokio::test]
async fn a_malformed_request_body_is_the_clients_fault_unless_somebody_wrapped_the_error() {
    let server = Server::h1(ErrorLayer::new().layer(service_fn(read))).await;
    for (path, status) in [
        ("/bare", StatusCode::BAD_REQUEST),
        ("/context", StatusCode::BAD_REQUEST),
        ("/io", StatusCode::BAD_REQUEST),
        ("/upstream", StatusCode::INTERNAL_SERVER_ERROR),
    ] {
        let mut client = h1::Connection::open(server.addr()).await;
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
        client.send(head + "no size\r\n").await;
        assert_eq!(client.head().await.status, status, "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_leaves_within_its_body_is_no_error_of_the_servers() {
    let reports = Reports::new();
    let layer = ErrorLayer::new().on_report(reports.sink());
    let server = Server::h1(layer.layer(service_fn(read))).await;
    let mut client = h1::Connection::open(server.addr()).await;
    client
        .send("POST /bare HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nfew")
        .await;
    drop(client);
    within("the report", reports.first()).await;
    server.stop().await;
    let report = reports.only();
    assert_eq!(report.status(), Some(StatusCode::BAD_REQUEST));
    assert!(report.is_client_error());
}
