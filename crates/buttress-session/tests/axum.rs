//! `Session` as an extractor, and its errors as responses.
#![cfg(all(feature = "axum", feature = "conformance"))]

use axum::{Router, body::Body, routing::get};
use buttress_session::{
    Error, Key, MemoryStore, Session, SessionLayer,
    conformance::{Fault, Faulty},
};
use http::{Request, Response, StatusCode, header};
use tower::ServiceExt;

const A: Key<u32> = Key::new("a");
const TEXT: Key<String> = Key::new("a");

fn routes() -> Router {
    let add = async |session: Session| -> Result<String, Error> {
        let a = session.update(A, |a| a.unwrap_or(0) + 1).await?;
        Ok(a.to_string())
    };
    let misread = async |session: Session| -> Result<String, Error> {
        Ok(session.get(TEXT).await?.unwrap_or_default())
    };
    Router::new()
        .route("/add", get(add))
        .route("/misread", get(misread))
}

async fn ask(app: &Router, path: &str, cookie: Option<&str>) -> Response<Body> {
    let mut request = Request::get(path);
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    let request = request.body(Body::empty()).unwrap();
    app.clone().oneshot(request).await.unwrap()
}

#[tokio::test]
async fn handlers_take_their_session_and_pass_its_errors_on() {
    let store = Faulty::new(MemoryStore::new());
    let app = routes().layer(SessionLayer::new(store.clone()));
    let first = ask(&app, "/add", None).await;
    assert_eq!(first.status(), StatusCode::OK);
    let field = first.headers()[header::SET_COOKIE].to_str().unwrap();
    let cookie = field.split(';').next();

    let misread = ask(&app, "/misread", cookie).await;
    assert_eq!(misread.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!misread.headers().contains_key(header::RETRY_AFTER));

    store.fail(Fault::Down);
    let down = ask(&app, "/add", cookie).await;
    assert_eq!(down.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(down.headers()[header::RETRY_AFTER], "1");
    let kept = down.headers()[header::CACHE_CONTROL].to_str().unwrap();
    assert!(kept.contains("no-store"));
}

#[tokio::test]
async fn without_the_layer_the_answer_is_500() {
    let answer = ask(&routes(), "/add", None).await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let error = answer.extensions();
    let error = error.get::<std::sync::Arc<dyn std::error::Error + Send + Sync>>();
    assert!(error.unwrap().to_string().contains("SessionLayer"));
}
