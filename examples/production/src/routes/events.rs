//! What the page `/` shows, once a second, as server-sent events.
//!
//! All who watch get the same bytes, made once. They end when the app drains, for a
//! stream without an end would hold it up to its deadline.

use super::Router;
use crate::live::Watcher;
use crate::state::App;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use buttress::drain::Drain;
use buttress::error::Error;
use futures_util::{Stream, stream};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

pub(crate) fn router() -> Router {
    Router::new().route("/events", get(events))
}

async fn events(State(app): State<Arc<App>>) -> Result<Response, Error> {
    let full = || Error::unavailable(Duration::from_secs(10));
    let watcher = app.live.watch().ok_or_else(full)?;
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let body = Body::from_stream(until_the_drain(watcher, &app.drain));
    Ok((headers, body).into_response())
}

fn until_the_drain(
    watcher: Watcher,
    drain: &Drain,
) -> impl Stream<Item = Result<Bytes, Infallible>> + use<> {
    let over = Box::pin(drain.triggered());
    stream::unfold((watcher, over), |(mut watcher, mut over)| async move {
        let event = tokio::select! {
            () = &mut over => None,
            event = watcher.next() => event,
        }?;
        Some((Ok(event), (watcher, over)))
    })
}
