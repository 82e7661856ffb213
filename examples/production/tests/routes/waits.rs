use crate::app::App;

#[tokio::test]
async fn block_answers_after_its_blocking_call() {
    let app = App::start().await;
    for path in ["/block", "/block?kind=fs"] {
        assert_eq!(app.get(path).await.status(), 200, "{path}");
    }
    assert!(app.get("/block?kind=other").await.problem(400).is_some());
}

#[tokio::test]
async fn inflight_counts_what_is_held_until_its_client_leaves() {
    let app = App::start().await;
    assert_eq!(app.get("/hold?ms=1").await.status(), 200);
    assert_eq!(app.get("/inflight").await.text(), "0");
    let mut held = app.connect().await;
    held.send("GET /hold?ms=60000 HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    inflight_turns(&app, "1").await;
    drop(held);
    inflight_turns(&app, "0").await;
    assert!(app.get("/hold?ms=60001").await.problem(400).is_some());
}

/// Asks until the answer is `count`.
pub(crate) async fn inflight_turns(app: &App, count: &str) {
    let asking = async { while app.get("/inflight").await.text() != count {} };
    buttress_testing::within("the count to change", asking).await;
}
