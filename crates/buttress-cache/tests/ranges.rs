//! 206 from a stored whole, and never a part for a whole.

mod support;

use http::StatusCode;
use support::{Asked, End, Reply, Setup, get, reply};

const BODY: &str = "0123456789";

fn origin(asked: Asked) -> Reply {
    let fields = [("cache-control", "max-age=60"), ("etag", "\"1\"")];
    if !asked.headers().contains_key("range") {
        return reply(fields, BODY);
    }
    let mut response = reply(fields, "012");
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    let range = "bytes 0-2/10".parse().unwrap();
    response.headers_mut().insert("content-range", range);
    response
}

fn range(range: &str) -> support::Asked {
    get("/").header("range", range).end()
}

#[tokio::test]
async fn a_part_never_answers_a_plain_get() {
    let app = Setup::new().around(origin);
    let got = app.send(range("bytes=0-2")).await;
    assert_eq!((got.status.as_u16(), &*got.body), (206, &b"012"[..]));
    let got = app.get("/").await;
    assert_eq!((got.status.as_u16(), &*got.body), (200, BODY.as_bytes()));
    assert_eq!(app.calls.count(), 2);
}

#[tokio::test]
async fn a_range_is_cut_from_the_stored_whole() {
    let app = Setup::new().around(origin);
    app.get("/").await;
    for (asked, sent, content_range) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=5-100", "56789", "bytes 5-9/10"),
    ] {
        let got = app.send(range(asked)).await;
        assert_eq!(
            (got.status.as_u16(), &*got.body),
            (206, sent.as_bytes()),
            "{asked}"
        );
        assert_eq!(got.header("content-range"), Some(content_range));
        assert_eq!(got.header("content-length"), Some(&*sent.len().to_string()));
    }
    assert_eq!(app.calls.count(), 1);
}

#[tokio::test]
async fn several_ranges_come_as_parts() {
    let app = Setup::new().around(|_| support::fresh("0123456789".repeat(100)));
    app.get("/").await;
    let got = app.send(range("bytes=0-1,998-999")).await;
    assert_eq!(got.status, 206);
    let content_type = got.header("content-type").unwrap();
    let boundary = content_type.strip_prefix("multipart/byteranges; boundary=");
    let boundary = boundary.unwrap_or_else(|| panic!("{content_type}"));
    let text = std::str::from_utf8(&got.body).unwrap();
    assert_eq!(text.matches(&format!("--{boundary}")).count(), 3);
    assert!(text.contains("bytes 0-1/1000\r\n\r\n01\r\n"), "{text}");
    assert!(text.contains("bytes 998-999/1000\r\n\r\n89\r\n"), "{text}");
    let length = text.len().to_string();
    assert_eq!(got.header("content-length"), Some(&*length));
}

#[tokio::test]
async fn a_range_beyond_the_end_is_not_satisfiable() {
    let app = Setup::new().around(origin);
    app.get("/").await;
    let got = app.send(range("bytes=10-")).await;
    assert_eq!(
        (got.status.as_u16(), got.header("content-range")),
        (416, Some("bytes */10"))
    );
    assert_eq!(got.body, "");
}

#[tokio::test]
async fn what_is_no_range_gets_the_whole() {
    let app = Setup::new().around(origin);
    app.get("/").await;
    for asked in ["bytes=4-2", "lines=0-1", "bytes=a-b"] {
        let got = app.send(range(asked)).await;
        assert_eq!(
            (got.status.as_u16(), &*got.body),
            (200, BODY.as_bytes()),
            "{asked}"
        );
    }
}

#[tokio::test]
async fn if_range_of_another_version_gets_the_whole() {
    let app = Setup::new().around(origin);
    app.get("/").await;
    for (version, status) in [("\"1\"", 206), ("\"2\"", 200), ("W/\"1\"", 200)] {
        let asked = get("/")
            .header("range", "bytes=0-2")
            .header("if-range", version);
        assert_eq!(app.send(asked.end()).await.status, status, "{version}");
    }
}

#[tokio::test]
async fn a_stale_whole_is_validated_and_then_cut() {
    let app = Setup::new().around(|asked| {
        if asked.headers().get("if-none-match").is_none() {
            return origin(asked);
        }
        assert!(!asked.headers().contains_key("range"));
        let mut response = reply([("cache-control", "max-age=60"), ("etag", "\"1\"")], "");
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    });
    app.get("/").await;
    app.clock.advance(std::time::Duration::from_secs(61));
    let got = app.send(range("bytes=2-4")).await;
    assert_eq!((got.status.as_u16(), &*got.body), (206, &b"234"[..]));
}
