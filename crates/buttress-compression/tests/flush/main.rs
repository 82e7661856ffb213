//! When the output of a stream is handed on.

mod handle;
mod modes;
#[path = "../support_body/mod.rs"]
mod support_body;

use buttress_compression::{CompressionHint, CompressionLayer, Encoding, Flush, FlushHandle};
use buttress_testing::{Gate, ScriptedBody, within};
use bytes::Bytes;
use http::Response;
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex, mpsc},
    task::{Context, Poll, Waker},
    time::Duration,
};
use support_body::{
    answer, assert_same, codings, decoded, decoded_so_far, encoded, events, html, page,
    poller::Poller,
};

const INTERVAL: Duration = Duration::from_millis(10);
/// The size of a row of a table, or a line of a log.
const CHUNK: usize = 94;

/// Chunks of a page, each behind a gate but the first.
struct Gated {
    page: Bytes,
    gates: Vec<Gate>,
}

impl Gated {
    fn new(chunks: usize) -> Self {
        Self {
            page: page(chunks * CHUNK),
            gates: (1..=chunks).map(|_| Gate::new()).collect(),
        }
    }

    /// Ends behind the last gate.
    fn body(&self) -> ScriptedBody {
        let chunks = self.page.chunks(CHUNK).map(Bytes::copy_from_slice);
        let chunks = chunks.zip(&self.gates);
        chunks.fold(ScriptedBody::new(), |body, (chunk, gate)| {
            body.data(chunk).hold(gate)
        })
    }

    fn open(&self, gate: usize) {
        self.gates[gate].open();
    }

    /// The first chunks.
    fn start(&self, chunks: usize) -> &[u8] {
        &self.page[..chunks * CHUNK]
    }
}

/// Asserts that the client can read just that.
#[track_caller]
fn assert_readable<B>(poller: &Poller<B>, coding: Encoding, expected: &[u8])
where
    B: http_body::Body<Data = Bytes, Error = buttress_compression::BoxError>,
{
    assert_same(&decoded_so_far(coding, poller.data()), expected, coding);
}

fn with_handle<B>(mut response: Response<B>, handle: &FlushHandle) -> Response<B> {
    response.extensions_mut().insert(handle.clone());
    response
}
