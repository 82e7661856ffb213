use crate::app::App;
use http::Method;

#[tokio::test]
async fn plain_and_the_probes_answer_text() {
    let app = App::start().await;
    for path in ["/plain", "/splain"] {
        let answer = app.get(path).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.text(), "Hello, World!");
        assert_eq!(
            answer.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert_eq!(answer.header("set-cookie"), None);
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(app.get(path).await.status(), 200);
    }
}

#[tokio::test]
async fn json_has_as_many_items_as_were_asked_for() {
    let app = App::start().await;
    for (path, count, tenths_of_kib) in [
        ("/json", 10, 10),
        ("/json?n=10", 10, 10),
        ("/json?n=300", 300, 300),
        ("/json?n=3000", 3000, 3000),
    ] {
        let answer = app.get(path).await;
        let items = answer.json();
        assert_eq!(items.as_array().unwrap().len(), count);
        let per_cent = answer.body.len() * 1000 / 1024 / tenths_of_kib;
        assert!((95..=105).contains(&per_cent), "{path}: {per_cent} %");
    }
    assert_eq!(app.get("/json?n=0").await.text(), "[]");
    let items = app.get("/json?n=1").await.json();
    let mut members: Vec<_> = items[0].as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(members, ["active", "email", "id", "name", "score", "tag"]);
}

#[tokio::test]
async fn json_refuses_a_count_that_is_none_or_too_large() {
    let app = App::start().await;
    for path in ["/json?n=many", "/json?n=-1", "/json?n=100001"] {
        assert!(app.get(path).await.problem(400).is_some(), "{path}");
    }
}

#[tokio::test]
async fn page_is_html_of_60_kib_and_always_the_same() {
    let app = App::start().await;
    let page = app.get("/page").await;
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let kib = page.body.len() / 1024;
    assert!((60..66).contains(&kib), "{kib} KiB");
    let text = page.text();
    assert!(text.starts_with("<!doctype html>") && text.contains("</html>"));
    assert_eq!(app.get("/page").await.text(), text);
    // In development the same templates come from their files.
    let development = App::start_in_development().await;
    assert_eq!(development.get("/page").await.text(), text);
}

#[tokio::test]
async fn etag_answers_the_page_with_a_validator_and_honours_it() {
    let app = App::start().await;
    let full = app.get("/etag").await;
    assert_eq!(full.header("etag"), Some("\"abc\""));
    assert_eq!(full.text(), app.get("/page").await.text());
    for (value, status) in [
        ("\"abc\"", 304),
        ("W/\"abc\"", 304),
        ("\"x\", \"abc\"", 304),
        ("*", 304),
        ("\"abcd\"", 200),
        ("abc", 200),
    ] {
        let conditional = [("If-None-Match", value)];
        let answer = app.request(Method::GET, "/etag", &conditional, b"").await;
        assert_eq!(answer.status(), status, "{value}");
        assert_eq!(answer.header("etag"), Some("\"abc\""));
    }
}

#[tokio::test]
async fn home_tries_every_route_and_loads_nothing_from_elsewhere() {
    let app = App::start().await;
    let home = app.get("/").await;
    assert_eq!(home.status(), 200);
    // Templates escape slashes, too.
    let text = home.text().replace("&#x2f;", "/");
    for link in ["/page", "/stream", "/assets/bundle.css"] {
        assert!(text.contains(&format!("href=\"{link}\"")), "{link}");
    }
    for attribute in ["src=\"", "href=\""] {
        for link in text.split(attribute).skip(1) {
            assert!(link.starts_with('/'), "{}", &link[..40]);
        }
    }
}

#[tokio::test]
async fn assets_have_their_types_and_unknown_ones_are_problems() {
    let app = App::start().await;
    for (file, content_type) in [
        ("bundle.css", "text/css"),
        ("bundle.js", "text/javascript"),
        ("tide.svg", "image/svg+xml"),
        ("sea.png", "image/png"),
        ("gauge.woff2", "font/woff2"),
        ("site.css", "text/css"),
        ("site.js", "text/javascript"),
        ("logo.svg", "image/svg+xml"),
    ] {
        let answer = app.get(&format!("/assets/{file}")).await;
        assert_eq!(answer.status(), 200, "{file}");
        assert_eq!(answer.header("content-type"), Some(content_type));
        assert!(!answer.body.is_empty());
    }
    app.get("/assets/none.css").await.problem(404);
    app.get("/assets/../Cargo.toml").await.problem(404);
    let answer = app.request(Method::DELETE, "/assets/site.css", &[], b"");
    let answer = answer.await;
    answer.problem(405);
    assert_eq!(answer.header("allow"), Some("GET,HEAD"));
}

#[tokio::test]
async fn echo_answers_the_length_of_its_json() {
    let app = App::start().await;
    let body = br#"{"a": [1, 2, 3]}"#;
    assert_eq!(app.post("/echo", body).await.json()["len"], body.len());
    let untyped = app.request(Method::POST, "/echo", &[], b"[]").await;
    assert_eq!(untyped.json()["len"], 2);
}
