//! One request and its response's head, over one connection or a second one.

use crate::{
    body::{Driver, Limits, ResponseBody},
    error::{Error, Kind},
    framing,
    headers::{hop_by_hop, seen::Seen},
    http1::{self, Http1, Progress},
    http2,
    outgoing::{Outgoing, Upload},
    pool::Lease,
    proxy::Shared,
    upgrade::{self, Asked},
};
use http::{
    HeaderValue, Request, Response, StatusCode,
    header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, UPGRADE},
};
use hyper::{body::Incoming, client::conn::TrySendError};
use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};
use tokio::time::{Instant, timeout_at};

/// A request as the upstream gets it.
pub(crate) struct Outbound {
    pub(crate) request: Request<Outgoing>,
    /// Of a body that is not empty.
    pub(crate) upload: Option<Arc<Upload>>,
    pub(crate) asked: Option<Asked>,
    /// Whether it may be sent twice (RFC 9110 §9.2.2), and can be.
    pub(crate) is_repeatable: bool,
}

/// Why there is no response, and the request if none of it was sent.
struct Unanswered {
    error: Error,
    request: Option<Request<Outgoing>>,
}

impl Unanswered {
    /// Boxed, since a request is large and this is rare.
    fn new(error: Error, request: Option<Request<Outgoing>>) -> Box<Self> {
        Box::new(Self { error, request })
    }
}

pub(crate) async fn run(
    shared: Arc<Shared>,
    outbound: Outbound,
) -> Result<Response<ResponseBody>, Error> {
    let limit = shared.settings.timeouts.whole;
    // A limit beyond what clocks can tell is none.
    let Some(whole) = limit.and_then(|limit| Instant::now().checked_add(limit)) else {
        return either(&shared, outbound, None).await;
    };
    match timeout_at(whole, either(&shared, outbound, Some(whole))).await {
        Ok(result) => result,
        Err(_) => Err(Error::new(Kind::WholeTimeout)),
    }
}

async fn either(
    shared: &Shared,
    outbound: Outbound,
    whole: Option<Instant>,
) -> Result<Response<ResponseBody>, Error> {
    match &shared.http2 {
        Some(http2) => http2::exchange(shared, http2, outbound, whole).await,
        None => exchange(shared, outbound, whole).await,
    }
}

async fn exchange(
    shared: &Shared,
    outbound: Outbound,
    whole: Option<Instant>,
) -> Result<Response<ResponseBody>, Error> {
    let mut lease = shared.pool.lease().await?;
    let Outbound {
        request,
        upload,
        asked,
        is_repeatable,
    } = outbound;
    let is_reused = !lease.is_empty();
    let spare =
        (is_reused && is_repeatable && shared.settings.retries).then(|| copy(&request, shared));
    let upload = upload.as_ref();
    let mut answered = attempt(shared, &mut lease, request, upload).await;
    if is_reused && shared.settings.retries {
        // An idle connection may close while a request is on its way to it. Once
        // an answer has begun, there is an answer, however bad.
        let again = match &mut answered {
            Err(unanswered) if is_silent(&mut lease, &unanswered.error) => {
                unanswered.request.take().or(spare)
            }
            _ => None,
        };
        if let Some(request) = again {
            lease.close();
            answered = attempt(shared, &mut lease, request, upload).await;
        }
    }
    let response = answered.map_err(|unanswered| unanswered.error)?;
    let limits = Limits {
        idle: shared.settings.timeouts.idle,
        whole,
    };
    answer(shared, response, lease, asked, upload, limits)
}

/// Whether a connection ended without a word.
fn is_silent(lease: &mut Lease<Http1>, error: &Error) -> bool {
    let has_ended = matches!(error.kind(), Kind::Closed | Kind::Unsent);
    let http1 = lease.item();
    has_ended && http1.is_some_and(|http1| !http1.traffic().has_read())
}

/// A request without a body once more. Of its extensions hyper reads the case of its
/// fields; to copy them all is dear.
pub(crate) fn copy(request: &Request<Outgoing>, shared: &Shared) -> Request<Outgoing> {
    let mut copy = Request::new(Outgoing::empty());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    if shared.settings.header_case {
        *copy.extensions_mut() = request.extensions().clone();
    }
    copy
}

/// Sends a request, over a new connection if there is none, and waits for a head.
async fn attempt(
    shared: &Shared,
    lease: &mut Lease<Http1>,
    request: Request<Outgoing>,
    upload: Option<&Arc<Upload>>,
) -> Result<Response<Incoming>, Box<Unanswered>> {
    if lease.is_empty() {
        match shared.open().await {
            Ok(http1) => lease.open(http1),
            Err(error) => {
                return Err(Unanswered::new(error, Some(request)));
            }
        }
    }
    let Some(http1) = lease.item() else {
        let error = Error::new(Kind::Unsent);
        return Err(Unanswered::new(error, Some(request)));
    };
    let limit = shared.settings.timeouts.head;
    let mut progress = Progress::new(limit);
    let mut answered = pin!(http1.send(request));
    http1.deadline.set(Instant::now().checked_add(limit));
    poll_fn(|cx| {
        let over = http1.poll(cx);
        // Whatever comes, comes of polling the connection: only that wakes.
        let mut unwoken = Context::from_waker(Waker::noop());
        if let Poll::Ready(answered) = answered.as_mut().poll(&mut unwoken) {
            return Poll::Ready(answered.map_err(|error| unanswered(http1, upload, error)));
        }
        if over.is_ready() {
            let error = Error::new(Kind::Closed);
            return Poll::Ready(Err(Unanswered::new(error, None)));
        }
        if let Some(upload) = upload {
            watch(http1, upload, &mut progress);
        }
        http1
            .deadline
            .poll(cx)
            .map(|()| Err(Unanswered::new(Error::new(Kind::HeadTimeout), None)))
    })
    .await
}

