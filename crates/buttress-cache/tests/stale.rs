//! What is stale may be served while it is refreshed, and when the origin fails.

mod support;

use buttress_cache::{CacheRules, policy::Policy};
use buttress_testing::{Gate, ScriptedBody, collect};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};
use support::{End, Setup, counting, get, reply};
use tower::{Layer, ServiceExt, service_fn};

const SWR: [(&str, &str); 1] = [("cache-control", "max-age=60, stale-while-revalidate=30")];

async fn idle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn stale_is_served_while_it_is_refreshed_with_the_request_itself() {
    let app = Setup::new().around(|asked| {
        let user = asked.headers().get("x-user").unwrap().clone();
        reply(SWR, Bytes::copy_from_slice(user.as_bytes()))
    });
    let ask = async |user| app.send(get("/").header("x-user", user).end()).await;
    ask("first").await;
    app.clock.advance(Duration::from_secs(70));
    let got = ask("second").await;
    assert_eq!((&*got.body, got.header("age")), (&b"first"[..], Some("70")));
    idle().await;
    assert_eq!(app.calls.count(), 2);
    let got = ask("third").await;
    assert_eq!((&*got.body, got.header("age")), (&b"second"[..], Some("0")));
    assert_eq!(app.cache.stats().stale, 1);
}

#[tokio::test]
async fn one_refresh_a_key_is_enough() {
    let gate = Gate::new();
    let app = Setup::new().around_async({
        let (gate, count) = (gate.clone(), Arc::new(AtomicUsize::new(0)));
        move |_| {
            let (gate, number) = (gate.clone(), count.fetch_add(1, Ordering::SeqCst));
            async move {
                if number > 0 {
                    gate.pass().await;
                }
                reply(SWR, number.to_string())
            }
        }
    });
    app.get("/").await;
    app.clock.advance(Duration::from_secs(70));
    for _ in 0..20 {
        assert_eq!(app.get("/").await.body, "0");
        idle().await;
    }
    assert_eq!(app.calls.count(), 2);
    gate.open();
    idle().await;
    assert_eq!(app.get("/").await.body, "1");
}

#[tokio::test]
async fn beyond_the_window_the_client_waits() {
    let app = Setup::new().around(counting(SWR));
    app.get("/").await;
    app.clock.advance(Duration::from_secs(90));
    assert_eq!(app.get("/").await.body, "1");
}

#[tokio::test]
async fn a_refresh_that_hangs_is_given_up() {
    tokio::time::pause();
    let gate = Gate::new();
    let setup = Setup::new().with(|layer| layer.refresh_limit(Duration::from_secs(5)));
    let app = setup.around_async({
        let (gate, count) = (gate.clone(), Arc::new(AtomicUsize::new(0)));
        move |_| {
            let (gate, number) = (gate.clone(), count.fetch_add(1, Ordering::SeqCst));
            async move {
                if number == 1 {
                    gate.pass().await;
                }
                reply(SWR, number.to_string())
            }
        }
    });
    app.get("/").await;
    app.clock.advance(Duration::from_secs(70));
    app.get("/").await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    app.get("/").await;
    idle().await;
    assert_eq!(app.calls.count(), 3);
    assert_eq!(app.get("/").await.body, "2");
}

#[test]
fn outside_of_a_runtime_stale_is_refreshed_at_once() {
    let app = Setup::new().around(counting(SWR));
    support::without_runtime(async {
        app.get("/").await;
        app.clock.advance(Duration::from_secs(70));
        assert_eq!(app.get("/").await.body, "1");
    });
    assert_eq!(app.calls.count(), 2);
}

/// An origin that fails as it is told to, after the first answer.
async fn survives(fails: fn() -> Result<Response<ScriptedBody>, &'static str>, survives: bool) {
    let is_broken = Arc::new(AtomicBool::new(false));
    let origin = service_fn({
        let is_broken = is_broken.clone();
        move |_: Request<Full<Bytes>>| {
            let fields = [("cache-control", "max-age=60, stale-if-error=600")];
            let answer = match is_broken.load(Ordering::SeqCst) {
                true => fails(),
                false => Ok(reply(fields, "good")),
            };
            std::future::ready(answer)
        }
    });
    let setup = Setup::new();
    let service = setup.layer.layer(origin);
    let ask = async || service.clone().oneshot(get("/").end()).await;
    let _ = collect(ask().await.unwrap().into_body()).await.complete();
    is_broken.store(true, Ordering::SeqCst);
    setup.clock.advance(Duration::from_secs(100));
    let got = ask().await;
    let text = match got {
        Ok(response) => collect(response.into_body()).await.complete(),
        Err(error) => error.into(),
    };
    assert_eq!(text == "good", survives, "{text:?}");
    setup.clock.advance(Duration::from_secs(600));
    let late = ask().await;
    let is_good = late.is_ok_and(|response| response.status() == StatusCode::OK);
    assert!(!is_good, "stale for longer than it may be");
}

