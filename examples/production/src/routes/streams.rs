//! Bodies that come bit by bit. A layer that holds bytes back to compress them
//! better makes these useless: each part has to arrive when it is made.

use super::Router;
use axum::body::{Body, Bytes};
use axum::extract::Query;
use axum::response::sse::{Event, Sse};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use std::convert::Infallible;
use std::time::Duration;

const PARTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);

pub(crate) fn router() -> Router {
    Router::new()
        .route("/stream", get(events))
        .route("/chunks", get(chunks))
}

#[derive(Deserialize)]
struct Events {
    kind: Option<EventsKind>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum EventsKind {
    Endless,
}

/// Server-sent events, of which the browser's `EventSource` is the client. The
/// endless ones keep a drain waiting until its deadline.
async fn events(Query(Events { kind }): Query<Events>) -> impl IntoResponse {
    let count = match kind {
        None => PARTS,
        Some(EventsKind::Endless) => u32::MAX,
    };
    Sse::new(parts(count).map(|i| Ok::<_, Infallible>(Event::default().data(format!("tick {i}")))))
}

/// A page that grows while it is read.
async fn chunks() -> impl IntoResponse {
    let chunks =
        parts(PARTS).map(|i| Ok::<_, Infallible>(Bytes::from(format!("<p>chunk {i}</p>\n"))));
    Html(Body::from_stream(chunks))
}

/// From 0 up to `count`, the first at once and then one every 200 ms.
///
/// `unfold` panics when it is polled after its end, as a `Stream` may. It is
/// not fused here on purpose: whatever wraps this body must stop asking.
fn parts(count: u32) -> impl Stream<Item = u32> {
    stream::unfold(0, move |i| async move {
        if i == count {
            return None;
        }
        if i > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        Some((i, i + 1))
    })
}
