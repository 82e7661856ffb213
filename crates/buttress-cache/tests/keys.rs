//! Which requests share a response, and which never do.

mod support;

use axum::{Router, routing::get as route};
use buttress_cache::{CacheLayer, MemoryStore, StatusMode};
use buttress_testing::{Server, h1, h2};
use http::{HeaderName, HeaderValue, Request, header};
use std::sync::Arc;
use support::{End, Setup, counting, fresh, get, reply};

const FRESH: [(&str, &str); 1] = [("cache-control", "max-age=60")];

#[tokio::test]
async fn each_host_has_its_own() {
    let app = Setup::new().around(|asked| {
        let host = asked.headers()["host"].to_str().unwrap().to_owned();
        fresh(host)
    });
    for host in ["a.example", "b.example", "a.example:8080"] {
        let asked = Request::get("/").header("host", host).end();
        assert_eq!(app.send(asked).await.body, host);
    }
    let again = Request::get("/").header("host", "A.Example:80").end();
    let got = app.send(again).await;
    assert_eq!((got.is_hit(), &*got.body), (true, &b"a.example"[..]));
}

#[tokio::test]
async fn without_one_host_nothing_is_stored() {
    let app = Setup::new().around(counting(FRESH));
    for hosts in [&[][..], &["a", "b"], &["a/b"], &[""]] {
        for _ in 0..2 {
            let asked = hosts
                .iter()
                .fold(Request::get("/"), |asked, host| asked.header("host", *host));
            let got = app.send(asked.end()).await;
            assert_eq!(got.status_field(), "buttress;fwd=bypass;detail=host");
        }
    }
    assert_eq!(app.calls.count(), 8);
}

#[tokio::test]
async fn a_host_that_contradicts_the_uri_writes_nothing_for_others() {
    let app = Setup::new().around(|asked| {
        let host = asked.headers().get("host");
        let uri = asked.uri().to_string();
        fresh(host.map_or(uri, |host| host.to_str().unwrap().to_owned()))
    });
    for (uri, host) in [
        ("http://example.com/", "evil.example"),
        ("http://evil@example.com/", "example.com"),
    ] {
        let asked = Request::get(uri).header("host", host).end();
        let got = app.send(asked).await;
        assert_eq!(got.status_field(), "buttress;fwd=bypass;detail=host");
    }
    assert_eq!(app.get("/").await.body, "example.com");
    let same = Request::get("http://EXAMPLE.com:80/").header("host", "example.com");
    assert!(app.send(same.end()).await.is_hit());
}

#[tokio::test]
async fn fields_that_name_another_host_keep_the_cache_out() {
    let app = Setup::new().around(counting(FRESH));
    for (name, value) in [
        ("forwarded", "host=evil.example"),
        ("x-forwarded-prefix", "/evil"),
        ("x-http-host-override", "evil.example"),
    ] {
        let got = app.send(get("/").header(name, value).end()).await;
        let expected = "buttress;fwd=bypass;detail=unkeyed-field";
        assert_eq!(got.status_field(), expected, "{name}");
    }
    assert_eq!(app.get("/").await.body, "3");
}

#[tokio::test]
async fn a_request_that_loses_a_field_on_its_way_fills_no_variant() {
    // As a proxy does: what `Connection` names goes no further.
    let app = Setup::new().around(|asked| {
        let connection = asked.headers().get("connection");
        let is_lost = connection.is_some_and(|it| it.to_str().unwrap().contains("Origin"));
        let origin = asked.headers().get("origin").filter(|_| !is_lost);
        let body = origin.map_or("none", |it| it.to_str().unwrap()).to_owned();
        reply([("cache-control", "max-age=60"), ("vary", "Origin")], body)
    });
    let with = |connection: &str| {
        let asked = get("/").header("origin", "https://a.example");
        asked.header("connection", connection).end()
    };
    for connection in ["Origin", "keep-alive, Origin"] {
        let got = app.send(with(connection)).await;
        assert_eq!(got.body, "none");
        let expected = "buttress;fwd=bypass;detail=connection";
        assert_eq!(got.status_field(), expected, "{connection}");
    }
    for connection in ["keep-alive", "close", "TE, x-absent"] {
        assert_eq!(app.send(with(connection)).await.body, "https://a.example");
    }
    assert_eq!(app.calls.count(), 3);
}

