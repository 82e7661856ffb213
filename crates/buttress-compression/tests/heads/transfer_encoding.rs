//! Responses with the framing of somebody else's connection: a handler that is
//! a proxy may hand on all that its upstream said.

use crate::support::{ANY, Arrival, CODINGS, Reply, ask, get};
use buttress_compression::CompressionLayer;
use buttress_testing::{Server, corpus, decode, h1, service};
use tower::Layer;

fn chunked(reply: Reply) -> Reply {
    reply.field("transfer-encoding", "chunked")
}

#[tokio::test]
async fn a_length_takes_the_place_of_chunks() {
    let noise = Reply::of("text/plain", corpus::random(3000, 1));
    for reply in [Reply::page(), noise, Reply::of("text/plain", "small")] {
        let reply = chunked(reply).arrival(Arrival::Unsized);
        let answer = ask(&CompressionLayer::new(), get(ANY), &reply).await;
        assert!(answer.has("content-length"));
        assert!(!answer.has("transfer-encoding"), "{reply:?}");
    }
}

#[tokio::test]
async fn the_answer_arrives_over_h1() {
    for arrival in [Arrival::Unsized, Arrival::Streamed] {
        for reply in [Reply::page(), Reply::of("text/plain", "small")] {
            let reply = chunked(reply).arrival(arrival);
            let (data, response) = (reply.data.clone(), reply.clone());
            let handler = service::respond(move |_| response.response());
            let server = Server::h1(CompressionLayer::new().layer(handler)).await;
            let mut client = h1::Connection::open(server.addr()).await;
            let head = client.get("/", &[("accept-encoding", "gzip")]).await;
            assert_eq!(head.status, 200, "{reply:?}");
            let coding = head.header("content-encoding").unwrap_or("identity");
            let body = client.body().await.complete();
            assert_eq!(decode::decode(coding, &body).unwrap(), data);
            drop(client);
            server.stop().await;
        }
    }
}

#[tokio::test]
async fn a_body_in_another_transfer_coding_is_left_alone() {
    for line in ["gzip, chunked", "GZip", "chunked, chunked"] {
        let reply = Reply::page().field("transfer-encoding", line);
        for encoding in CODINGS {
            let answer = ask(&CompressionLayer::new(), get(encoding.as_str()), &reply).await;
            answer.assert_untouched(&reply);
        }
    }
    let reply = Reply::page().field("transfer-encoding", "Chunked");
    let answer = ask(&CompressionLayer::new(), get("gzip"), &reply).await;
    assert_eq!(answer.coding(), "gzip");
}
