//! Only what came whole is stored, whoever leaves or fails meanwhile.

mod support;

use buttress_cache::LaggedError;
use buttress_testing::{Gate, ScriptedBody, Server, collect, h1};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::{
    convert::Infallible,
    future::ready,
    sync::{Arc, Mutex},
};
use support::{App, Asked, End, Origin, Reply, Setup, fresh, get, reply};
use tower::{Layer, service_fn};

/// Answers with these bodies, one after the other, which are fresh for a minute.
fn bodies(
    setup: &Setup,
    bodies: impl IntoIterator<Item = ScriptedBody>,
) -> App<impl Origin<Future: Send>> {
    let bodies = Arc::new(Mutex::new(Vec::from_iter(bodies)));
    setup.around(move |_: Asked| -> Reply {
        let mut response = fresh("");
        *response.body_mut() = bodies.lock().unwrap().remove(0);
        response
    })
}

#[tokio::test]
async fn a_cancelled_body_is_not_stored() {
    let cut = ScriptedBody::new().data("half").data("other half");
    let probe = cut.probe();
    let app = bodies(&Setup::new(), [cut, ScriptedBody::new().data("whole")]);
    let mut body = app.start(get("/").end()).await.into_body();
    body.frame().await.unwrap().unwrap();
    drop(body);
    assert!(probe.is_dropped(), "the last reader has left");
    assert_eq!(app.get("/").await.body, "whole");
    assert!(app.get("/").await.is_hit());
}

#[tokio::test]
async fn a_body_that_is_never_read_is_not_stored() {
    let app = bodies(
        &Setup::new(),
        [ScriptedBody::new().data("a"), ScriptedBody::new().data("b")],
    );
    drop(app.start(get("/").end()).await);
    assert_eq!(app.get("/").await.body, "b");
}

#[tokio::test]
async fn a_body_that_fails_is_not_stored() {
    let torn = ScriptedBody::new().data("half").error("torn");
    let app = bodies(&Setup::new(), [torn, ScriptedBody::new().data("whole")]);
    let response = app.start(get("/").end()).await;
    let collected = collect(response.into_body()).await;
    assert_eq!(collected.error.unwrap().to_string(), "torn");
    assert_eq!(app.get("/").await.body, "whole");
}

#[tokio::test]
async fn a_body_of_another_length_than_announced_is_not_stored() {
    for text in ["shor", "longer"] {
        let app = Setup::new().around(move |_| {
            let mut response = fresh("");
            response.headers_mut().insert("content-length", 5.into());
            *response.body_mut() = ScriptedBody::new().data(text);
            response
        });
        app.get("/").await;
        app.get("/").await;
        assert_eq!(app.calls.count(), 2, "{text}");
    }
}

#[tokio::test]
async fn followers_read_on_when_the_leaders_client_leaves() {
    let gate = Gate::new();
    let slow = ScriptedBody::new().data("one ").hold(&gate).data("two");
    let app = bodies(&Setup::new(), [slow]);
    let mut leader = app.start(get("/").end()).await.into_body();
    leader.frame().await.unwrap().unwrap();
    let follower = app.start(get("/").end()).await;
    let follower = tokio::spawn(collect(follower.into_body()));
    gate.reached().await;
    drop(leader);
    gate.open();
    assert_eq!(follower.await.unwrap().complete(), "one two");
    let got = app.get("/").await;
    assert_eq!((got.is_hit(), &*got.body), (true, &b"one two"[..]));
}

#[tokio::test]
async fn a_reader_that_was_waiting_is_woken_when_the_one_that_polled_leaves() {
    let gate = Gate::new();
    let slow = ScriptedBody::new().hold(&gate).data("late");
    let app = bodies(&Setup::new(), [slow]);
    let leader = app.start(get("/").end()).await;
    let follower = app.start(get("/").end()).await;
    let follower = tokio::spawn(collect(follower.into_body()));
    gate.reached().await;
    // Polls after the follower, and leaves: its waker is the last that was seen.
    let mut leader = tokio::spawn(collect(leader.into_body()));
    tokio::task::yield_now().await;
    assert!(futures_util::FutureExt::now_or_never(&mut leader).is_none());
    leader.abort();
    gate.open();
    let collected = buttress_testing::within("the body", follower).await;
    assert_eq!(collected.unwrap().complete(), "late");
}

#[tokio::test]
async fn all_readers_hear_of_a_failure() {
    let gate = Gate::new();
    let torn = ScriptedBody::new().data("half").hold(&gate).error("torn");
    let app = bodies(&Setup::new(), [torn]);
    let readers = [
        app.start(get("/").end()).await,
        app.start(get("/").end()).await,
    ];
    let readers = readers.map(|response| tokio::spawn(collect(response.into_body())));
    gate.reached().await;
    gate.open();
    for reader in readers {
        let collected = reader.await.unwrap();
        assert_eq!(collected.bytes(), "half");
        assert!(collected.error.unwrap().to_string().contains("torn"));
    }
}

