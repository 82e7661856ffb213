//! A request and its response, followed to their end.

use crate::{
    Outcome, Record, RequestHead, TraceParent, Value, layer::Config, line, peer, request_id,
    route::Route, traceparent,
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version,
    header::{REFERER, USER_AGENT},
};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    thread,
    time::{Duration, Instant, SystemTime},
};
use tracing::Level;

/// What a record is made of. The one allocation of a request.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) config: Arc<Config>,
    pub(crate) time: SystemTime,
    started: Instant,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) version: Version,
    pub(crate) route: Route,
    pub(crate) id: HeaderValue,
    pub(crate) trace: Option<TraceParent>,
    pub(crate) client: Option<IpAddr>,
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) user_agent: Option<HeaderValue>,
    pub(crate) referer: Option<HeaderValue>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) response_headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) fields: Vec<(&'static str, Value)>,
    pub(crate) status: Option<StatusCode>,
    pub(crate) time_to_head: Option<Duration>,
    pub(crate) grpc_status: Option<u16>,
    pub(crate) bytes: u64,
}

/// An exchange that has not ended. Dropped, it ends as aborted, or as an error if it
/// was in the middle of a poll: then something panicked.
#[derive(Debug)]
pub(crate) struct Pending {
    exchange: Option<Box<Exchange>>,
    is_polled: bool,
}

impl Pending {
    /// Takes what the record needs of the request, and settles its ids.
    pub(crate) fn begin<B>(config: &Arc<Config>, request: &mut Request<B>) -> Self {
        let (time, started) = config.clock.now();
        let headers = request.headers_mut();
        let id = request_id::settle(headers, config.trust_ids);
        let trace = traceparent::settle(headers, config.trust_ids);
        let head = RequestHead::of(request);
        let mut exchange = Box::new(Exchange {
            time,
            started,
            method: head.method.clone(),
            uri: peer::uri(&head),
            version: head.version,
            route: Route::Unmatched,
            id,
            trace,
            client: None,
            peer: peer::address(head.extensions),
            user_agent: None,
            referer: None,
            headers: config.headers.of(head.headers),
            response_headers: Vec::new(),
            fields: Vec::new(),
            status: None,
            time_to_head: None,
            grpc_status: None,
            bytes: 0,
            config: Arc::clone(config),
        });
        if config.format.shows_user_agent() {
            exchange.user_agent = head.headers.get(USER_AGENT).cloned();
        }
        if config.format.shows_referer() {
            exchange.referer = head.headers.get(REFERER).cloned();
        }
        let mut pending = Self {
            exchange: Some(exchange),
            is_polled: false,
        };
        // Last, for one of the app's functions may panic, and that is to have a line.
        pending.ask(&head);
        pending
    }

    /// Takes what the app's own functions find.
    fn ask(&mut self, head: &RequestHead<'_>) {
        let Some(exchange) = self.exchange.as_deref_mut() else {
            return;
        };
        let config = &exchange.config;
        exchange.route = Route::of(head.extensions, config.route.as_deref());
        exchange.client = config.client.as_ref().and_then(|find| find(head));
        exchange.fields = config.request_fields.of(head.extensions);
    }

    /// Runs what may panic. Whoever catches that may drop us much later, when the thread
    /// no longer unwinds.
    pub(crate) fn poll<T>(&mut self, poll: impl FnOnce() -> T) -> T {
        self.is_polled = true;
        let polled = poll();
        self.is_polled = false;
        polled
    }

    /// Takes what the record needs of the response, and gives it the request's id.
    pub(crate) fn answer<B>(&mut self, response: &mut Response<B>) {
        let Some(exchange) = &mut self.exchange else {
            return;
        };
        let config = &exchange.config;
        exchange.time_to_head = Some(config.clock.since(exchange.started));
        exchange.status = Some(response.status());
        // Where there is gRPC there is HTTP/2; all others need not be asked.
        if exchange.version > Version::HTTP_11 {
            exchange.grpc_status = grpc_status(response.headers());
        }
        exchange.response_headers = config.response_headers.of(response.headers());
        let found = config.response_fields.of(response.extensions());
        exchange.fields.extend(found);
        if config.send_id {
            let name = &request_id::X_REQUEST_ID;
            response.headers_mut().insert(name, exchange.id.clone());
        }
    }

    pub(crate) fn exchange(&self) -> Option<&Exchange> {
        self.exchange.as_deref()
    }

    pub(crate) fn count(&mut self, bytes: usize) {
        if let Some(exchange) = &mut self.exchange {
            exchange.bytes += bytes as u64;
        }
    }

    pub(crate) fn trailers(&mut self, trailers: &HeaderMap) {
        if let Some(exchange) = &mut self.exchange {
            exchange.grpc_status = grpc_status(trailers).or(exchange.grpc_status);
        }
    }

    pub(crate) fn end(&mut self, outcome: Outcome) {
        if let Some(exchange) = self.exchange.take() {
            exchange.end(outcome);
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let Some(exchange) = self.exchange.take() else {
            return;
        };
        let outcome = match exchange.status {
            // It is not the client's leaving that unwinds a task.
            _ if self.is_polled || thread::panicking() => Outcome::Error,
            None => Outcome::AbortedBeforeHead,
            Some(_) => Outcome::AbortedInBody,
        };
        exchange.end(outcome);
    }
}

impl Exchange {
    fn end(&self, outcome: Outcome) {
        let total = self.config.clock.since(self.started);
        line::write(Record {
            exchange: self,
            outcome,
            total,
            level: Level::INFO,
            is_slow: self.config.control.is_slow(total),
            sample: 1,
            dropped: 0,
        });
    }
}

// A static, for a name that is given as text is parsed each time.
static GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");

fn grpc_status(headers: &HeaderMap) -> Option<u16> {
    headers.get(&GRPC_STATUS)?.to_str().ok()?.parse().ok()
}
