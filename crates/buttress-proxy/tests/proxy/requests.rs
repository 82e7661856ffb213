//! What a request becomes, and which are refused.

use crate::support::{Origin, both, through};
use buttress_proxy::{Host, ReverseProxy};
use buttress_testing::ScriptedBody;
use http::{HeaderValue, Method, Request, StatusCode};
use tower::ServiceExt;

#[tokio::test]
async fn the_host_is_the_clients_or_the_upstreams_or_a_given_one() {
    let (mut origin, _server, mut client) = through(|settings| settings.host(Host::Upstream)).await;
    let own = origin.upstream();
    let (_, seen) = both(client.get("/", &[]), async {
        origin.accept().await.answer("").await
    })
    .await;
    assert!(seen.contains("\r\nhost: 127.0.0.1:"), "{own:?} {seen}");
    assert!(
        seen.contains("\r\nx-forwarded-host: localhost\r\n"),
        "{seen}"
    );

    let fixed = Host::Fixed(HeaderValue::from_static("app.internal"));
    let (mut origin, _server, mut client) = through(|settings| settings.host(fixed)).await;
    let (_, seen) = both(client.get("/", &[]), async {
        origin.accept().await.answer("").await
    })
    .await;
    assert!(seen.contains("\r\nhost: app.internal\r\n"), "{seen}");
}

#[tokio::test]
async fn an_absolute_target_stands_above_the_host() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    client
        .send("GET http://other.example/x?y HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    let (_, seen) = both(client.head(), async {
        origin.accept().await.answer("").await
    })
    .await;
    assert!(seen.starts_with("GET /x?y HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("\r\nhost: other.example\r\n"), "{seen}");
}

#[tokio::test]
async fn a_prefix_goes_and_no_path_climbs_out() {
    let (mut origin, _server, mut client) =
        through(|settings| settings.strip_prefix("/api/")).await;
    let (_, seen) = both(client.get("/api/users?x", &[]), async {
        origin.accept().await.answer("").await
    })
    .await;
    assert!(seen.starts_with("GET /users?x HTTP/1.1\r\n"), "{seen}");
    let head = client.get("/api/%2e%2e/admin", &[]).await;
    assert_eq!(head.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn options_of_the_whole_server_stays_that() {
    let (mut origin, _server, mut client) = through(|settings| settings).await;
    client
        .send("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    let (_, seen) = both(client.head(), async {
        origin.accept().await.answer("").await
    })
    .await;
    assert!(seen.starts_with("OPTIONS * HTTP/1.1\r\n"), "{seen}");
}

#[tokio::test]
async fn a_body_beyond_the_cap_is_413_whether_it_says_so_or_not() {
    let (mut origin, _server, mut client) = through(|settings| settings.request_body(4)).await;
    let head = client.request(Method::POST, "/", &[], b"12345").await;
    assert_eq!(head.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(origin.is_quiet());

    let (mut origin, _server, mut client) = through(|settings| settings.request_body(4)).await;
    client
        .send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n")
        .await;
    let (head, seen) = both(client.head(), async {
        let mut connection = origin.accept().await;
        connection.closed().await
    })
    .await;
    assert_eq!(head.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(!seen.ends_with(b"0\r\n\r\n"), "{seen:?}");
}

#[tokio::test]
async fn a_length_that_is_not_the_bodys_is_refused() {
    let origin = Origin::start().await;
    let proxy = ReverseProxy::new(origin.upstream());
    for (told, body) in [
        ("5", ScriptedBody::new().data("four").exact_size()),
        ("5", ScriptedBody::new().knows_its_end()),
        ("x", ScriptedBody::new().data("four")),
    ] {
        let request = Request::post("/")
            .header("host", "a")
            .header("content-length", told);
        let request = request.body(body).expect("a request");
        let error = proxy.clone().oneshot(request).await.expect_err("refused");
        assert_eq!(error.status(), StatusCode::BAD_REQUEST, "{error}");
        assert!(error.is_request() && !error.is_connect());
    }
}

#[tokio::test]
async fn via_names_the_version_that_was_spoken_and_may_be_left_out() {
    let (mut origin, _server, mut client) =
        through(|settings| settings.via("edge").via_in_responses(true)).await;
    let (head, seen) = both(client.get("/", &[("Via", "1.0 outer")]), async {
        origin.accept().await.answer("").await
    })
    .await;
    assert!(
        seen.contains("\r\nvia: 1.0 outer\r\nvia: 1.1 edge\r\n"),
        "{seen}"
    );
    assert_eq!(head.header("via"), Some("1.1 edge"));
    let (mut origin, _server, mut client) = through(|settings| settings.via("")).await;
    let (_, seen) = both(client.get("/", &[]), async {
        origin.accept().await.answer("").await
    })
    .await;
    assert!(!seen.contains("\r\nvia"), "{seen}");
}
