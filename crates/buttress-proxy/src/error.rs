use http::StatusCode;
use std::{error::Error as StdError, fmt};

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a request got no answer, or an answer broke off.
///
/// The questions sort errors by what a caller can do about them: ask another
/// upstream, tell the client, or neither. [`status`](Self::status) is what an
/// [error page](crate::ErrorPageLayer) says; `source` has the cause.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    source: Option<BoxError>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Connect,
    ConnectTimeout,
    Busy,
    Unsent,
    HeadTimeout,
    IdleTimeout,
    WholeTimeout,
    Closed,
    Protocol,
    Refused,
    Coding,
    Tunnel,
    TooLarge,
    Upload,
    UploadTimeout,
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, source: None }
    }

    pub(crate) fn because(kind: Kind, source: impl Into<BoxError>) -> Self {
        Self {
            kind,
            source: Some(source.into()),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether nothing of the request was sent: no connection came to be, none was
    /// free, or it had closed. Any request can be sent elsewhere.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(
            self.kind,
            Kind::Connect | Kind::ConnectTimeout | Kind::Busy | Kind::Unsent
        )
    }

    /// Whether all connections were in use for as long as a request may wait:
    /// the upstream is not at fault. Also [`is_connect`](Self::is_connect).
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.kind == Kind::Busy
    }

    /// Whether the upstream took too long.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(
            self.kind,
            Kind::ConnectTimeout | Kind::HeadTimeout | Kind::IdleTimeout | Kind::WholeTimeout
        )
    }

    /// Whether the upstream broke HTTP: it closed early, or what it sent is
    /// malformed, too large or ambiguous.
    #[must_use]
    pub fn is_protocol(&self) -> bool {
        matches!(self.kind, Kind::Closed | Kind::Protocol)
    }

    /// Whether the request's own bytes are: two readers could read them differently.
    pub(crate) fn is_ambiguous(&self) -> bool {
        matches!(self.kind, Kind::Refused | Kind::Coding)
    }

    /// Whether the request is at fault, so that no other upstream would do.
    #[must_use]
    pub fn is_request(&self) -> bool {
        self.status().is_client_error() || self.status() == StatusCode::NOT_IMPLEMENTED
    }

    /// What to tell the client: 502, 503 and 504 of the upstream, 400, 408, 413
    /// and 501 of the request.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self.kind {
            Kind::Connect | Kind::Unsent | Kind::Closed | Kind::Protocol => StatusCode::BAD_GATEWAY,
            Kind::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Kind::ConnectTimeout | Kind::HeadTimeout | Kind::IdleTimeout | Kind::WholeTimeout => {
                StatusCode::GATEWAY_TIMEOUT
            }
            Kind::Refused | Kind::Upload => StatusCode::BAD_REQUEST,
            Kind::Coding | Kind::Tunnel => StatusCode::NOT_IMPLEMENTED,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::UploadTimeout => StatusCode::REQUEST_TIMEOUT,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Connect => "cannot connect to the upstream",
            Kind::ConnectTimeout => "connecting to the upstream took too long",
            Kind::Busy => "all connections to the upstream are in use",
            Kind::Unsent => "the connection to the upstream had closed",
            Kind::HeadTimeout => "the upstream sent no head in time",
            Kind::IdleTimeout => "the upstream stopped sending its body",
            Kind::WholeTimeout => "the exchange with the upstream took too long",
            Kind::Closed => "the upstream closed the connection early",
            Kind::Protocol => "the upstream broke the protocol",
            Kind::Refused => "the request is ambiguous or malformed",
            Kind::Coding => "the request has a transfer coding other than chunked",
            Kind::Tunnel => "tunnels are not allowed here",
            Kind::TooLarge => "the body of the request is too large",
            Kind::Upload => "the body of the request broke off",
            Kind::UploadTimeout => "the client stopped sending its body",
        })
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}
