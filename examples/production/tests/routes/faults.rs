use crate::app::App;
use buttress_testing::wire::Piece;
use http::Method;

#[tokio::test]
async fn unknown_routes_and_methods_are_problems() {
    let app = App::start().await;
    let detail = app.get("/no/such").await.problem(404).unwrap();
    assert!(detail.contains("/no/such"), "{detail}");
    let answer = app.request(Method::DELETE, "/plain", &[], b"").await;
    assert!(answer.problem(405).is_some());
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
    assert_eq!(app.get("/err?kind=500").await.problem(500), None);
    assert!(app.get("/err?kind=9").await.problem(400).is_some());
    let stderr = app.stderr().await;
    assert!(stderr.contains("password=hunter2"), "{stderr}");
}

#[tokio::test]
async fn a_panic_shows_the_client_nothing_and_the_process_lives_on() {
    let app = App::start().await;
    let mut connection = app.connect().await;
    connection
        .send("GET /boom HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    let answer = connection.rest().await;
    assert!(!contains(&answer, b"secret"));
    assert_eq!(app.get("/plain").await.text(), "Hello, World!");
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
async fn a_panic_in_a_task_leaves_the_process_alive() {
    let app = App::start().await;
    let answer = app.get("/boom?kind=task").await;
    assert_eq!(answer.status(), 200);
    assert!(!answer.text().contains("secret"));
    assert_eq!(app.get("/healthz").await.status(), 200);
    assert!(app.get("/boom?kind=other").await.problem(400).is_some());
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
