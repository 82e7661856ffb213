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
async fn the_log_names_the_line_that_blocks() {
    let exact = ["--listen", "127.0.0.1:0", "--detect", "exact"];
    let app = App::start_with(&exact, &[]).await;
    app.get("/block").await;
    app.get("/block?kind=fs").await;
    app.get("/hold?ms=1").await;
    app.terminate().await;
    let log = app.ended().await.stderr;
    let reports: Vec<_> = log
        .lines()
        .filter(|line| line.contains("blocked a worker"))
        .collect();
    let [sleep, file] = reports[..] else {
        panic!("{log}")
    };
    assert!(
        sleep.contains(r#""kind":"sleep","call":"clock_nanosleep""#),
        "{sleep}"
    );
    assert!(file.contains(r#""kind":"file","call":"openat""#), "{file}");
    for report in reports {
        assert!(
            report.contains("examples/production/src/routes/waits.rs:"),
            "{report}"
        );
        assert!(report.contains(r#""route":"/block""#), "{report}");
    }
}

#[tokio::test]
async fn in_production_a_watchdog_names_it() {
    let app = App::start().await;
    // It may have no CPU to look with in one of them.
    for _ in 0..10 {
        app.get("/block").await;
    }
    app.terminate().await;
    let log = app.ended().await.stderr;
    assert!(log.contains(r#""tier":"watch","kind":"sleep""#), "{log}");
    assert!(
        log.contains("examples/production/src/routes/waits.rs:"),
        "{log}"
    );
}

#[tokio::test]
async fn the_detector_can_be_off() {
    let off = ["--listen", "127.0.0.1:0", "--detect", "off"];
    let app = App::start_with(&off, &[]).await;
    app.get("/block").await;
    app.terminate().await;
    assert!(!app.ended().await.stderr.contains("blocked a worker"));
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
