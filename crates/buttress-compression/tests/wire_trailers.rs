//! Trailers reach clients of both protocols, after a body with a known length
//! and after one without.

mod support_body;

use buttress_compression::{CompressionLayer, Encoding};
use buttress_testing::{ScriptedBody, Server, corpus, h1, h2};
use bytes::Bytes;
use http::Response;
use support_body::{assert_same, codings, decoded, html, once, page};

/// Bodies that end in the trailer `x-sum: 1`, each with its data and whether
/// it is encoded.
fn bodies() -> [(ScriptedBody, Bytes, bool); 6] {
    let (page, noise) = (page(5000), Bytes::from(corpus::random(5000, 1)));
    let start = |data: &Bytes| ScriptedBody::new().data(data.clone());
    let end = |body: ScriptedBody| body.trailers([("x-sum", "1")]);
    [
        (end(start(&page)), page.clone(), true),
        (end(start(&page)).exact_size(), page.clone(), true),
        (end(start(&page).empty().empty()), page.clone(), true),
        (end(start(&page).pause().empty().pause()), page, true),
        (end(start(&noise)), noise, false),
        (end(start(&Bytes::from("tiny"))), Bytes::from("tiny"), false),
    ]
}

/// In HTTP/1, hyper sends the trailers that were announced.
fn announced(body: ScriptedBody) -> Response<ScriptedBody> {
    let mut response = html(body);
    let headers = response.headers_mut();
    headers.insert("trailer", "x-sum".parse().unwrap());
    response
}

fn name(coding: Encoding, encoded: bool) -> Option<&'static str> {
    encoded.then_some(coding.as_str())
}

#[tokio::test]
async fn trailers_arrive_over_h1_when_they_were_asked_for() {
    for coding in codings() {
        for (body, data, encoded) in bodies() {
            let service = once(&CompressionLayer::new(), announced(body));
            let server = Server::h1(service).await;
            let mut client = h1::Connection::open(server.addr()).await;
            let fields = [("accept-encoding", coding.as_str()), ("te", "trailers")];
            let head = client.get("/", &fields).await;
            assert_eq!(head.header("content-encoding"), name(coding, encoded));
            assert_eq!(head.header("content-length"), None);
            assert_eq!(head.header("transfer-encoding"), Some("chunked"));
            let body = client.body().await;
            let coding = if encoded { coding } else { Encoding::Identity };
            assert_same(&decoded(coding, &body.complete()), &data, coding);
            assert_eq!(body.trailers["x-sum"], "1");
            drop(client);
            server.stop().await;
        }
    }
}

#[tokio::test]
async fn a_client_of_h1_that_asked_for_no_trailers_gets_the_body() {
    for coding in codings() {
        for (body, data, encoded) in bodies() {
            let service = once(&CompressionLayer::new(), announced(body));
            let server = Server::h1(service).await;
            let mut client = h1::Connection::open(server.addr()).await;
            client
                .get("/", &[("accept-encoding", coding.as_str())])
                .await;
            let body = client.body().await;
            let coding = if encoded { coding } else { Encoding::Identity };
            assert_same(&decoded(coding, &body.complete()), &data, coding);
            assert!(body.trailers.is_empty());
            drop(client);
            server.stop().await;
        }
    }
}

#[tokio::test]
async fn trailers_arrive_over_h2() {
    for coding in codings() {
        for (body, data, encoded) in bodies() {
            let server = Server::h2(once(&CompressionLayer::new(), html(body))).await;
            let mut client = h2::Connection::open(server.addr()).await;
            let fields = [("accept-encoding", coding.as_str()), ("te", "trailers")];
            let mut exchange = client.get("/", &fields).await;
            let coded = exchange.head.header("content-encoding");
            assert_eq!(coded, name(coding, encoded));
            let body = exchange.body().await;
            let coding = if encoded { coding } else { Encoding::Identity };
            assert_same(&decoded(coding, &body.complete()), &data, coding);
            assert_eq!(body.trailers["x-sum"], "1");
            drop(client);
            server.stop().await;
        }
    }
}