#[tokio::test]
async fn a_panic_of_the_body_releases_all_readers() {
    let gate = Gate::new();
    let mad = ScriptedBody::new().data("half").hold(&gate).panic("mad");
    let app = bodies(&Setup::new(), [mad, ScriptedBody::new().data("calm")]);
    let first = app.start(get("/").end()).await;
    let second = app.start(get("/").end()).await;
    let readers = [first, second].map(|response| tokio::spawn(collect(response.into_body())));
    gate.reached().await;
    gate.open();
    let mut panics = 0;
    for reader in readers {
        match buttress_testing::within("an end", reader).await {
            Err(error) => panics += usize::from(error.is_panic()),
            Ok(collected) => assert!(collected.error.is_some()),
        }
    }
    assert_eq!(panics, 1);
    assert_eq!(app.get("/").await.body, "calm");
}

#[tokio::test]
async fn a_body_beyond_the_cap_is_streamed_and_not_stored() {
    let chunks = || ScriptedBody::new().chunks(vec![vec![b'x'; 1000]; 100]);
    let setup = Setup::new().with(|layer| layer.largest_body(10_000));
    let app = bodies(&setup, [chunks(), chunks()]);
    for _ in 0..2 {
        assert_eq!(app.get("/").await.body.len(), 100_000);
    }
    assert_eq!((app.calls.count(), app.cache.usage().keys), (2, 0));
}

#[tokio::test]
async fn beyond_the_cap_who_falls_behind_gets_an_error_and_others_do_not() {
    let gate = Gate::new();
    let chunks = vec![vec![b'x'; 1000]; 100];
    let body = ScriptedBody::new().data("first").hold(&gate).chunks(chunks);
    let setup = Setup::new().with(|layer| layer.largest_body(10_000));
    let app = bodies(&setup, [body]);
    let quick = app.start(get("/").end()).await;
    let mut slow = app.start(get("/").end()).await.into_body();
    let first = slow.frame().await.unwrap().unwrap();
    assert_eq!(first.into_data().unwrap(), "first");
    gate.open();
    assert_eq!(collect(quick.into_body()).await.complete().len(), 100_005);
    let rest = collect(slow).await;
    assert!(rest.error.unwrap().is::<LaggedError>());
    assert_eq!(rest.frames.len(), 0);
}

#[tokio::test]
async fn a_known_length_over_the_cap_is_never_shared() {
    let gate = Gate::new();
    let setup = Setup::new().with(|layer| layer.largest_body(10));
    let app = setup.around({
        let gate = gate.clone();
        move |_| {
            let mut response = reply([("cache-control", "max-age=60")], "");
            response.headers_mut().insert("content-length", 20.into());
            *response.body_mut() = ScriptedBody::new().hold(&gate).data("x".repeat(20));
            response
        }
    });
    let first = app.start(get("/").end()).await;
    let second = app.start(get("/").end()).await;
    assert_eq!(app.calls.count(), 2);
    gate.open();
    for response in [first, second] {
        assert_eq!(collect(response.into_body()).await.complete().len(), 20);
    }
}

#[tokio::test]
async fn an_exact_length_body_that_is_dropped_before_its_end_is_whole() {
    let app = Setup::new().around(|_| {
        let mut response = fresh("");
        response.headers_mut().insert("content-length", 5.into());
        *response.body_mut() = ScriptedBody::new().data("whole");
        response
    });
    let mut body = app.start(get("/").end()).await.into_body();
    let data = body.frame().await.unwrap().unwrap();
    assert_eq!(data.into_data().unwrap(), "whole");
    // As hyper does, which has sent all that it announced.
    drop(body);
    assert!(app.get("/").await.is_hit());
}

#[tokio::test]
async fn hyper_drops_such_bodies_and_they_are_stored() {
    let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let origin = service_fn({
        let count = count.clone();
        move |_: http::Request<Incoming>| {
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let mut response = fresh("");
            response.headers_mut().insert("content-length", 5.into());
            *response.body_mut() = ScriptedBody::new().data("whole");
            ready(Ok::<_, Infallible>(response))
        }
    });
    let server = Server::h1(Setup::new().layer.layer(origin)).await;
    for _ in 0..3 {
        let mut client = h1::Connection::open(server.addr()).await;
        client.get("/", &[]).await;
        assert_eq!(client.body().await.complete(), "whole");
        // The connection has seen to the body when it answers again.
        client.request(http::Method::OPTIONS, "/", &[], b"").await;
    }
    server.stop().await;
    let calls = count.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(calls, 1 + 3, "one GET and three OPTIONS");
}
