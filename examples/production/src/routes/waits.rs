//! Handlers that take their time: one that keeps its worker thread from all
//! other requests meanwhile, and one that does not.

use super::Router;
use crate::state::App;
use axum::extract::{Query, State};
use axum::routing::get;
use buttress::error::{Error, ResultExt};
use serde::Deserialize;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A minute: longer than any drain deadline that one would set.
const LONGEST_HOLD: u64 = 60_000;

pub(crate) fn router() -> Router {
    Router::new()
        .route("/block", get(block))
        .route("/hold", get(hold))
        .route("/inflight", get(inflight))
}

#[derive(Deserialize)]
struct Block {
    kind: Option<BlockKind>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum BlockKind {
    Fs,
}

/// What not to do, for buttress-sync-io to find: both lines stop the worker. The
/// log names them.
async fn block(
    State(app): State<Arc<App>>,
    Query(Block { kind }): Query<Block>,
) -> Result<String, Error> {
    match kind {
        None => {
            std::thread::sleep(Duration::from_millis(50));
            Ok("slept for 50 ms on a worker thread\n".to_owned())
        }
        Some(BlockKind::Fs) => {
            let file = app.settings.assets.join("bundle.css");
            let bytes = std::fs::read(file).context("reading an asset")?;
            Ok(format!("read {} bytes on a worker thread\n", bytes.len()))
        }
    }
}

#[derive(Deserialize)]
struct Hold {
    #[serde(default = "a_second")]
    ms: u64,
}

fn a_second() -> u64 {
    1000
}

/// What to do: the worker serves others while this one waits.
async fn hold(
    State(app): State<Arc<App>>,
    Query(Hold { ms }): Query<Hold>,
) -> Result<String, Error> {
    if ms > LONGEST_HOLD {
        return Err(Error::bad_request(format!("ms is at most {LONGEST_HOLD}")));
    }
    let _held = Held::new(app);
    tokio::time::sleep(Duration::from_millis(ms)).await;
    Ok(format!("held for {ms} ms\n"))
}

async fn inflight(State(app): State<Arc<App>>) -> String {
    app.held.load(Ordering::Relaxed).to_string()
}

/// Counts a request while it lives. A guard rather than two calls, since a
/// handler whose client goes away is dropped in the middle.
struct Held(Arc<App>);

impl Held {
    fn new(app: Arc<App>) -> Self {
        app.held.fetch_add(1, Ordering::Relaxed);
        Self(app)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.held.fetch_sub(1, Ordering::Relaxed);
    }
}