fn with_status(status: StatusCode) -> Result<Response<ScriptedBody>, &'static str> {
    let mut response = reply([], "bad");
    *response.status_mut() = status;
    Ok(response)
}

#[tokio::test]
async fn stale_answers_for_an_origin_that_fails() {
    survives(|| Err("down"), true).await;
    survives(|| with_status(StatusCode::INTERNAL_SERVER_ERROR), true).await;
    survives(|| with_status(StatusCode::BAD_GATEWAY), true).await;
    survives(|| with_status(StatusCode::SERVICE_UNAVAILABLE), true).await;
    survives(|| with_status(StatusCode::GATEWAY_TIMEOUT), true).await;
    survives(|| with_status(StatusCode::NOT_FOUND), false).await;
}

#[tokio::test]
async fn must_revalidate_forbids_it() {
    let count = Arc::new(AtomicUsize::new(0));
    let policy = Policy::new()
        .stale_if_error(Duration::from_secs(600))
        .stale_while_revalidate(Duration::from_secs(600));
    let app = Setup::new()
        .with(|layer| layer.policy(policy))
        .around(move |_| {
            let fields = [("cache-control", "max-age=60, must-revalidate")];
            let mut response = reply(fields, "x");
            if count.fetch_add(1, Ordering::SeqCst) > 0 {
                *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            }
            response
        });
    app.get("/").await;
    app.clock.advance(Duration::from_secs(70));
    assert_eq!(app.get("/").await.status, 503);
}

#[tokio::test]
async fn a_304_takes_back_the_windows_that_it_does_not_repeat() {
    let number = Arc::new(AtomicUsize::new(0));
    let app = Setup::new().around(move |_| {
        let lines = [
            "max-age=60, stale-if-error=600, stale-while-revalidate=0",
            "max-age=60",
        ];
        let answer = |status: u16, line| {
            let mut response = reply([("cache-control", line), ("etag", "\"a\"")], "");
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response
        };
        match number.fetch_add(1, Ordering::SeqCst) {
            0 => answer(200, lines[0]),
            1 => answer(304, lines[1]),
            _ => answer(503, "no-store"),
        }
    });
    app.get("/").await;
    app.clock.advance(Duration::from_secs(70));
    assert_eq!(app.get("/").await.status, StatusCode::OK);
    app.clock.advance(Duration::from_secs(70));
    assert_eq!(app.get("/").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_304_leaves_the_windows_that_a_handler_gave() {
    let number = Arc::new(AtomicUsize::new(0));
    let app = Setup::new().around(move |_| {
        let mut response = reply([("cache-control", "max-age=60"), ("etag", "\"a\"")], "");
        match number.fetch_add(1, Ordering::SeqCst) {
            0 => {
                let rules = CacheRules::new().stale_if_error(Duration::from_secs(600));
                response.extensions_mut().insert(rules);
            }
            1 => *response.status_mut() = StatusCode::NOT_MODIFIED,
            _ => *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE,
        }
        response
    });
    for _ in 0..3 {
        assert_eq!(app.get("/").await.status, StatusCode::OK);
        app.clock.advance(Duration::from_secs(70));
    }
    assert_eq!(app.calls.count(), 3);
}

#[tokio::test]
async fn what_the_origin_no_longer_lets_be_stored_stands_in_for_nothing() {
    let number = Arc::new(AtomicUsize::new(0));
    let app = Setup::new().around(move |_| match number.fetch_add(1, Ordering::SeqCst) {
        0 => reply([("cache-control", "max-age=60, stale-if-error=600")], "old"),
        1 => reply([("cache-control", "no-store")], "new"),
        _ => {
            let mut response = reply([("cache-control", "no-store")], "");
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            response
        }
    });
    app.get("/").await;
    app.clock.advance(Duration::from_secs(70));
    assert_eq!(app.get("/").await.body, "new");
    assert_eq!(app.get("/").await.status, StatusCode::SERVICE_UNAVAILABLE);
}
