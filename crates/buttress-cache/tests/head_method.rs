//! GET and HEAD share what is stored.

mod support;

use http::Request;
use support::{End, Setup, get, reply};

fn head(path: &str) -> support::Asked {
    Request::head(path).header("host", "example.com").end()
}

fn app() -> support::App<impl support::Origin<Future: Send>> {
    Setup::new().around(|asked| {
        let body = match asked.method().as_str() {
            "HEAD" => "",
            _ => "the body",
        };
        let mut response = reply([("cache-control", "max-age=60")], body);
        response.headers_mut().insert("content-length", 8.into());
        response
    })
}

#[tokio::test]
async fn head_is_answered_from_a_get() {
    let app = app();
    app.get("/").await;
    let got = app.send(head("/")).await;
    assert!(got.is_hit(), "{}", got.status_field());
    assert_eq!(
        (got.header("content-length"), &*got.body),
        (Some("8"), &b""[..])
    );
    assert_eq!(app.calls.count(), 1);
}

#[tokio::test]
async fn get_after_head_has_its_body() {
    let app = app();
    app.send(head("/")).await;
    assert_eq!(app.get("/").await.body, "the body");
    assert_eq!(app.send(head("/")).await.body, "");
    assert_eq!(app.get("/").await.body, "the body");
    assert_eq!(app.calls.count(), 2);
    // Nor where nothing shows that a body is missing.
    let app = Setup::new().around(|asked| {
        let is_head = asked.method() == "HEAD";
        let body = if is_head { "" } else { "the body" };
        reply([("cache-control", "max-age=60")], body)
    });
    app.send(head("/")).await;
    assert_eq!(app.get("/").await.body, "the body");
}

#[tokio::test]
async fn a_head_that_tells_of_another_version_puts_the_stored_one_out() {
    let setup = Setup::new();
    let app = setup.around(|asked| {
        let is_head = asked.method() == "HEAD";
        let etag = if is_head { "\"2\"" } else { "\"1\"" };
        let body = if is_head { "" } else { "the body" };
        reply([("cache-control", "max-age=60"), ("etag", etag)], body)
    });
    app.get("/").await;
    app.clock.advance(std::time::Duration::from_secs(61));
    app.send(head("/")).await;
    let conditional = get("/").end();
    let got = app.send(conditional).await;
    assert!(
        got.status_field().contains("uri-miss"),
        "{}",
        got.status_field()
    );
}