#[tokio::test]
async fn a_variant_answers_its_own_requests() {
    let app = Setup::new().around(|asked| {
        let language = asked.headers().get("accept-language");
        let body = language
            .map_or("none", |value| value.to_str().unwrap())
            .to_owned();
        reply(
            [("cache-control", "max-age=60"), ("vary", "Accept-Language")],
            body,
        )
    });
    for _ in 0..2 {
        for language in ["de", "en"] {
            let asked = get("/").header("accept-language", language).end();
            assert_eq!(app.send(asked).await.body, language);
        }
        assert_eq!(app.get("/").await.body, "none");
    }
    assert_eq!(app.calls.count(), 3);
    let other = app
        .send(get("/").header("accept-language", "fr").end())
        .await;
    assert!(other.status_field().contains("fwd=vary-miss"));
}

#[tokio::test]
async fn variants_of_a_key_are_bounded() {
    let layer = CacheLayer::new(MemoryStore::new().variants(4));
    let app = Setup::over(layer)
        .around(|_| reply([("cache-control", "max-age=60"), ("vary", "x-any")], "x"));
    for number in 0..100 {
        app.send(get("/").header("x-any", number).end()).await;
    }
    let newest = app.send(get("/").header("x-any", 96).end()).await;
    let oldest = app.send(get("/").header("x-any", 95).end()).await;
    assert_eq!((newest.is_hit(), oldest.is_hit()), (true, false));
}

#[tokio::test]
async fn browsers_that_would_get_the_same_coding_share_it() {
    let gzip = |headers: &http::HeaderMap| {
        let accepts = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
        accepts
            .contains("gzip")
            .then(|| HeaderValue::from_static("gzip"))
    };
    let setup = Setup::new().with(|layer| layer.vary_by(header::ACCEPT_ENCODING, gzip));
    let fields = [("cache-control", "max-age=60"), ("vary", "accept-encoding")];
    let app = setup.around(counting(fields));
    for (accepts, body) in [
        ("gzip, deflate, br", "0"),
        ("deflate", "1"),
        ("gzip;q=1.0, zstd", "0"),
        ("identity", "1"),
    ] {
        let asked = get("/").header("accept-encoding", accepts).end();
        assert_eq!(app.send(asked).await.body, body, "{accepts}");
    }
}

#[tokio::test]
async fn a_field_that_origins_reflect_keeps_the_cache_out() {
    let name = HeaderName::from_static("x-forwarded-host");
    let reflecting = |asked: support::Asked| {
        let host = asked.headers().get("x-forwarded-host");
        fresh(
            host.map_or("none", |host| host.to_str().unwrap())
                .to_owned(),
        )
    };
    let evil = || get("/").header("x-forwarded-host", "evil.example").end();
    let app = Setup::new().around(reflecting);
    assert_eq!(app.send(evil()).await.body, "evil.example");
    let got = app.get("/").await;
    assert_eq!(got.body, "none");
    assert_eq!(
        app.send(evil()).await.status_field(),
        "buttress;fwd=bypass;detail=unkeyed-field"
    );

    let app = Setup::new()
        .with(|layer| layer.key_header(name.clone()))
        .around(reflecting);
    for _ in 0..2 {
        assert_eq!(app.send(evil()).await.body, "evil.example");
        assert_eq!(app.get("/").await.body, "none");
    }
    assert_eq!(app.calls.count(), 2);

    let app = Setup::new()
        .with(|layer| layer.trust(&name))
        .around(counting(FRESH));
    app.get("/").await;
    assert!(app.send(evil()).await.is_hit());
    let refuse = HeaderName::from_static("tenant");
    let app = Setup::new()
        .with(|layer| layer.refuse(refuse))
        .around(counting(FRESH));
    for number in ["0", "1"] {
        let asked = get("/").header("tenant", "1").end();
        assert_eq!(app.send(asked).await.body, number);
    }
}

#[tokio::test]
async fn the_app_may_make_the_key() {
    let setup = Setup::new().with(|layer| {
        layer.key(|parts| match parts.uri.path() {
            "/none" => None,
            path => Some(path.to_owned()),
        })
    });
    let app = setup.around(counting(FRESH));
    assert_eq!(app.get("/a?one").await.body, "0");
    assert_eq!(app.get("/a?two").await.body, "0");
    assert_eq!(app.get("/none").await.body, "1");
    assert_eq!(app.get("/none").await.body, "2");
    app.cache.purge_key("/a").await.unwrap();
    assert_eq!(app.get("/a").await.body, "3");
}

