use super::head::take_trailers;
use crate::wire::{Head, Piece};
use bytes::{Buf, BytesMut};
use http::{HeaderMap, Method, StatusCode, header};
use httparse::Status;

/// How the end of a body is told (RFC 9112 §6.3).
#[derive(Clone, Debug)]
pub(super) enum Framing {
    Empty,
    Chunked,
    Trailers,
    Length(u64),
    UntilClose,
}

pub(super) enum Step {
    Piece(Piece),
    NeedsMore,
}

impl Framing {
    pub(super) fn of(method: &Method, head: &Head) -> Self {
        let status = head.status;
        let is_tunnel = method == Method::CONNECT && status.is_success();
        let is_empty = status.is_informational()
            || [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status);
        if method == Method::HEAD || is_empty || is_tunnel {
            return Self::Empty;
        }
        match (
            head.headers.get(header::TRANSFER_ENCODING),
            head.header("content-length"),
        ) {
            (Some(coding), None) => {
                assert_eq!(coding, "chunked", "an unexpected transfer coding");
                Self::Chunked
            }
            (None, Some(len)) => Self::Length(len.parse().expect("a valid length")),
            (None, None) => Self::UntilClose,
            (Some(_), Some(_)) => panic!("Content-Length beside Transfer-Encoding"),
        }
    }

    pub(super) fn take(&mut self, buffer: &mut BytesMut) -> Step {
        match self {
            Self::Empty | Self::Length(0) => Step::Piece(Piece::End(HeaderMap::new())),
            Self::Chunked => self.take_chunk(buffer),
            Self::Trailers => match take_trailers(buffer) {
                Some(trailers) => Step::Piece(Piece::End(trailers)),
                None => Step::NeedsMore,
            },
            Self::UntilClose | Self::Length(_) if buffer.is_empty() => Step::NeedsMore,
            Self::UntilClose => Step::Piece(Piece::Data(buffer.split().freeze())),
            Self::Length(left) => {
                let len =
                    usize::try_from(*left).map_or(buffer.len(), |left| left.min(buffer.len()));
                *left -= len as u64;
                Step::Piece(Piece::Data(buffer.split_to(len).freeze()))
            }
        }
    }

    fn take_chunk(&mut self, buffer: &mut BytesMut) -> Step {
        let parsed = httparse::parse_chunk_size(buffer).expect("a valid chunk size");
        let Status::Complete((start, len)) = parsed else {
            return Step::NeedsMore;
        };
        if len == 0 {
            buffer.advance(start);
            *self = Self::Trailers;
            return self.take(buffer);
        }
        let len = usize::try_from(len).expect("a chunk that fits into memory");
        if buffer.len() < start + len + 2 {
            return Step::NeedsMore;
        }
        buffer.advance(start);
        let data = buffer.split_to(len).freeze();
        assert_eq!(
            &buffer.split_to(2)[..],
            b"\r\n",
            "no line end after a chunk"
        );
        Step::Piece(Piece::Data(data))
    }
}
