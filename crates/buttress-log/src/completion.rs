//! When a response is complete, by the rules that every layer shares: the head
//! says what will come, and each frame what is left.

use crate::Outcome;
use http::{HeaderMap, Method, StatusCode, header::CONTENT_LENGTH};
use http_body::{Body, Frame};

/// What is kept of a request for its response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) is_head: bool,
    pub(crate) is_connect: bool,
}

impl Asked {
    pub(crate) fn of<B>(request: &http::Request<B>) -> Self {
        Self {
            is_head: request.method() == Method::HEAD,
            is_connect: request.method() == Method::CONNECT,
        }
    }
}

/// Follows a body until it is complete.
#[derive(Debug)]
pub(crate) struct Completion {
    /// How many bytes will still come, where that is known.
    left: Option<u64>,
}

impl Completion {
    /// `None` if the response has no body on the wire.
    pub(crate) fn begin<B: Body>(
        asked: Asked,
        status: StatusCode,
        headers: &HeaderMap,
        body: &B,
    ) -> Option<Self> {
        let bodiless = asked.is_head
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            || (asked.is_connect && status.is_success());
        if bodiless || body.is_end_stream() {
            return None;
        }
        let announced = headers.get(CONTENT_LENGTH);
        let announced = announced.and_then(|value| value.to_str().ok()?.parse().ok());
        let left = announced.or_else(|| body.size_hint().exact());
        (left != Some(0)).then_some(Self { left })
    }

    /// How a body has ended after which nothing comes: one that is shorter than was
    /// announced is cut on the wire.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.left {
            None | Some(0) => Outcome::Ok,
            Some(_) => Outcome::Error,
        }
    }

    /// Whether the frame was the last. What is true of the body after it,
    /// `is_end_stream`, is the caller's to ask.
    pub(crate) fn ends_with<D: bytes::Buf>(&mut self, frame: &Frame<D>) -> bool {
        let Some(data) = frame.data_ref() else {
            return frame.is_trailers();
        };
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(data.remaining() as u64);
        }
        self.left == Some(0)
    }
}
