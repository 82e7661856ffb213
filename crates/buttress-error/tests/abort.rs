//! Clients that go away, and what panics then.

mod support;

use buttress_error::{ErrorLayer, Phase};
use buttress_testing::{Gate, Probe, ScriptedBody, Server, h1, service::service_fn, within};
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};
use support::Reports;
use tower::Layer;

struct Bomb(Gate);

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.open();
        panic!("dropped");
    }
}

/// A body that panics when it is dropped.
struct BombBody(ScriptedBody, #[allow(dead_code, reason = "dropped")] Bomb);

impl Body for BombBody {
    type Data = bytes::Bytes;
    type Error = buttress_testing::Scripted;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.0).poll_frame(cx)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

#[tokio::test]
async fn a_drop_that_panics_because_the_client_left_is_reported_with_the_id() {
    let (running, dropped, never) = (Gate::new(), Gate::new(), Gate::new());
    let handler = {
        let (running, dropped) = (running.clone(), dropped.clone());
        service_fn(move |_: Request<_>| {
            let (running, bomb, never) = (running.clone(), Bomb(dropped.clone()), never.clone());
            async move {
                let _bomb = bomb;
                running.open();
                never.pass().await;
                Ok::<_, Infallible>(Response::new(ScriptedBody::new()))
            }
        })
    };
    let reports = Reports::new();
    let layer = ErrorLayer::new().on_report(reports.sink());
    let server = Server::h1(layer.layer(handler)).await;
    let mut client = h1::Connection::open(server.addr()).await;
    client
        .send("GET / HTTP/1.1\r\nhost: x\r\nx-request-id: gone-1\r\n\r\n")
        .await;
    within("the handler", running.pass()).await;
    drop(client);
    within("the drop", dropped.pass()).await;
    server.stop().await;
    let report = reports.only();
    assert_eq!((report.phase(), report.message()), (Phase::Drop, "dropped"));
    assert_eq!(report.request_id(), Some("gone-1"));
    assert_eq!(report.status(), None, "nothing was sent");
}

#[tokio::test]
async fn so_is_one_of_a_body() {
    let (dropped, never) = (Gate::new(), Gate::new());
    let handler = {
        let dropped = dropped.clone();
        service_fn(move |_: Request<_>| {
            let body = ScriptedBody::new().data("some").hold(&never);
            let body = BombBody(body, Bomb(dropped.clone()));
            async move { Ok::<_, Infallible>(Response::new(body)) }
        })
    };
    let reports = Reports::new();
    let layer = ErrorLayer::new().on_report(reports.sink());
    let server = Server::h1(layer.layer(handler)).await;
    let mut client = h1::Connection::open(server.addr()).await;
    client.get("/", &[("x-request-id", "gone-2")]).await;
    client.piece().await;
    drop(client);
    within("the drop", dropped.pass()).await;
    server.stop().await;
    let report = reports.only();
    assert_eq!((report.phase(), report.message()), (Phase::Drop, "dropped"));
    assert_eq!(report.request_id(), Some("gone-2"));
    assert_eq!(report.status(), Some(http::StatusCode::OK));
}

#[tokio::test]
async fn a_client_that_leaves_is_no_failure() {
    let never = Gate::new();
    let body = ScriptedBody::new().data("some").hold(&never);
    let probe: Probe = body.probe();
    let mut body = Some(body);
    let handler = buttress_testing::service::respond(move |_: Request<()>| {
        Response::new(body.take().expect("one request"))
    });
    let reports = Reports::new();
    let layer = ErrorLayer::new().on_report(reports.sink());
    let response = support::send(&layer, handler, support::get(&[])).await;
    drop(response);
    assert!(probe.is_dropped());
    assert_eq!(reports.all().len(), 0);
}
