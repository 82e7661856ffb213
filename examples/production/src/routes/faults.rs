//! Things that go wrong on purpose.
//!
//! buttress-error catches each of them, reports it and answers it; see
//! `layers.rs`.

use super::Router;
use axum::body::{Body, Bytes};
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use buttress::error::{CurrentRequestExt, Error, ResultExt};
use futures_util::stream;
use serde::Deserialize;
use std::convert::Infallible;
use std::fmt;

pub(crate) fn router() -> Router {
    Router::new()
        .route("/boom", get(boom))
        .route("/err", get(err))
}

#[derive(Deserialize)]
struct Boom {
    kind: Option<BoomKind>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum BoomKind {
    Body,
    Task,
}

async fn boom(Query(Boom { kind }): Query<Boom>) -> Response {
    match kind {
        None => panic!("the handler failed: secret detail"),
        Some(BoomKind::Body) => boom_in_body(),
        Some(BoomKind::Task) => {
            // Nobody awaits it, so that nobody would learn which request it
            // was for, were it not taken along.
            let task = async { panic!("a task failed: secret detail") };
            tokio::spawn(task.in_current_request());
            "a task that panics was started\n".into_response()
        }
    }
}

/// A good head and 4 KiB, then a panic where the next chunk is made.
fn boom_in_body() -> Response {
    let chunks = stream::unfold(true, |first| async move {
        if !first {
            // Lets the server send what it has, as a slow source would.
            tokio::task::yield_now().await;
            panic!("the body failed: secret detail");
        }
        Some((Ok::<_, Infallible>(Bytes::from(vec![b'x'; 4096])), false))
    });
    Body::from_stream(chunks).into_response()
}

#[derive(Deserialize)]
struct Err {
    kind: ErrKind,
}

#[derive(Deserialize)]
enum ErrKind {
    #[serde(rename = "404")]
    NotFound,
    #[serde(rename = "500")]
    Internal,
}

async fn err(Query(Err { kind }): Query<Err>) -> Result<String, Error> {
    match kind {
        ErrKind::NotFound => Err(Error::not_found("there is no such order")),
        ErrKind::Internal => load_order().context("loading an order"),
    }
}

fn load_order() -> Result<String, DatabaseError> {
    Err(DatabaseError)
}

/// A message as database drivers write them, with what nobody should see.
#[derive(Debug)]
struct DatabaseError;

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("could not connect with user=shop password=hunter2")
    }
}

impl std::error::Error for DatabaseError {}
