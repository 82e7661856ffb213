//! Requests have the configuration where they ask for it, and read nothing.
#![cfg(feature = "tower")]

use buttress_env::{Env, EnvLayer, Loaded, WithConfig};
use http::{Request, Response};
use serde::Deserialize;
use static_assertions::assert_impl_all;
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};

#[derive(Debug, Deserialize)]
struct Config {
    value: u32,
}

assert_impl_all!(EnvLayer<Config>: Clone, Send, Sync, Unpin, std::fmt::Debug);
assert_impl_all!(WithConfig<(), Config>: Clone, Send, Sync, Unpin, std::fmt::Debug);
assert_impl_all!(Loaded<Config>: Clone, Send, Sync, Unpin, std::panic::UnwindSafe, std::panic::RefUnwindSafe);

fn config() -> Loaded<Config> {
    Env::prefix("APP")
        .variables([("APP_VALUE", "7")])
        .load()
        .unwrap()
}

async fn value(request: Request<&'static str>) -> Result<Response<Option<u32>>, Infallible> {
    let config = request.extensions().get::<Loaded<Config>>();
    assert_eq!(*request.body(), "body");
    Ok(Response::new(config.map(|config| config.value)))
}

#[tokio::test]
async fn a_request_has_the_configuration_if_the_layer_is_on() {
    for (enabled, expected) in [(true, Some(7)), (false, None)] {
        let service = ServiceBuilder::new()
            .layer(EnvLayer::new(config()).enabled(enabled))
            .service_fn(value);
        let response = service.oneshot(Request::new("body")).await.unwrap();
        assert_eq!(response.into_body(), expected);
    }
}

#[tokio::test]
async fn the_service_that_was_polled_ready_is_called() {
    let inner = buttress_testing::ReadyChecked::new(service_fn(value));
    let mut service = EnvLayer::new(config()).layer(inner);
    for _ in 0..2 {
        let ready = service.ready().await.unwrap();
        ready.call(Request::new("body")).await.unwrap();
    }
}

#[tokio::test]
async fn no_request_reads_the_environment() {
    let reads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reads);
    let env = Env::prefix("APP").read_with(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        vec![("APP_VALUE".into(), "7".into())]
    });
    let config = env.load::<Config>().unwrap();
    assert_eq!(reads.load(Ordering::SeqCst), 1);

    let service = ServiceBuilder::new()
        .layer(EnvLayer::new(config))
        .service_fn(value);
    for _ in 0..100 {
        let response = service.clone().oneshot(Request::new("body")).await.unwrap();
        assert_eq!(response.into_body(), Some(7));
    }
    assert_eq!(reads.load(Ordering::SeqCst), 1);
}

#[cfg(feature = "reload")]
#[tokio::test]
async fn a_request_keeps_its_snapshot_while_others_come() {
    let next = Arc::new(AtomicUsize::new(0));
    let env = Env::prefix("APP").read_with(move || {
        let value = next.fetch_add(1, Ordering::SeqCst).to_string();
        vec![("APP_VALUE".into(), value.into())]
    });
    let watched = env.load::<Config>().unwrap().watch();
    let reloader = watched.clone();
    let service = ServiceBuilder::new()
        .layer(EnvLayer::watched(watched))
        .service(service_fn(move |request: Request<()>| {
            let reloader = reloader.clone();
            async move {
                let seen = || request.extensions().get::<Loaded<Config>>().unwrap().value;
                let first = seen();
                for _ in 0..10 {
                    reloader.reload().unwrap();
                    assert_eq!(seen(), first);
                }
                Ok::<_, Infallible>(Response::new(first))
            }
        }));
    let first = service.clone().oneshot(Request::new(())).await.unwrap();
    let second = service.oneshot(Request::new(())).await.unwrap();
    assert_eq!((first.into_body(), second.into_body()), (0, 10));
}
