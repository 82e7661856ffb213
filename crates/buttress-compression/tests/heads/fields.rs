//! Fields that are true of the identity form only.

use crate::support::{ANY, Arrival, CODINGS, Reply, ask, get, page, request};
use buttress_compression::CompressionLayer;
use buttress_testing::{ScriptedBody, collect, corpus, service};
use http::{HeaderMap, Method, Response};
use tower::{Layer, ServiceExt};

/// Each with the value of some identity form.
const IDENTITY_FIELDS: [(&str, &str); 5] = [
    ("content-md5", "Q2hlY2sgSW50ZWdyaXR5IQ=="),
    (
        "digest",
        "sha-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=",
    ),
    (
        "content-digest",
        "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
    ),
    (
        "repr-digest",
        "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrI:",
    ),
    ("accept-ranges", "bytes"),
];

fn with_identity_fields(reply: Reply) -> Reply {
    IDENTITY_FIELDS
        .into_iter()
        .fold(reply, |reply, (name, value)| reply.field(name, value))
}

#[tokio::test]
async fn digests_and_ranges_go_when_the_body_is_encoded() {
    for arrival in Arrival::ALL {
        for encoding in CODINGS {
            let reply = with_identity_fields(Reply::page().arrival(arrival));
            let answer = ask(&CompressionLayer::new(), get(encoding.as_str()), &reply).await;
            answer.assert_encoded(encoding, &reply);
            for (name, _) in IDENTITY_FIELDS {
                assert!(!answer.has(name), "{name} {arrival:?} {encoding}");
            }
        }
    }
}

#[tokio::test]
async fn every_line_of_a_digest_goes() {
    let reply = Reply::page()
        .field("digest", "md5=abc")
        .field("digest", "sha-256=def")
        .field("content-digest", "sha-256=:YQ==:")
        .field("content-digest", "sha-512=:YQ==:");
    let answer = ask(&CompressionLayer::new(), get("gzip"), &reply).await;
    assert!(!answer.has("digest") && !answer.has("content-digest"));
}

#[tokio::test]
async fn digests_and_ranges_stay_on_identity() {
    let incompressible = Reply::of("text/plain", corpus::random(4096, 1));
    let small = Reply::of("text/plain", "small");
    for (reply, accept) in [
        (Reply::page(), "identity"),
        (Reply::page(), "gzip;q=0"),
        (incompressible.clone(), "gzip"),
        (incompressible.arrival(Arrival::Unsized), "gzip"),
        (small.clone(), "gzip"),
        (small.arrival(Arrival::Unsized), "gzip"),
        (Reply::of("image/png", vec![0; 4096]), "gzip"),
    ] {
        let reply = with_identity_fields(reply);
        let answer = ask(&CompressionLayer::new(), get(accept), &reply).await;
        assert_eq!(answer.coding(), "identity");
        for (name, value) in IDENTITY_FIELDS {
            assert_eq!(answer.header(name), Some(value), "{name} {reply:?}");
        }
    }
}

#[tokio::test]
async fn the_head_of_a_head_request_promises_neither() {
    let reply = with_identity_fields(Reply::page());
    let head = request(Method::HEAD, &[("accept-encoding", "gzip")]);
    let answer = ask(&CompressionLayer::new(), head, &reply).await;
    for (name, _) in IDENTITY_FIELDS {
        assert!(!answer.has(name), "{name}");
    }
}

#[tokio::test]
async fn the_length_is_that_of_what_is_sent() {
    let length = Reply::page().data.len().to_string();
    for encoding in CODINGS {
        for arrival in [Arrival::Sized, Arrival::Unsized] {
            for reply in [
                Reply::page().arrival(arrival),
                Reply::page()
                    .arrival(arrival)
                    .field("content-length", &length),
            ] {
                let answer = ask(&CompressionLayer::new(), get(encoding.as_str()), &reply).await;
                let sent = answer.body.len().to_string();
                assert_eq!(answer.header("content-length"), Some(sent.as_str()));
            }
        }
        let streamed = Reply::page()
            .arrival(Arrival::Streamed)
            .field("content-length", &length);
        let answer = ask(&CompressionLayer::new(), get(encoding.as_str()), &streamed).await;
        answer.assert_encoded(encoding, &streamed);
        assert!(!answer.has("content-length"), "nobody knows it yet");
    }
}

#[tokio::test]
async fn what_does_not_shrink_goes_out_as_it_is_with_its_length() {
    for encoding in CODINGS {
        for arrival in [Arrival::Sized, Arrival::Unsized] {
            let reply = Reply::of("text/plain", corpus::random(3000, 7)).arrival(arrival);
            let answer = ask(&CompressionLayer::new(), get(encoding.as_str()), &reply).await;
            assert_eq!(answer.coding(), "identity");
            assert_eq!(answer.body, reply.data);
            assert_eq!(answer.header("content-length"), Some("3000"));
            assert!(answer.varies());
        }
    }
}

