//! The compression layers in the app: that they are on, and in the right place.
//! All that they can do is tested in their own crate.

use crate::app::App;
use buttress_testing::decode::{decode, decode_prefix};
use buttress_testing::wire::Piece;
use http::Method;

const CODINGS: [&str; 4] = ["zstd", "br", "gzip", "deflate"];

#[tokio::test]
async fn complete_bodies_shrink_in_every_coding_and_decode_to_the_same() {
    let app = App::start().await;
    for path in ["/page", "/json", "/json?n=300", "/assets/bundle.css"] {
        let plain = app.get(path).await;
        assert_eq!(plain.header("content-encoding"), None);
        assert_eq!(plain.header("vary"), Some("accept-encoding"));
        for coding in CODINGS {
            let accept = [("Accept-Encoding", coding)];
            let answer = app.request(Method::GET, path, &accept, b"").await;
            assert_eq!(answer.header("content-encoding"), Some(coding), "{path}");
            assert!(answer.body.len() < plain.body.len());
            assert!(decode(coding, &answer.body).unwrap() == plain.body);
        }
    }
}

#[tokio::test]
async fn what_is_small_or_compressed_already_stays_as_it_is() {
    let app = App::start().await;
    let accept = [("Accept-Encoding", "gzip, br, zstd")];
    for path in ["/plain", "/assets/sea.png", "/assets/gauge.woff2"] {
        let answer = app.request(Method::GET, path, &accept, b"").await;
        assert_eq!(answer.header("content-encoding"), None, "{path}");
        assert!(answer.body == app.get(path).await.body);
    }
}

#[tokio::test]
async fn each_part_of_a_stream_can_be_read_before_the_next_is_there() {
    let app = App::start().await;
    for coding in CODINGS {
        let mut connection = app.connect().await;
        let head = connection
            .get("/stream", &[("Accept-Encoding", coding)])
            .await;
        assert_eq!(head.header("content-encoding"), Some(coding));
        let mut encoded = Vec::new();
        for tick in 0..5 {
            let event = format!("data: tick {tick}\n\n");
            while !decode_prefix(coding, &encoded)
                .unwrap()
                .ends_with(event.as_bytes())
            {
                let Piece::Data(data) = connection.piece().await else {
                    panic!("the stream ended before tick {tick}");
                };
                encoded.extend_from_slice(&data);
            }
        }
        encoded.extend(connection.body().await.complete());
        assert_eq!(
            decode(coding, &encoded).unwrap().len(),
            5 * "data: tick 0\n\n".len()
        );
    }
}

#[tokio::test]
async fn a_strong_validator_becomes_weak_with_the_coding_and_still_answers_304() {
    let app = App::start().await;
    let accept = ("Accept-Encoding", "gzip");
    let answer = app.request(Method::GET, "/etag", &[accept], b"").await;
    assert_eq!(answer.header("etag"), Some("W/\"abc\""));
    let conditional = [accept, ("If-None-Match", "W/\"abc\"")];
    let answer = app.request(Method::GET, "/etag", &conditional, b"").await;
    assert_eq!(answer.status(), 304);
    assert_eq!(answer.header("vary"), Some("accept-encoding"));
}

#[tokio::test]
async fn requests_may_be_compressed_and_what_is_wrong_with_one_is_a_problem() {
    let app = App::start().await;
    let json = ("Content-Type", "application/json");
    let post = async |coding, body: &[u8]| {
        let headers = [json, ("Content-Encoding", coding)];
        app.request(Method::POST, "/echo", &headers, body).await
    };
    let gzip = gzip(b"{\"hello\": \"world\"}");
    assert_eq!(post("gzip", &gzip).await.json()["len"], 18);
    assert!(post("gzip", b"no gzip").await.problem(400).is_some());
    assert!(post("gzip", &gzip[..20]).await.problem(400).is_some());
    let answer = post("lzma", &gzip).await;
    assert!(answer.problem(415).is_some());
    assert!(answer.header("accept-encoding").is_some());
    let bomb = self::gzip(&vec![b' '; 32 << 20]);
    assert!(post("gzip", &bomb).await.problem(413).is_some());
}

fn gzip(body: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn development_takes_the_coding_from_the_address_and_production_does_not() {
    let path = "/page?accept-encoding=br";
    let development = App::start_in_development().await;
    let answer = development.get(path).await;
    assert_eq!(answer.header("content-encoding"), Some("br"));
    let production = App::start().await;
    assert_eq!(production.get(path).await.header("content-encoding"), None);
}
