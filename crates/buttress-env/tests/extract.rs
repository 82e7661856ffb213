//! Handlers of axum have the configuration from a layer or from the state.
#![cfg(feature = "axum")]

use axum::{Router, body::Body, extract::State, routing::get};
use buttress_env::{Env, EnvLayer, Loaded};
use http::{Request, StatusCode};
use serde::Deserialize;
use tower::ServiceExt;

#[derive(Debug, Deserialize)]
struct Config {
    value: u32,
}

fn config() -> Loaded<Config> {
    Env::prefix("APP")
        .variables([("APP_VALUE", "7")])
        .load()
        .unwrap()
}

async fn answer(router: Router) -> (StatusCode, Vec<u8>) {
    let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 1000)
        .await
        .unwrap();
    (status, body.to_vec())
}

#[tokio::test]
async fn an_extractor_takes_it_from_the_layer_or_says_that_there_is_none() {
    let handler = |config: Loaded<Config>| async move { config.value.to_string() };
    let router = Router::new().route("/", get(handler));
    let layered = router.clone().layer(EnvLayer::new(config()));
    assert_eq!(answer(layered).await, (StatusCode::OK, b"7".to_vec()));
    let (status, body) = answer(router).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(body, b"the route has no EnvLayer for this configuration");
}

#[tokio::test]
async fn a_state_can_be_the_configuration() {
    let handler = |State(config): State<Loaded<Config>>| async move { config.value.to_string() };
    let router = Router::new().route("/", get(handler)).with_state(config());
    assert_eq!(answer(router).await.1, b"7");
}

#[cfg(feature = "reload")]
#[tokio::test]
async fn a_state_that_is_watched_gives_what_is_current() {
    let handler = |State(config): State<Loaded<Config>>| async move { config.value.to_string() };
    let router = Router::new()
        .route("/", get(handler))
        .with_state(config().watch());
    assert_eq!(answer(router).await.1, b"7");
}
