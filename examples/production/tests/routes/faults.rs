use crate::app::App;
use buttress_testing::decode::{decode, decode_prefix};
use buttress_testing::wire::Piece;
use http::Method;

#[tokio::test]
async fn unknown_routes_and_methods_are_problems() {
    let app = App::start().await;
    let detail = app.get("/no/such").await.problem(404).unwrap();
    assert!(detail.contains("/no/such"), "{detail}");
    let answer = app.request(Method::DELETE, "/plain", &[], b"").await;
    answer.problem(405);
    assert_eq!(answer.header("allow"), Some("GET,HEAD"));
}

#[tokio::test]
async fn malformed_bodies_are_problems() {
    let app = App::start().await;
    for (path, body, status) in [
        ("/echo", &b"not JSON"[..], 400),
        ("/echo", b"{\"a\": 1", 400),
        ("/echo", b"", 400),
        ("/echo", b"{} {}", 400),
        ("/login", b"{\"user\": 1}", 422),
        ("/login", b"{}", 422),
        ("/login", b"{\"user\": \"\"}", 400),
    ] {
        assert!(app.post(path, body).await.problem(status).is_some());
    }
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = app.request(Method::POST, "/echo", &form, b"a=1").await;
    assert!(answer.problem(415).is_some());
    let large = vec![b' '; 3 << 20];
    assert!(app.post("/echo", &large).await.problem(413).is_some());
}

