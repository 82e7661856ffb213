//! The suffix policy against an origin with real preconditions: what a client
//! was given as a tag works when it comes back.

use crate::{
    origin,
    support::{Answer, CODINGS, page, receive, request},
};
use buttress_compression::{CompressionLayer, EtagPolicy};
use buttress_testing::service;
use http::{HeaderMap, Method, Request, Response};
use std::sync::Mutex;
use tower::{Layer, ServiceExt};

type Fields<'a> = &'a [(&'static str, &'a str)];

async fn send(method: Method, tag: &str, fields: Fields<'_>) -> Answer {
    let is_head = method == Method::HEAD;
    let handler = service::respond(|request: Request<()>| origin::answer(&request, tag));
    let layer = CompressionLayer::new().etag(EtagPolicy::Suffix);
    let response = layer.layer(handler).oneshot(request(method, fields)).await;
    receive(response.unwrap(), is_head).await
}

async fn get(fields: Fields<'_>) -> Answer {
    send(Method::GET, "\"v1\"", fields).await
}

/// The request as it comes to the handler.
async fn seen(policy: EtagPolicy, fields: Fields<'_>) -> HeaderMap {
    let seen = Mutex::new(HeaderMap::new());
    let handler = service::respond(|request: Request<()>| {
        *seen.lock().unwrap() = request.into_parts().0.headers;
        Response::new(http_body_util::Full::from(page()))
    });
    let layer = CompressionLayer::new().etag(policy);
    let sent = request(Method::GET, fields);
    drop(layer.layer(handler).oneshot(sent).await.unwrap());
    seen.into_inner().unwrap()
}

#[tokio::test]
async fn a_tag_revalidates_in_the_coding_that_it_names() {
    for encoding in CODINGS {
        for tag in [
            "\"v1\"",
            "\"\"",
            "\"a,b\"",
            "\",\"",
            "\"a,-gzip,b\"",
            "\"x-gzip\"",
        ] {
            let accept = ("accept-encoding", encoding.as_str());
            let first = send(Method::GET, tag, &[accept]).await;
            assert_eq!(first.coding(), encoding.as_str());
            let given = first.etag().unwrap().to_owned();
            for method in [Method::GET, Method::HEAD] {
                let again = send(method, tag, &[accept, ("if-none-match", &given)]).await;
                assert_eq!(again.head.status, 304, "{tag} {given}");
                assert_eq!(again.etag(), Some(given.as_str()));
                assert!(again.varies());
                assert!(!again.has("content-encoding"));
            }
        }
    }
}

#[tokio::test]
async fn a_tag_is_found_in_whatever_list_it_comes() {
    for list in [
        "\"v0-gzip\", \"v1-gzip\"",
        "\"v1-gzip\",\"v0-gzip\"",
        "\"v1-gzip\"  ,\t\"v0\"",
        "\"a,b\", \"v1-gzip\", \"c,d\"",
        "\"v1-br\", \"v1-gzip\"",
        "W/\"v1-gzip\"",
        "W/\"v0\", W/\"v1-gzip\"",
        ", ,\"v1-gzip\",",
    ] {
        let answer = get(&[("accept-encoding", "gzip"), ("if-none-match", list)]).await;
        assert_eq!(answer.head.status, 304, "{list}");
        assert_eq!(answer.etag(), Some("\"v1-gzip\""), "{list}");
    }
    let lines = [
        ("accept-encoding", "gzip"),
        ("if-none-match", "\"v0-gzip\""),
        ("if-none-match", "\"v1-gzip\""),
    ];
    assert_eq!(get(&lines).await.head.status, 304);
}

#[tokio::test]
async fn a_star_matches_as_ever() {
    for accept in ["gzip", "identity"] {
        let accept = ("accept-encoding", accept);
        assert_eq!(
            get(&[accept, ("if-none-match", "*")]).await.head.status,
            304
        );
        assert_eq!(get(&[accept, ("if-match", "*")]).await.head.status, 200);
    }
}

