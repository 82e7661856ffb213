//! What a client sees of a response, over HTTP/1 and HTTP/2 alike.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Version};

/// The head of a response.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Head {
    /// The status.
    pub status: StatusCode,
    /// The version on the wire.
    pub version: Version,
    /// The header fields.
    pub headers: HeaderMap,
    /// The bytes as they came, up to the empty line; empty over HTTP/2.
    pub raw: Bytes,
}

impl Head {
    /// The value of a field that stands at most once, as text.
    ///
    /// # Panics
    ///
    /// If it stands there more often, or is not visible ASCII.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        assert!(values.next().is_none(), "{name} stands there twice");
        Some(value.to_str().expect("a value in visible ASCII"))
    }
}

/// The next thing of a body on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Piece {
    /// One chunk of a chunked body, one DATA frame of HTTP/2; of other bodies
    /// whatever bytes had come.
    Data(Bytes),
    /// The end that the framing promised, with the trailers.
    End(HeaderMap),
    /// The end of the connection or the stream before that.
    Cut(Cut),
}

/// How a body broke off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cut {
    /// HTTP/1: what had come of an unfinished chunk.
    pub partial: Bytes,
    /// HTTP/2: the reason of the reset, where there was one.
    pub reset: Option<::h2::Reason>,
}

/// A whole body.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Received {
    /// The chunks or frames of data.
    pub pieces: Vec<Bytes>,
    /// The trailers; empty where none came.
    pub trailers: HeaderMap,
    /// How it broke off, if it did.
    pub cut: Option<Cut>,
}

impl Received {
    /// All data in one piece, as far as it came.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        self.pieces.concat().into()
    }

    /// All data of a body that must have ended as its framing promised.
    ///
    /// # Panics
    ///
    /// If it was cut off.
    #[must_use]
    pub fn complete(&self) -> Bytes {
        assert!(self.cut.is_none(), "the body was cut off: {:?}", self.cut);
        self.bytes()
    }

    /// Takes the next piece; `true` if it was the last.
    pub(crate) fn take(&mut self, piece: Piece) -> bool {
        match piece {
            Piece::Data(data) => {
                self.pieces.push(data);
                return false;
            }
            Piece::End(trailers) => self.trailers = trailers,
            Piece::Cut(cut) => self.cut = Some(cut),
        }
        true
    }
}