#[tokio::test]
async fn an_error_of_a_handler_tells_the_client_its_kind_and_the_log_its_cause() {
    let app = App::start().await;
    assert!(app.get("/err?kind=404").await.problem(404).is_some());
    let answer = app.get("/err?kind=500").await;
    assert_eq!(answer.problem(500), None);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(app.get("/err?kind=9").await.problem(400).is_some());
    let id = answer.header("x-request-id").unwrap();
    let stderr = app.stderr().await;
    let line = stderr.lines().find(|line| line.contains(id));
    let line = line.unwrap_or_else(|| panic!("{id} in {stderr}"));
    for part in ["password=hunter2", "loading an order", "/err", "500"] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert_eq!(stderr.matches("hunter2").count(), 1, "{stderr}");
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_process_lives_on() {
    let app = App::start().await;
    let mut connection = app.connect().await;
    assert_eq!(connection.get("/boom", &[]).await.status, 500);
    assert!(!connection.body().await.complete().is_empty());
    // On the same connection.
    assert_eq!(connection.get("/plain", &[]).await.status, 200);
    app.get("/boom").await.problem(500);
    assert!(app.stderr().await.contains("secret detail"));
}

#[tokio::test]
async fn a_panic_in_a_body_comes_after_its_first_4_kib_and_cuts_it() {
    let app = App::start().await;
    let mut connection = app.connect().await;
    assert_eq!(connection.get("/boom?kind=body", &[]).await.status, 200);
    assert_eq!(
        connection.piece().await,
        Piece::Data(vec![b'x'; 4096].into())
    );
    assert!(matches!(connection.piece().await, Piece::Cut(_)));
    assert!(app.stderr().await.contains("secret detail"));
}

#[tokio::test]
async fn a_compressed_body_that_panics_is_cut_and_decodes_as_far_as_it_came() {
    let app = App::start().await;
    for coding in ["zstd", "br", "gzip", "deflate"] {
        let mut connection = app.connect().await;
        let accept = [("Accept-Encoding", coding), ("Accept", "text/plain")];
        let head = connection.get("/boom?kind=body", &accept).await;
        assert_eq!(head.status, 200);
        let received = connection.body().await;
        assert!(received.cut.is_some(), "{coding}: {received:?}");
        let decoded = match head.header("content-encoding") {
            Some(coding) => decode_prefix(coding, &received.bytes()).unwrap(),
            None => received.bytes().to_vec(),
        };
        assert_eq!(decoded, [b'x'; 4096], "{coding}");
    }
}

#[tokio::test]
async fn a_panic_in_a_task_leaves_the_process_alive() {
    let app = App::start().await;
    let answer = app.get("/boom?kind=task").await;
    assert_eq!(answer.status(), 200);
    assert!(!answer.text().contains("secret"));
    assert_eq!(app.get("/healthz").await.status(), 200);
    assert!(app.get("/boom?kind=other").await.problem(400).is_some());
}

/// What an answer in production may not hold, in any form.
const PRIVATE: [&str; 9] = [
    "secret detail",
    "hunter2",
    "panic",
    "thread",
    ".rs",
    "src/",
    "production",
    "database",
    "loading an order",
];

const FAULTS: [&str; 3] = ["/boom", "/boom?kind=body", "/err?kind=500"];

const FORMS: [(&str, &str); 4] = [
    ("*/*", "application/problem+json"),
    ("application/json", "application/problem+json"),
    ("text/html,*/*;q=0.8", "text/html; charset=utf-8"),
    ("text/plain", "text/plain; charset=utf-8"),
];

#[tokio::test]
async fn production_leaks_nothing_in_any_form() {
    let app = App::start().await;
    for path in FAULTS {
        for (accept, content_type) in FORMS {
            let mut connection = app.connect().await;
            let request = format!(
                "GET {path} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"
            );
            connection.send(request).await;
            let bytes = connection.rest().await;
            let text = String::from_utf8_lossy(&bytes);
            if path != "/boom?kind=body" {
                assert!(text.starts_with("HTTP/1.1 500 "), "{path}: {text}");
                assert!(text.contains(content_type), "{path}, {accept}: {text}");
            }
            for private in PRIVATE {
                assert!(!text.contains(private), "{private} in {path}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn development_shows_what_went_wrong_and_where() {
    let app = App::start_in_development().await;
    for (accept, content_type) in FORMS {
        for (path, message) in [
            ("/boom", "the handler failed: secret detail"),
            ("/err?kind=500", "password=hunter2"),
        ] {
            let accept = [("Accept", accept)];
            let answer = app.request(Method::GET, path, &accept, b"").await;
            assert_eq!(answer.status(), 500);
            assert_eq!(answer.header("content-type"), Some(content_type));
            assert!(answer.text().contains(message), "{}", answer.text());
            assert!(answer.text().contains("faults.rs:"), "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn a_compressed_error_page_says_so_and_decodes() {
    let app = App::start_in_development().await;
    let plain = app.get("/boom").await;
    assert!(plain.body.len() > 1024, "{}", plain.text());
    for coding in ["zstd", "br", "gzip", "deflate"] {
        let accept = [("Accept-Encoding", coding)];
        let answer = app.request(Method::GET, "/boom", &accept, b"").await;
        assert_eq!(answer.status(), 500);
        assert_eq!(answer.header("content-encoding"), Some(coding));
        let length = answer.header("content-length").unwrap();
        assert_eq!(length, answer.body.len().to_string());
        let page = decode(coding, &answer.body).unwrap();
        let page: serde_json::Value = serde_json::from_slice(&page).unwrap();
        assert_eq!(page["status"], 500);
    }
}

#[tokio::test]
async fn browsers_get_pages_for_unknown_routes_and_refused_bodies() {
    let app = App::start().await;
    let html = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let unknown = app.request(Method::GET, "/no/such", &[html], b"").await;
    assert_eq!(unknown.status(), 404);
    let json = ("Content-Type", "application/json");
    let refused = app
        .request(Method::POST, "/echo", &[html, json], b"{")
        .await;
    assert_eq!(refused.status(), 400);
    for answer in [unknown, refused] {
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert!(answer.text().starts_with("<!doctype html>"));
    }
}

#[tokio::test]
async fn home_shows_one_error_as_each_mode_answers_it() {
    for app in [App::start().await, App::start_in_development().await] {
        let home = app.get("/").await;
        let (production, development) = home.text().split_once("<figcaption>dev").unwrap();
        let (_, production) = production.split_once("<figcaption>prod").unwrap();
        let private = "refused the connection";
        assert!(production.contains("4f2a9c31") && !production.contains(private));
        assert!(development.contains("4f2a9c31") && development.contains(private));
        // It was made for show, and is not in the log.
        let stderr = app.stderr().await;
        assert!(!stderr.contains("ERROR"), "{stderr}");
    }
}