#[tokio::test]
async fn the_tag_of_another_form_does_not_revalidate_this_one() {
    for (accept, named) in [
        ("gzip", "\"v1-br\""),
        ("br", "\"v1-gzip\""),
        ("identity", "\"v1-gzip\""),
        ("", "\"v1-zstd\""),
        ("gzip;q=0", "\"v1-gzip\""),
        ("gzip", "\"v0-gzip\""),
        ("gzip", "\"v1-gzip-gzip\""),
        ("gzip", "\"v1-GZIP\""),
        ("gzip", "\"v1gzip\""),
        ("gzip", "v1-gzip"),
    ] {
        let answer = get(&[("accept-encoding", accept), ("if-none-match", named)]).await;
        assert_eq!(answer.head.status, 200, "{accept} {named}");
        assert_eq!(answer.decoded(), page());
    }
}

/// A client that holds the identity form, and an old encoded one, is told of
/// the one that is current: a 304 with the tag of a form that it never had
/// would make it throw away what it has (RFC 9111 §4.3.4).
#[tokio::test]
async fn a_304_names_a_tag_that_the_client_named() {
    for (list, expected) in [
        ("\"v1\"", "\"v1\""),
        ("\"v0-gzip\", \"v1\"", "\"v1\""),
        ("\"v1\", \"v0-gzip\"", "\"v1\""),
        ("\"v0\", \"v1-gzip\"", "\"v1-gzip\""),
        ("\"v1-gzip\"", "\"v1-gzip\""),
    ] {
        let answer = get(&[("accept-encoding", "gzip"), ("if-none-match", list)]).await;
        assert_eq!(answer.head.status, 304, "{list}");
        assert_eq!(answer.etag(), Some(expected), "{list}");
    }
}

#[tokio::test]
async fn if_match_finds_the_resource_by_the_tag_of_any_form() {
    for encoding in CODINGS {
        let given = format!("\"v1-{encoding}\"");
        for accept in ["gzip", "br", "identity", "", "*;q=0"] {
            for method in [Method::PUT, Method::DELETE, Method::GET] {
                let fields = [("accept-encoding", accept), ("if-match", given.as_str())];
                let answer = send(method, "\"v1\"", &fields).await;
                assert_eq!(answer.head.status, 200, "{given} {accept}");
            }
        }
        // A client that changes a resource seldom says what it accepts.
        let answer = send(Method::PUT, "\"v1\"", &[("if-match", &given)]).await;
        assert_eq!(answer.head.status, 200);
    }
}

#[tokio::test]
async fn if_match_works_in_lists_and_fails_where_it_should() {
    for (list, status) in [
        ("\"v0-gzip\", \"v1-br\"", 200),
        ("\"a,b-gzip\",\"v1-zstd\"", 200),
        ("\"v1\"", 200),
        ("\"v0-gzip\"", 412),
        ("\"v1-gzip-gzip\"", 412),
        ("\"v1-lzma\"", 412),
        // A weak tag never matches (RFC 9110 §13.1.1).
        ("W/\"v1-gzip\"", 412),
        ("W/\"v1\"", 412),
    ] {
        let answer = get(&[("accept-encoding", "gzip"), ("if-match", list)]).await;
        assert_eq!(answer.head.status, status, "{list}");
    }
    let answer = send(
        Method::PUT,
        "\"a,b\"",
        &[("if-match", "\"x\", \"a,b-gzip\"")],
    )
    .await;
    assert_eq!(answer.head.status, 200);
}

#[tokio::test]
async fn a_range_of_an_encoded_form_gets_the_whole_of_it() {
    for encoding in CODINGS {
        let given = format!("\"v1-{encoding}\"");
        for accept in [encoding.as_str(), "identity"] {
            let answer = get(&[
                ("accept-encoding", accept),
                ("range", "bytes=0-1999"),
                ("if-range", &given),
            ])
            .await;
            assert_eq!(answer.head.status, 200);
            assert_eq!(answer.coding(), accept);
            assert_eq!(answer.decoded(), page());
        }
    }
}