#[tokio::test]
async fn a_long_key_and_a_large_head_are_not_stored() {
    let app = Setup::new().around(counting(FRESH));
    let long = format!("/{}", "x".repeat(9000));
    assert_eq!(app.get(&long).await.body, "0");
    assert!(app.get(&long).await.status_field().contains("key-too-long"));
    let setup = Setup::new().with(|layer| layer.largest_head(100));
    let app = setup.around(|_| {
        let mut response = fresh("x");
        response
            .headers_mut()
            .insert("x-large", "x".repeat(100).parse().unwrap());
        response
    });
    app.get("/").await;
    assert!(app.get("/").await.status_field().contains("head-too-large"));
}

#[tokio::test]
async fn a_bypassed_request_neither_reads_nor_writes() {
    let setup =
        Setup::new().with(|layer| layer.bypass(|parts| parts.headers.contains_key("cookie")));
    let app = setup.around(counting(FRESH));
    let asked = || get("/").header("cookie", "a=1").end();
    assert_eq!(app.send(asked()).await.body, "0");
    assert_eq!(app.get("/").await.body, "1");
    assert_eq!(app.send(asked()).await.body, "2");
    assert_eq!(app.get("/").await.body, "1");
}

/// Two apps under one Router, each with a layer around it, on one store.
fn nested(change: fn(CacheLayer, &'static str) -> CacheLayer) -> Router {
    let store = Arc::new(MemoryStore::new());
    let app = |name: &'static str| {
        let layer = CacheLayer::new(store.clone()).status(StatusMode::Short);
        let page = Router::new().route(
            "/page",
            route(move || async move { ([("cache-control", "max-age=60")], name) }),
        );
        page.layer(change(layer, name))
    };
    Router::new()
        .nest("/shop", app("shop"))
        .nest("/blog", app("blog"))
}

async fn bodies(router: Router) -> Vec<(String, bool)> {
    let server = Server::h1(router).await;
    let mut client = h1::Connection::open(server.addr()).await;
    let mut bodies = Vec::new();
    for path in ["/shop/page", "/blog/page", "/shop/page", "/blog/page"] {
        let head = client.get(path, &[]).await;
        let body = client.body().await.complete();
        let is_hit = head.header("cache-status") == Some("buttress;hit");
        bodies.push((String::from_utf8(body.to_vec()).unwrap(), is_hit));
    }
    server.stop().await;
    bodies
}

fn own(name: &str, is_hit: bool) -> (String, bool) {
    (name.to_owned(), is_hit)
}

#[tokio::test]
async fn two_nested_routers_on_one_store_are_kept_apart_by_a_namespace() {
    let expected = [
        own("shop", false),
        own("blog", false),
        own("shop", true),
        own("blog", true),
    ];
    assert_eq!(
        bodies(nested(|layer, name| layer.namespace(name))).await,
        expected
    );
    assert_eq!(
        bodies(nested(|layer, _| layer.original_uri())).await,
        expected
    );
    // Or else they are not, as axum takes the prefix off.
    let confused = bodies(nested(|layer, _| layer)).await;
    assert_eq!(confused[1], own("shop", true));
}

#[tokio::test]
async fn http_1_and_http_2_share_an_entry() {
    let app = Router::new()
        .route(
            "/",
            route(|| async { ([("cache-control", "max-age=60")], "x") }),
        )
        .layer(CacheLayer::new(MemoryStore::new()).status(StatusMode::Short));
    let server = Server::auto(app).await;
    // The client over HTTP/2 names the address; this one does as well.
    let host = server.addr().to_string();
    let mut one = h1::Connection::open(server.addr()).await;
    one.send(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"))
        .await;
    assert_eq!(
        one.head().await.header("cache-status"),
        Some("buttress;fwd=uri-miss;stored")
    );
    one.body().await;
    let mut two = h2::Connection::open(server.addr()).await;
    let exchange = two.get("/", &[]).await;
    assert_eq!(exchange.head.header("cache-status"), Some("buttress;hit"));
    server.stop().await;
}