#[tokio::test]
async fn shrinking_by_less_than_five_per_cent_does_not_pay() {
    // Half a per cent of zeros at the end of noise.
    let mut data = corpus::random(20_000, 3);
    data.extend_from_slice(&corpus::zeros(400));
    let reply = Reply::of("text/plain", data);
    for encoding in CODINGS {
        let answer = ask(&CompressionLayer::new(), get(encoding.as_str()), &reply).await;
        assert_eq!(answer.coding(), "identity", "{encoding}");
    }
    // A tenth of zeros shrinks by enough.
    let mut data = corpus::random(20_000, 3);
    data.extend_from_slice(&corpus::zeros(2_200));
    let reply = Reply::of("text/plain", data);
    for encoding in CODINGS {
        let answer = ask(&CompressionLayer::new(), get(encoding.as_str()), &reply).await;
        answer.assert_encoded(encoding, &reply);
    }
}

#[tokio::test]
async fn a_few_bytes_of_unknown_size_go_out_as_they_are_with_their_length() {
    for text in ["", "h", "hello", &"a".repeat(1023)] {
        let reply = Reply::of("text/plain", text.to_owned()).arrival(Arrival::Unsized);
        let answer = ask(&CompressionLayer::new(), get(ANY), &reply).await;
        assert_eq!(answer.coding(), "identity");
        assert_eq!(answer.body, text);
        let length = text.len().to_string();
        assert_eq!(answer.header("content-length"), Some(length.as_str()));
    }
}

#[tokio::test]
async fn all_other_fields_stay_as_the_handler_wrote_them() {
    let reply = Reply::page()
        .field("set-cookie", "a=1")
        .field("set-cookie", "b=2")
        .field("cache-control", "public, max-age=60")
        .field("last-modified", "Mon, 23 Nov 2026 08:00:00 GMT")
        .field("link", "</style.css>; rel=preload")
        .field("x-frame-options", "DENY")
        .field("content-language", "de")
        .field("content-location", "/page.html")
        .field("trailer", "x-sum")
        .field("x-odd", "caf\u{e9}");
    let answer = ask(&CompressionLayer::new(), get("br"), &reply).await;
    let mut headers = answer.head.headers.clone();
    for added in ["content-encoding", "content-length", "vary"] {
        assert!(headers.remove(added).is_some());
    }
    assert_eq!(&headers, reply.response().headers());
}

/// The trailers that follow a body that comes at once, or with a pause.
async fn trailers(accept: &str, streamed: bool) -> HeaderMap {
    let rest = page().slice(4000..);
    let body = ScriptedBody::new().data(page().slice(..4000));
    let body = if streamed { body.pause() } else { body };
    let mut body = Some(body.data(rest).trailers([
        ("content-digest", "sha-256=:YQ==:"),
        ("repr-digest", "sha-256=:YQ==:"),
        ("content-md5", "YQ=="),
        ("digest", "md5=YQ=="),
        ("server-timing", "db;dur=5"),
    ]));
    let handler = service::respond(|_| {
        let mut response = Response::new(body.take().unwrap());
        let html = "text/html".parse().unwrap();
        response.headers_mut().insert("content-type", html);
        response
    });
    let service = CompressionLayer::new().layer(handler);
    let response = service.oneshot(get(accept)).await.unwrap();
    let encoded = response.headers().contains_key("content-encoding");
    assert_eq!(encoded, accept != "identity");
    collect(response.into_body()).await.trailers.unwrap()
}

#[tokio::test]
async fn digests_go_from_trailers_too_and_the_rest_of_them_stays() {
    for streamed in [false, true] {
        for encoding in CODINGS {
            let trailers = trailers(encoding.as_str(), streamed).await;
            assert_eq!(trailers.len(), 1, "{encoding} {trailers:?}");
            assert_eq!(trailers["server-timing"], "db;dur=5");
        }
        assert_eq!(trailers("identity", streamed).await.len(), 5);
    }
}

#[tokio::test]
async fn a_304_updates_no_encoded_form_with_what_is_true_of_the_identity_form() {
    let reply = Reply::of("text/html", "")
        .status(304)
        .untyped()
        .field("accept-ranges", "bytes")
        .field("repr-digest", "sha-256=:AAAA:")
        .field("content-md5", "AAAA");
    let answer = ask(&CompressionLayer::new(), get(ANY), &reply).await;
    for field in ["accept-ranges", "repr-digest", "content-md5"] {
        assert!(!answer.has(field), "{field}");
    }
    // A client that gets the identity form hears all of it.
    let answer = ask(&CompressionLayer::new(), get("identity"), &reply).await;
    assert!(answer.has("accept-ranges") && answer.has("repr-digest"));
}
