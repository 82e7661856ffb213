//! What a response says is read as it is meant, however it is written.

mod support;

use support::{End, Setup, counting, get, reply};

#[tokio::test]
async fn private_and_no_store_are_seen_in_any_case_and_on_any_line() {
    for lines in [
        ["Private", "max-age=60"],
        ["max-age=60", "PRIVATE"],
        ["max-age=60", "No-Store"],
        ["max-age=60, public", "foo, no-STORE ,bar"],
    ] {
        let app = Setup::new().around(move |_| {
            let mut response = reply([("cache-control", lines[0])], "mine");
            let second = lines[1].parse().unwrap();
            response.headers_mut().append("cache-control", second);
            response
        });
        app.get("/").await;
        let again = app.get("/").await;
        assert_eq!(app.calls.count(), 2, "{lines:?} was stored");
        assert!(again.status_field().contains("fwd="), "{lines:?}");
    }
}

#[tokio::test]
async fn public_without_a_lifetime_keeps_queries_and_languages_apart() {
    let app = Setup::new().around(|asked| {
        let language = asked.headers().get("accept-language");
        let language = language.map_or("none", |value| value.to_str().unwrap());
        let body = format!("{} in {language}", asked.uri());
        reply(
            [
                ("cache-control", "public"),
                ("vary", "accept-language"),
                ("etag", "\"1\""),
            ],
            body,
        )
    });
    for (path, language) in [("/pub?u=1", "en"), ("/pub?u=2", "en"), ("/pub?u=1", "de")] {
        for _ in 0..2 {
            let asked = get(path).header("accept-language", language).end();
            let got = app.send(asked).await;
            assert_eq!(got.body, format!("{path} in {language}"));
        }
    }
}

#[tokio::test]
async fn a_response_is_fresh_for_as_long_as_it_says() {
    let app = Setup::new().around(counting([("cache-control", "max-age=60")]));
    assert_eq!(app.get("/").await.body, "0");
    app.clock.advance(std::time::Duration::from_secs(59));
    assert_eq!(app.get("/").await.body, "0");
    app.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(app.get("/").await.body, "1");
}

#[tokio::test]
async fn the_first_targeted_field_counts_instead() {
    let fields = [
        ("cache-control", "no-store"),
        ("cdn-cache-control", "max-age=60"),
    ];
    let app = Setup::new().around(counting(fields));
    app.get("/").await;
    let got = app.get("/").await;
    assert!(got.is_hit(), "{}", got.status_field());
    assert_eq!(got.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_client_that_wants_only_what_is_stored_gets_504() {
    let app = Setup::new().around(counting([("cache-control", "max-age=60")]));
    let only = || get("/").header("cache-control", "only-if-cached").end();
    assert_eq!(app.send(only()).await.status, 504);
    assert_eq!(app.calls.count(), 0);
    app.get("/").await;
    assert_eq!(app.send(only()).await.status, 200);
}

#[tokio::test]
async fn a_client_that_reloads_asks_the_origin_and_renews_what_is_stored() {
    let app = Setup::new().around(counting([("cache-control", "max-age=60")]));
    assert_eq!(app.get("/").await.body, "0");
    let reload = get("/").header("cache-control", "no-cache").end();
    assert_eq!(app.send(reload).await.body, "1");
    assert_eq!(app.get("/").await.body, "1");
}

#[tokio::test]
async fn fields_of_the_connection_are_not_stored() {
    let fields = [
        ("cache-control", "max-age=60"),
        ("connection", "x-of-hop"),
        ("x-of-hop", "1"),
        ("x-of-end", "1"),
        ("keep-alive", "timeout=5"),
        ("proxy-authenticate", "basic"),
    ];
    let app = Setup::new().around(counting(fields));
    app.get("/").await;
    let got = app.get("/").await;
    assert!(got.is_hit());
    assert_eq!(got.header("x-of-end"), Some("1"));
    for name in ["connection", "x-of-hop", "keep-alive", "proxy-authenticate"] {
        assert_eq!(got.header(name), None, "{name}");
    }
}