#[tokio::test]
async fn a_range_of_the_identity_form_is_served() {
    for validator in [Some(("if-range", "\"v1\"")), None] {
        let mut fields = vec![("accept-encoding", "gzip"), ("range", "bytes=0-1999")];
        fields.extend(validator);
        let answer = get(&fields).await;
        assert_eq!(answer.head.status, 206);
        assert_eq!(answer.body, page()[..2000]);
        assert_eq!(answer.etag(), Some("\"v1\""));
        assert_eq!(answer.coding(), "identity");
    }
}

#[tokio::test]
async fn a_date_in_if_range_stays_with_its_range() {
    let fields = [
        ("accept-encoding", "gzip"),
        ("range", "bytes=0-1999"),
        ("if-range", "Mon, 23 Nov 2026 08:00:00 GMT"),
    ];
    let headers = seen(EtagPolicy::Suffix, &fields).await;
    assert_eq!(headers["range"], "bytes=0-1999");
    assert_eq!(headers["if-range"], "Mon, 23 Nov 2026 08:00:00 GMT");
}

#[tokio::test]
async fn lists_without_our_suffix_come_to_the_handler_byte_for_byte() {
    for list in [
        "\"a\" ,  \"b\"",
        "\"a, b\"",
        "\"a-gzip \"",
        "*",
        "\"v1-br\",,\"v1-zstd\"",
        "a-gzip",
    ] {
        let fields = [
            ("accept-encoding", "gzip"),
            ("if-none-match", list),
            ("if-none-match", "\"c\""),
        ];
        let headers = seen(EtagPolicy::Suffix, &fields).await;
        let lines: Vec<_> = headers.get_all("if-none-match").iter().collect();
        assert_eq!(lines, [list, "\"c\""]);
    }
}

#[tokio::test]
async fn a_comma_within_a_tag_survives_beside_a_stripped_one() {
    for (sent, expected) in [
        ("\"a,b-gzip\"", "\"a,b\""),
        ("\"x-gzip\", \"a,b\"", "\"x\", \"a,b\""),
        ("\"a,b\",\"x-gzip\"", "\"a,b\",\"x\""),
        ("W/\"a,b-gzip\"", "W/\"a,b\""),
        ("\"a, b-gzip\"", "\"a, b\""),
    ] {
        let fields = [("accept-encoding", "gzip"), ("if-none-match", sent)];
        let headers = seen(EtagPolicy::Suffix, &fields).await;
        assert_eq!(headers["if-none-match"], expected);
        let headers = seen(EtagPolicy::Suffix, &[("if-match", sent)]).await;
        assert_eq!(headers["if-match"], expected);
    }
}

#[tokio::test]
async fn under_the_other_policies_preconditions_are_none_of_its_business() {
    let fields = [
        ("accept-encoding", "gzip"),
        ("if-none-match", "\"a-gzip\""),
        ("if-match", "\"a-gzip\", \"b-br\""),
        ("if-range", "\"a-gzip\""),
        ("range", "bytes=0-1"),
    ];
    for policy in [EtagPolicy::Weaken, EtagPolicy::Remove, EtagPolicy::Keep] {
        let headers = seen(policy, &fields).await;
        assert_eq!(&headers, request(Method::GET, &fields).headers());
    }
}

#[tokio::test]
async fn a_weakened_tag_revalidates_too() {
    let handler = service::respond(|request: Request<()>| origin::answer(&request, "\"v1\""));
    let service = CompressionLayer::new().layer(handler);
    let fields = [("accept-encoding", "gzip"), ("if-none-match", "W/\"v1\"")];
    let response = service.oneshot(request(Method::GET, &fields)).await;
    let answer = receive(response.unwrap(), false).await;
    assert_eq!(answer.head.status, 304);
    assert_eq!(answer.etag(), Some("W/\"v1\""));
    assert!(answer.varies());
}