/// Looks after a body that is on its way.
fn watch(http1: &mut Http1, upload: &Upload, progress: &mut Progress) {
    if upload.is_held() && http1.traffic().has_read() {
        // Not a final head, or we were not here: 100, or some other 1xx.
        upload.release();
    }
    if !upload.has_ended() {
        progress.note(http1, upload);
    }
}

fn unanswered(
    http1: &Http1,
    upload: Option<&Arc<Upload>>,
    mut error: TrySendError<Request<Outgoing>>,
) -> Box<Unanswered> {
    let request = error.take_message();
    let error = error.into_error();
    let kind = match upload.and_then(|upload| upload.failure()) {
        Some(kind) => kind,
        None if error.is_parse() => Kind::Protocol,
        None if request.is_some() || http1.traffic().written() == 0 => Kind::Unsent,
        None => Kind::Closed,
    };
    Unanswered::new(Error::because(kind, error), request)
}

/// Makes an upstream's response one for the client.
fn answer(
    shared: &Shared,
    mut response: Response<Incoming>,
    mut lease: Lease<Http1>,
    asked: Option<Asked>,
    upload: Option<&Arc<Upload>>,
    limits: Limits,
) -> Result<Response<ResponseBody>, Error> {
    let has_switched = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    let protocol = has_switched.then(|| response.headers_mut().remove(UPGRADE));
    let (mut response, is_ambiguous) = settle(shared, response)?;
    if let (true, Some(http1)) = (is_ambiguous, lease.item()) {
        http1.use_no_more();
    }
    let over_http2 = asked.as_ref().is_some_and(Asked::is_websocket_over_http2);
    let driver = match asked.filter(|asked| asked.is_granted(&response)) {
        Some(asked) => {
            switch(&mut response, protocol.flatten());
            if over_http2 {
                say_as_http2_does(&mut response);
            }
            if let Some(http1) = lease.into_item() {
                upgrade::join(asked, http1, &shared.settings.tunnels);
            }
            Driver::Elsewhere
        }
        None if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
            return Err(Error::because(Kind::Protocol, "101 that nobody asked for"));
        }
        // A client over HTTP/2 would take it for a tunnel.
        None if over_http2 && response.status().is_success() => {
            return Err(Error::because(Kind::Protocol, "success, but no WebSocket"));
        }
        None => driver(lease, upload, &limits),
    };
    Ok(response.map(|incoming| ResponseBody::new(incoming, driver, limits)))
}

/// Checks a response's head, and takes out of it what is for one hop.
pub(crate) fn settle(
    shared: &Shared,
    mut response: Response<Incoming>,
) -> Result<(Response<Incoming>, bool), Error> {
    let seen = Seen::of(response.headers());
    let is_ambiguous = framing::settle_response(&mut response, seen)?;
    hop_by_hop::strip(response.headers_mut(), seen);
    shared.mark(&mut response);
    Ok((response, is_ambiguous))
}

/// The head of a response that ends HTTP on a connection.
fn switch(response: &mut Response<Incoming>, protocol: Option<HeaderValue>) {
    // It would be that of the wrong connection.
    response
        .extensions_mut()
        .remove::<hyper::upgrade::OnUpgrade>();
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return;
    }
    if let Some(protocol) = protocol {
        response.headers_mut().insert(UPGRADE, protocol);
    }
    let upgrade = HeaderValue::from_static("upgrade");
    response.headers_mut().insert(CONNECTION, upgrade);
}

/// RFC 8441 §5: success instead of 101, and no proof of the key, which was ours.
fn say_as_http2_does(response: &mut Response<Incoming>) {
    *response.status_mut() = StatusCode::OK;
    for name in [UPGRADE, CONNECTION, SEC_WEBSOCKET_ACCEPT] {
        response.headers_mut().remove(name);
    }
}

fn driver(lease: Lease<Http1>, upload: Option<&Arc<Upload>>, limits: &Limits) -> Driver {
    match upload {
        Some(upload) if upload.is_held() => {
            // The upstream answered and did not want the body. The connection
            // ends with the response, since it still owes that body.
            upload.hold_for_good();
            Driver::Here(lease)
        }
        Some(upload) if !upload.has_ended() => {
            tokio::spawn(http1::finish(lease, upload.clone(), limits.idle));
            Driver::Elsewhere
        }
        _ => Driver::Here(lease),
    }
}
