//! The access log: a true line for each request, whoever reads it or not.

use crate::app::App;
use serde_json::Value;

/// The lines after the one with the address.
fn lines(stdout: &str) -> Vec<Value> {
    let parsed = stdout.lines().map(serde_json::from_str);
    parsed
        .collect::<Result<_, _>>()
        .unwrap_or_else(|error| panic!("{error} in {stdout}"))
}

async fn end(app: App) -> Vec<Value> {
    app.terminate().await;
    lines(&app.ended().await.stdout)
}

#[tokio::test]
async fn each_request_has_one_line_with_its_route_and_its_id() {
    let app = App::start().await;
    let plain = app.get("/plain?token=hush").await;
    app.get("/nowhere").await;
    app.get("/boom").await;
    app.get("/healthz").await;
    let mut lines = end(app).await;
    assert_eq!(lines.len(), 3, "{lines:#?}");
    // Those of different workers may change places.
    lines.sort_by(|one, other| one["time"].as_str().cmp(&other["time"].as_str()));
    let line = &lines[0];
    assert_eq!(line["target"], "/plain?token=[redacted]");
    assert_eq!(line["route"], "/plain");
    assert_eq!(line["bytes"], plain.body.len());
    assert_eq!(
        plain.head.header("x-request-id"),
        line["request_id"].as_str()
    );
    assert!(line["client"] == "127.0.0.1" && line["outcome"] == "ok");
    assert_eq!(
        (&lines[1]["status"], &lines[1]["route"]),
        (&404.into(), &"unmatched".into())
    );
    assert_eq!(
        (&lines[2]["status"], &lines[2]["level"]),
        (&500.into(), &"ERROR".into())
    );
}

/// Of 40 clients every other one leaves in the middle of an endless stream.
#[tokio::test]
async fn in_a_storm_of_aborts_every_line_is_one_object_and_says_who_left() {
    let app = App::start().await;
    for client in 0..40 {
        let mut connection = app.connect().await;
        if client % 2 == 0 {
            connection.get("/stream?kind=endless", &[]).await;
            connection.piece().await;
        } else {
            connection.get("/plain", &[]).await;
            let _ = connection.body().await.complete();
        }
    }
    let lines = end(app).await;
    let with = |route: &str, outcome: &str| {
        let lines = lines.iter();
        lines
            .filter(|line| line["route"] == route && line["outcome"] == outcome)
            .count()
    };
    assert_eq!(lines.len(), 40);
    assert_eq!(with("/stream", "aborted"), 20);
    assert_eq!(with("/plain", "ok"), 20);
}

/// More lines than the pipe and the writer's buffers hold: until the end nobody
/// reads them.
#[tokio::test]
async fn a_stdout_that_nobody_reads_holds_no_request_up() {
    let app = App::start().await;
    let mut connection = app.connect().await;
    let long = format!("/plain?{}", "x".repeat(6_000));
    for _ in 0..2_000 {
        assert_eq!(connection.get(&long, &[]).await.status, 200);
        let _ = connection.body().await.complete();
    }
    assert_eq!(app.get("/healthz").await.status(), 200);
    let lines = end(app).await;
    let told: u64 = lines
        .iter()
        .filter_map(|line| line["dropped"].as_u64())
        .sum();
    assert!(lines.len() < 2_000, "{}", lines.len());
    // What is dropped after the last line that got through is not told in a line.
    assert!(lines.len() as u64 + told <= 2_000);
}

#[tokio::test]
async fn in_development_lines_are_for_people() {
    let app = App::start_in_development().await;
    app.get("/plain").await;
    app.terminate().await;
    let stdout = app.ended().await.stdout;
    assert!(stdout.contains(" GET /plain 200 "), "{stdout}");
    assert!(
        !stdout.contains('\u{1b}'),
        "a pipe is no terminal: {stdout}"
    );
}
