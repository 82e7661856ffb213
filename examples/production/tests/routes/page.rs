//! The page `/` and the events that keep it up to date.

use crate::app::App;
use buttress_testing::decode::decode;
use buttress_testing::h1::Connection;
use buttress_testing::wire::Piece;
use buttress_testing::within;
use http::Method;
use serde_json::Value;

const LISTEN: [&str; 2] = ["--listen", "127.0.0.1:0"];

/// The text of the element that shows a figure.
fn figure<'a>(page: &'a str, name: &str) -> &'a str {
    let marker = format!("data-figure=\"{name}\">");
    let (_, rest) = page
        .split_once(&marker)
        .unwrap_or_else(|| panic!("{name} in {page}"));
    rest.split('<').next().unwrap()
}

/// The page as a browser reads it, as far as its references are concerned.
async fn page(app: &App) -> String {
    app.get("/").await.text().replace("&#x2f;", "/")
}

/// The next event as JSON.
pub(crate) async fn event(events: &mut Connection) -> Value {
    let Piece::Data(bytes) = events.piece().await else {
        panic!("the stream has ended")
    };
    let text = std::str::from_utf8(&bytes).unwrap();
    let data = text.strip_prefix("retry: 2000\ndata: ").unwrap();
    serde_json::from_str(data.strip_suffix("\n\n").unwrap()).unwrap()
}

#[tokio::test]
async fn the_page_shows_what_has_happened_without_a_script() {
    let app = App::start().await;
    for path in ["/plain", "/cached/1", "/cached/1", "/cached/1", "/boom"] {
        app.get(path).await;
    }
    let zstd = [("Accept-Encoding", "zstd")];
    app.request(Method::GET, "/page", &zstd, b"").await;
    app.post("/login", br#"{"user":"ann"}"#).await;
    let page = &page(&app).await;
    assert_eq!(figure(page, "requests"), "7");
    assert_eq!(figure(page, "failed"), "1");
    assert_eq!(figure(page, "hits"), "66 %");
    assert_eq!(figure(page, "cache"), "2 from the cache, 1 stored");
    assert!(figure(page, "saved").ends_with(" kB"));
    assert_eq!(figure(page, "sessions"), "1");
    assert_eq!(figure(page, "panics"), "1");
    assert_eq!(figure(page, "news"), "1 panic.");
    assert!(figure(page, "p99").ends_with(" ms"));
    assert!(page.contains("1 of 20"));
    assert!(!page.contains("secret detail"));
}

#[tokio::test]
async fn the_page_names_the_line_of_the_last_panic_and_not_its_message() {
    let app = App::start().await;
    app.get("/boom").await;
    // Its backtrace is looked up first, on a thread of its own.
    let named = async { while !page(&app).await.contains("src/routes/faults.rs:") {} };
    within("the report", named).await;
    assert!(!page(&app).await.contains("secret detail"));
}

#[tokio::test]
async fn the_page_names_the_lines_that_block() {
    let exact = [LISTEN[0], LISTEN[1], "--detect", "exact"];
    let app = App::start_with(&exact, &[]).await;
    assert!(app.get("/").await.text().contains("none so far"));
    app.get("/block").await;
    let named = async { while !page(&app).await.contains("<code>src/routes/waits.rs:") {} };
    within("the report", named).await;
    assert!(page(&app).await.contains("sleep in /block, once"));
}

#[tokio::test]
async fn the_page_is_never_cached_begins_no_session_and_is_compressed() {
    let app = App::start().await;
    for _ in 0..3 {
        let zstd = [("Accept-Encoding", "zstd")];
        let page = app.request(Method::GET, "/", &zstd, b"").await;
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert_eq!(
            (page.header("set-cookie"), page.header("age")),
            (None, None)
        );
        let text = decode("zstd", &page.body).unwrap();
        assert!(text.starts_with(b"<!doctype html>"));
    }
    let page = app.get("/").await;
    assert_eq!(figure(page.text(), "sessions"), "0");
    assert!(figure(page.text(), "trips").starts_with("0 trips to the store"));
}

#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere() {
    let app = App::start().await;
    let page = page(&app).await;
    for marker in ["src=\"", "href=\""] {
        let links = page.split(marker).skip(1);
        let links: Vec<_> = links.map(|it| it.split('"').next().unwrap()).collect();
        assert!(!links.is_empty());
        for link in links {
            assert!(link.starts_with('/') && !link.starts_with("//"), "{link}");
        }
    }
    for asset in ["/assets/live.js", "/assets/site.js", "/assets/site.css"] {
        assert!(page.contains(asset));
        assert_eq!(app.get(asset).await.status(), 200);
    }
}

#[tokio::test]
async fn events_come_at_once_and_then_as_things_happen() {
    let app = App::start().await;
    let mut events = app.connect().await;
    let head = events.get("/events", &[]).await;
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    assert_eq!(head.header("cache-control"), Some("no-store"));
    assert_eq!(head.header("set-cookie"), None);
    let first = event(&mut events).await;
    assert_eq!(first["figures"]["requests"], "0");
    assert_eq!(first["budget"]["allowed"], 20);
    app.get("/plain").await;
    app.get("/boom").await;
    let mut latest = first;
    // Within a second or two; watchers themselves count for nothing.
    while latest["figures"]["requests"] != "2" {
        latest = event(&mut events).await;
    }
    assert_eq!(latest["budget"]["spent"], 1);
    assert_eq!(latest["figures"]["news"], "1 panic.");
    assert_eq!(latest["spark"].as_str().unwrap().split(' ').count(), 60);
}

#[tokio::test]
async fn each_figure_of_an_event_has_its_place_in_the_page() {
    let app = App::start().await;
    let mut events = app.connect().await;
    events.get("/events", &[]).await;
    let event = event(&mut events).await;
    let page = app.get("/").await;
    let figures = event["figures"].as_object().unwrap();
    for name in figures.keys() {
        figure(page.text(), name);
    }
    assert_eq!(page.text().matches("data-figure=").count(), figures.len());
}

#[tokio::test]
async fn so_many_may_watch_and_the_next_is_told_to_come_again() {
    let app = App::start().await;
    let mut watching = Vec::new();
    for _ in 0..64 {
        let mut events = app.connect().await;
        assert_eq!(events.get("/events", &[]).await.status, 200);
        event(&mut events).await;
        watching.push(events);
    }
    let refused = app.get("/events").await;
    assert!(refused.problem(503).is_none());
    assert_eq!(refused.header("retry-after"), Some("10"));
    drop(watching);
    let again = async {
        let mut events = app.connect().await;
        while events.get("/events", &[]).await.status != 200 {
            let _ = events.body().await.complete();
        }
    };
    within("a place to get free", again).await;
}

#[tokio::test]
async fn the_events_end_when_the_app_drains_and_do_not_hold_it_up() {
    let app = App::start_with(&LISTEN, &[("APP_DRAIN__DEADLINE", "10m")]).await;
    let mut events = app.connect().await;
    events.get("/events", &[("Accept-Encoding", "gzip")]).await;
    app.terminate().await;
    assert!(events.body().await.cut.is_none());
    assert_eq!(app.ended().await.status.code(), Some(0));
}
