use crate::{Outcome, TraceParent, Value, exchange::Exchange};
use http::{HeaderName, Method, StatusCode, Uri, Version};
use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, SystemTime},
};
use tracing::Level;

/// What is known of an exchange when it has ended.
///
/// Bytes that came from outside may be anything a header can hold, quotes and bytes
/// that are no UTF-8 included: a [`Format`](crate::Format) escapes them.
#[derive(Debug)]
pub struct Record<'a> {
    pub(crate) exchange: &'a Exchange,
    pub(crate) outcome: Outcome,
    pub(crate) total: Duration,
    pub(crate) level: Level,
    pub(crate) is_slow: bool,
    pub(crate) sample: u32,
    pub(crate) dropped: u64,
}

/// Of the request.
impl<'a> Record<'a> {
    /// When it came.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        self.exchange.time
    }

    /// Its method, which may be any token.
    #[must_use]
    pub fn method(&self) -> &'a Method {
        &self.exchange.method
    }

    /// Path and query, piece by piece, with the values that are to be redacted
    /// replaced; the authority of a `CONNECT`.
    pub fn target(&self, mut piece: impl FnMut(&'a [u8])) {
        let uri = self.uri();
        let Some(target) = uri.path_and_query() else {
            return piece(uri.authority().map_or("", |it| it.as_str()).as_bytes());
        };
        let Some(query) = target.query() else {
            return piece(target.as_str().as_bytes());
        };
        piece(target.path().as_bytes());
        piece(b"?");
        self.exchange
            .config
            .parameters
            .redact_query(query.as_bytes(), piece);
    }

    /// Its path alone.
    #[must_use]
    pub fn path(&self) -> &'a [u8] {
        self.uri().path().as_bytes()
    }

    /// Whether there is a [`query`](Self::query).
    #[must_use]
    pub fn has_query(&self) -> bool {
        self.uri().query().is_some()
    }

    /// What comes behind the `?`, redacted.
    pub fn query(&self, piece: impl FnMut(&'a [u8])) {
        let query = self.uri().query().unwrap_or_default();
        self.exchange
            .config
            .parameters
            .redact_query(query.as_bytes(), piece);
    }

    /// `HTTP/1.1` and the like.
    #[must_use]
    pub fn version(&self) -> &'static str {
        match self.exchange.version {
            Version::HTTP_09 => "HTTP/0.9",
            Version::HTTP_10 => "HTTP/1.0",
            Version::HTTP_2 => "HTTP/2.0",
            Version::HTTP_3 => "HTTP/3.0",
            _ => "HTTP/1.1",
        }
    }

    /// The route it matched, if it is known.
    #[must_use]
    pub fn route(&self) -> Option<&'a str> {
        self.exchange.route.as_str()
    }

    /// Visible ASCII, at most 128 bytes.
    #[must_use]
    pub fn request_id(&self) -> &'a str {
        self.exchange.id.to_str().unwrap_or("-")
    }

    /// The trace it belongs to, if its `traceparent` says so.
    #[must_use]
    pub fn trace(&self) -> Option<&'a TraceParent> {
        self.exchange.trace.as_ref()
    }

    /// The address of the client: what the app's function found, else that of the
    /// connection.
    #[must_use]
    pub fn client(&self) -> Option<IpAddr> {
        let peer = || self.peer().map(|peer| peer.ip());
        self.exchange.client.or_else(peer)
    }

    /// The other end of the connection, if the server told.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.exchange.peer
    }

    /// `User-Agent`, for a format that [shows it](crate::Format::shows_user_agent).
    #[must_use]
    pub fn user_agent(&self) -> Option<&'a [u8]> {
        self.exchange
            .user_agent
            .as_ref()
            .map(|value| value.as_bytes())
    }

    /// `Referer`, redacted as a target, for a format that
    /// [shows it](crate::Format::shows_referer). False if there is none.
    pub fn referer(&self, piece: impl FnMut(&'a [u8])) -> bool {
        let Some(referer) = &self.exchange.referer else {
            return false;
        };
        self.exchange
            .config
            .parameters
            .redact(referer.as_bytes(), piece);
        true
    }

    /// The chosen headers that were there.
    pub fn headers(&self) -> impl Iterator<Item = (&'a HeaderName, &'a [u8])> + use<'a> {
        let kept = self.exchange.headers.iter();
        kept.map(|(name, value)| (name, value.as_bytes()))
    }

    /// As [`request_id`](Self::request_id), without a look at each byte.
    pub(crate) fn request_id_bytes(&self) -> &'a [u8] {
        self.exchange.id.as_bytes()
    }

    /// As [`route`](Self::route), likewise.
    pub(crate) fn route_bytes(&self) -> Option<&'a [u8]> {
        self.exchange.route.as_bytes()
    }

    fn uri(&self) -> &'a Uri {
        &self.exchange.uri
    }
}

/// Of the response.
impl<'a> Record<'a> {
    /// What was sent; 499 if the client left before, and nothing if the service failed
    /// without an answer.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self.outcome {
            Outcome::AbortedBeforeHead => StatusCode::from_u16(499).ok(),
            _ => self.exchange.status,
        }
    }

    /// How it ended.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The bytes of the body that were handed to the server, after any coding further
    /// in. What it had not sent yet when the client left counts as well.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.exchange.bytes
    }

    /// From the call to the head, if there was one.
    #[must_use]
    pub fn time_to_head(&self) -> Option<Duration> {
        self.exchange.time_to_head
    }

    /// From the call to the end of the body, or to what came instead.
    #[must_use]
    pub fn total_time(&self) -> Duration {
        self.total
    }

    /// From the head or the trailers.
    #[must_use]
    pub fn grpc_status(&self) -> Option<u16> {
        self.exchange.grpc_status
    }

    /// The chosen headers that were there.
    pub fn response_headers(&self) -> impl Iterator<Item = (&'a HeaderName, &'a [u8])> + use<'a> {
        let kept = self.exchange.response_headers.iter();
        kept.map(|(name, value)| (name, value.as_bytes()))
    }
}

/// Of the line.
impl<'a> Record<'a> {
    /// How much it matters.
    #[must_use]
    pub fn level(&self) -> Level {
        self.level
    }

    /// Whether the whole took as long as the threshold or longer.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        self.is_slow
    }

    /// The fields of the app's own.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &'a Value)> + use<'a> {
        self.exchange
            .fields
            .iter()
            .map(|(name, value)| (*name, value))
    }

    /// For how many requests the line stands.
    #[must_use]
    pub fn sample(&self) -> u32 {
        self.sample
    }

    /// How many lines were lost since a line last told.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}
