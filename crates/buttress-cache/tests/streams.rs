//! Bodies reach clients as they come, those that are stored as well.

mod support;

use buttress_testing::{Gate, ScriptedBody, Server, h1, within};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::{convert::Infallible, future::ready};
use support::{End, Reply, Setup, get, reply};
use tower::{Layer, service_fn};

fn slow(directives: &'static str, gate: &Gate) -> Reply {
    let mut response = reply([("cache-control", directives)], "");
    let body = ScriptedBody::new().data("first").hold(gate).data("last");
    *response.body_mut() = body;
    response
}

#[tokio::test]
async fn an_uncacheable_stream_starts_at_once() {
    let gate = Gate::new();
    let app = Setup::new().around({
        let gate = gate.clone();
        move |_| slow("no-store", &gate)
    });
    for _ in 0..2 {
        let response = app.start(get("/events").end()).await;
        let mut body = response.into_body();
        let first = within("the first event", body.frame())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(first.into_data().unwrap(), "first");
    }
    gate.open();
}

#[tokio::test]
async fn the_first_byte_of_what_is_stored_comes_early_and_to_followers_too() {
    let gate = Gate::new();
    let app = Setup::new().around({
        let gate = gate.clone();
        move |_| slow("max-age=60", &gate)
    });
    let mut bodies = Vec::new();
    for _ in 0..3 {
        let mut body = app.start(get("/").end()).await.into_body();
        let first = within("the first chunk", body.frame())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(first.into_data().unwrap(), "first");
        bodies.push(body);
    }
    gate.open();
    for body in bodies {
        let rest = within("the rest", body.collect()).await.unwrap();
        assert_eq!(rest.to_bytes(), "last");
    }
    assert_eq!(app.calls.count(), 1);
    let got = app.get("/").await;
    assert_eq!((got.is_hit(), &*got.body), (true, &b"firstlast"[..]));
}

#[tokio::test]
async fn both_hold_on_the_wire() {
    let gate = Gate::new();
    let origin = service_fn({
        let gate = gate.clone();
        move |asked: Request<Incoming>| {
            let directives = match asked.uri().path() {
                "/events" => "no-store",
                _ => "max-age=60",
            };
            ready(Ok::<_, Infallible>(slow(directives, &gate)))
        }
    });
    let server = Server::h1(Setup::new().layer.layer(origin)).await;
    let mut clients = Vec::new();
    for path in ["/events", "/a", "/a"] {
        let mut client = h1::Connection::open(server.addr()).await;
        client.get(path, &[]).await;
        let buttress_testing::wire::Piece::Data(first) = client.piece().await else {
            panic!("{path}: the body has ended");
        };
        assert_eq!(first, "first");
        clients.push(client);
    }
    gate.open();
    for mut client in clients {
        assert_eq!(client.body().await.complete(), "last");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_lone_reader_sets_the_pace() {
    let chunks: Vec<Bytes> = (0..20).map(|_| Bytes::from(vec![b'x'; 1000])).collect();
    let body = ScriptedBody::new().chunks(chunks);
    let probe = body.probe();
    let once = std::sync::Arc::new(std::sync::Mutex::new(Some(body)));
    let app = Setup::new().around(move |_| {
        let body = once.lock().unwrap().take().unwrap();
        Response::builder()
            .header("cache-control", "max-age=60")
            .body(body)
            .unwrap()
    });
    let mut body = app.start(get("/").end()).await.into_body();
    for frames in 1..=20 {
        body.frame().await.unwrap().unwrap();
        assert_eq!(probe.frames(), frames, "read ahead of its reader");
    }
}

#[tokio::test]
async fn trailers_are_kept() {
    let app = Setup::new().around(|_| {
        let mut response = reply([("cache-control", "max-age=60")], "");
        *response.body_mut() = ScriptedBody::new().data("a").trailers([("x-end", "yes")]);
        response
    });
    for is_hit in [false, true] {
        let got = app.get("/").await;
        assert_eq!((got.is_hit(), &*got.body), (is_hit, &b"a"[..]));
        assert_eq!(got.trailers.unwrap()["x-end"], "yes");
    }
}
