//! In axum.
#![cfg(feature = "axum")]

mod support;

use axum::{
    Json, Router,
    extract::Path,
    routing::{get, post},
};
use buttress_error::{Error, ErrorLayer, OptionExt, ResultExt};
use buttress_testing::{Server, h1};
use http::{Method, StatusCode};
use support::Reports;

async fn user(Path(id): Path<String>) -> Result<String, Error> {
    let id: u32 = id
        .parse()
        .context("parsing the id")
        .with_status(StatusCode::BAD_REQUEST)
        .public("an id is a number")?;
    (id == 1)
        .then(|| String::from("ann"))
        .or_status(StatusCode::NOT_FOUND)
}

async fn broken() -> Result<(), Error> {
    std::fs::read("/there/is/no/such/file").context("reading the password=hunter2")?;
    Ok(())
}

async fn echo(Json(body): Json<serde_json::Value>) -> String {
    body.to_string()
}

fn app(layer: ErrorLayer) -> Router {
    Router::new()
        .route("/users/{id}", get(user))
        .route("/broken", get(broken))
        .route(
            "/boom",
            get(|| async {
                if true {
                    panic!("secret detail")
                }
            }),
        )
        .route("/echo", post(echo))
        .layer(layer)
}

#[tokio::test]
async fn handlers_propagate_and_the_layer_answers() {
    let reports = Reports::new();
    let layer = ErrorLayer::new()
        .rewrite("text/plain")
        .on_report(reports.sink());
    let server = Server::h1(app(layer)).await;
    let mut client = h1::Connection::open(server.addr()).await;
    let headers = [("x-request-id", "ax")];
    let mut expect = async |method: Method, path: &str, status: u16, detail: Option<&str>| {
        let body: &[u8] = if method == Method::POST { b"{" } else { b"" };
        let head = client.request(method, path, &headers, body).await;
        assert_eq!(head.status, status, "{path}");
        let body = client.body().await.complete();
        let problem: serde_json::Value = serde_json::from_slice(&body).expect(path);
        assert_eq!(problem["status"], status);
        if let Some(detail) = detail {
            let text = problem["detail"].as_str().unwrap_or_default();
            assert!(text.starts_with(detail), "{path}: {problem}");
        } else {
            assert_eq!(problem.get("detail"), None, "{path}: {problem}");
        }
        assert_eq!(problem["request_id"], "ax");
    };
    expect(Method::GET, "/users/x", 400, Some("an id is a number")).await;
    expect(Method::GET, "/users/2", 404, None).await;
    expect(Method::GET, "/broken", 500, None).await;
    expect(Method::GET, "/boom", 500, None).await;
    // Rejections, the router's own answers, and what nobody knows.
    expect(
        Method::POST,
        "/echo",
        415,
        Some("Expected request with `Content-Type"),
    )
    .await;
    expect(Method::DELETE, "/users/1", 405, None).await;
    expect(Method::GET, "/unknown", 404, None).await;
    drop(client);
    server.stop().await;

    let reports = reports.all();
    let seen: Vec<_> = reports
        .iter()
        .map(|report| (report.route().unwrap_or("-"), report.message()))
        .collect();
    let expected = [
        ("/users/{id}", "parsing the id"),
        ("/users/{id}", "Not Found"),
        ("/broken", "reading the password=hunter2"),
        ("/boom", "secret detail"),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn without_the_layer_a_plain_line_says_what_a_client_may_know() {
    use axum::response::IntoResponse;
    use http_body_util::BodyExt;

    let response = Error::msg("secret").into_response();
    assert_eq!(response.status(), 500);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "Internal Server Error\n");
}

#[tokio::test]
async fn an_axum_body_over_its_limit_is_a_413() {
    let layer = ErrorLayer::new();
    let app = Router::new()
        .route(
            "/",
            post(|body: axum::body::Body| async move {
                let bytes = axum::body::to_bytes(body, 3).await?;
                Ok::<_, Error>(bytes)
            }),
        )
        .layer(layer);
    let server = Server::h1(app).await;
    let mut client = h1::Connection::open(server.addr()).await;
    let head = client.request(Method::POST, "/", &[], b"four").await;
    assert_eq!(head.status, StatusCode::PAYLOAD_TOO_LARGE);
    client.body().await;
    drop(client);
    server.stop().await;
}
