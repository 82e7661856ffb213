//! The HTTP/2 connections to an upstream: few, and each for many requests.

use crate::{
    body::{Driver, Limits, ResponseBody},
    connect::Io,
    deadline::Deadline,
    error::{Error, Kind},
    exchange::{self, Outbound},
    outgoing::{Outgoing, Upload},
    proxy::Shared,
};
use http::{
    Request, Response, Uri, Version,
    header::{HOST, TRANSFER_ENCODING},
    uri::{Authority, Scheme},
};
use hyper::{
    body::Incoming,
    client::conn::{TrySendError, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

type Sender = http2::SendRequest<Outgoing>;
type Failed = TrySendError<Request<Outgoing>>;

/// Requests share connections, up to a number of them on each.
pub(crate) struct Http2 {
    builder: http2::Builder<TokioExecutor>,
    bounds: Bounds,
    /// Whoever has a permit has room on a connection, or for one.
    room: Arc<Semaphore>,
    waiting: AtomicUsize,
    connections: Mutex<Vec<Connection>>,
    /// Held while a connection is opened: whoever waits can use it, too.
    opening: tokio::sync::Mutex<()>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) connections: usize,
    pub(crate) streams: usize,
    pub(crate) waiting: usize,
    pub(crate) wait: Duration,
    pub(crate) head: u32,
}

struct Connection {
    sender: Sender,
    in_use: Arc<AtomicUsize>,
}

/// Room for one request, until it is dropped.
pub(crate) struct Stream {
    in_use: Arc<AtomicUsize>,
    _room: OwnedSemaphorePermit,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.in_use.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Http2 {
    pub(crate) fn new(bounds: Bounds) -> Self {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_header_list_size(bounds.head)
            // An upstream that is gone without a word is found out.
            .keep_alive_interval(Duration::from_secs(20))
            .keep_alive_timeout(Duration::from_secs(20));
        let most = bounds.connections.saturating_mul(bounds.streams);
        Self {
            builder,
            bounds,
            room: Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))),
            waiting: AtomicUsize::new(0),
            connections: Mutex::default(),
            opening: tokio::sync::Mutex::default(),
        }
    }

    async fn stream(&self, shared: &Shared) -> Result<(Sender, Stream, bool), Error> {
        let mut room = self.room().await?;
        match self.find(room) {
            Ok((sender, stream)) => return Ok((sender, stream, true)),
            Err(returned) => room = returned,
        }
        let _opening = self.opening.lock().await;
        match self.find(room) {
            Ok((sender, stream)) => return Ok((sender, stream, true)),
            Err(returned) => room = returned,
        }
        let io = shared.connect().await?;
        let (sender, stream) = self.open(io, room).await?;
        Ok((sender, stream, false))
    }

    async fn room(&self) -> Result<OwnedSemaphorePermit, Error> {
        if let Ok(room) = self.room.clone().try_acquire_owned() {
            return Ok(room);
        }
        let waiting = Waiting::new(&self.waiting);
        if waiting.before >= self.bounds.waiting {
            return Err(Error::new(Kind::Busy));
        }
        match timeout(self.bounds.wait, self.room.clone().acquire_owned()).await {
            Ok(Ok(room)) => Ok(room),
            _ => Err(Error::new(Kind::Busy)),
        }
    }

    /// A connection that is open and has room, or the room that was given.
    fn find(&self, room: OwnedSemaphorePermit) -> Result<(Sender, Stream), OwnedSemaphorePermit> {
        let mut connections = self.lock();
        connections.retain(|connection| !connection.sender.is_closed());
        let most = self.bounds.streams;
        let free = connections
            .iter()
            .find(|connection| connection.in_use.load(Ordering::Acquire) < most);
        match free {
            Some(connection) => Ok(connection.stream(room)),
            None => Err(room),
        }
    }

    async fn open(&self, io: Io, room: OwnedSemaphorePermit) -> Result<(Sender, Stream), Error> {
        let shaken = self.builder.handshake(TokioIo::new(io)).await;
        let (sender, connection) = shaken.map_err(|error| Error::because(Kind::Connect, error))?;
        tokio::spawn(async {
            // What ends it is seen by the requests on it.
            let _ = connection.await;
        });
        let connection = Connection {
            sender,
            in_use: Arc::default(),
        };
        let stream = connection.stream(room);
        self.lock().push(connection);
        Ok(stream)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    fn stream(&self, room: OwnedSemaphorePermit) -> (Sender, Stream) {
        self.in_use.fetch_add(1, Ordering::AcqRel);
        let stream = Stream {
            in_use: self.in_use.clone(),
            _room: room,
        };
        (self.sender.clone(), stream)
    }
}

/// Counts those who wait.
struct Waiting<'a> {
    count: &'a AtomicUsize,
    before: usize,
}

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        let before = count.fetch_add(1, Ordering::AcqRel);
        Self { count, before }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Sends a request, and again over another connection if the first had closed.
pub(crate) async fn exchange(
    shared: &Shared,
    http2: &Http2,
    outbound: Outbound,
    whole: Option<Instant>,
) -> Result<Response<ResponseBody>, Error> {
    let Outbound {
        mut request,
        upload,
        is_repeatable,
        ..
    } = outbound;
    address(&mut request, shared.settings.upstream.is_tls())?;
    let limits = Limits {
        idle: shared.settings.timeouts.idle,
        whole,
    };
    let head = shared.settings.timeouts.head;
    let (mut sender, mut stream, is_reused) = http2.stream(shared).await?;
    let is_reused = is_reused && shared.settings.retries;
    let spare = (is_reused && is_repeatable).then(|| exchange::copy(&request, shared));
    let mut answered = attempt(&mut sender, request, upload.as_ref(), head).await;
    if let (Err((error, returned)), true) = (&mut answered, is_reused) {
        let has_closed = matches!(error.kind(), Kind::Closed | Kind::Unsent);
        let again = returned.take().or(spare).filter(|_| has_closed);
        if let Some(request) = again {
            drop(stream);
            (sender, stream, _) = http2.stream(shared).await?;
            answered = attempt(&mut sender, request, upload.as_ref(), head).await;
        }
    }
    let response = answered.map_err(|(error, _)| error)?;
    let (response, _) = exchange::settle(shared, response)?;
    Ok(response.map(|incoming| ResponseBody::new(incoming, Driver::Stream(stream), limits)))
}

/// HTTP/2 has the host in the target, and no lengths but those of frames.
fn address(request: &mut Request<Outgoing>, is_tls: bool) -> Result<(), Error> {
    let headers = request.headers_mut();
    headers.remove(TRANSFER_ENCODING);
    let host = headers.remove(HOST);
    let host = host.as_ref().map_or(&b""[..], |host| host.as_bytes());
    let authority =
        Authority::try_from(host).map_err(|error| Error::because(Kind::Refused, error))?;
    let mut target = std::mem::take(request.uri_mut()).into_parts();
    target.scheme = Some(if is_tls { Scheme::HTTPS } else { Scheme::HTTP });
    target.authority = Some(authority);
    *request.uri_mut() =
        Uri::from_parts(target).map_err(|error| Error::because(Kind::Refused, error))?;
    *request.version_mut() = Version::HTTP_2;
    Ok(())
}

async fn attempt(
    sender: &mut Sender,
    request: Request<Outgoing>,
    upload: Option<&Arc<Upload>>,
    limit: Duration,
) -> Result<Response<Incoming>, (Error, Option<Request<Outgoing>>)> {
    let mut answered = pin!(sender.try_send_request(request));
    let mut deadline = Deadline::default();
    let mut progress = Progress::new(upload.cloned(), limit);
    poll_fn(|cx| {
        if let Poll::Ready(answered) = answered.as_mut().poll(cx) {
            return Poll::Ready(answered.map_err(|error| unanswered(upload, error)));
        }
        match progress.poll(&mut deadline, cx) {
            Poll::Ready(()) => Poll::Ready(Err((Error::new(Kind::HeadTimeout), None))),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

fn unanswered(
    upload: Option<&Arc<Upload>>,
    mut error: Failed,
) -> (Error, Option<Request<Outgoing>>) {
    let request = error.take_message();
    let error = error.into_error();
    let kind = match upload.and_then(|upload| upload.failure()) {
        Some(kind) => kind,
        None if request.is_some() => Kind::Unsent,
        None => Kind::Closed,
    };
    (Error::because(kind, error), request)
}

/// The time for a head, which begins anew while a body goes out.
struct Progress {
    upload: Option<Arc<Upload>>,
    frames: Option<u64>,
    limit: Duration,
}

impl Progress {
    fn new(upload: Option<Arc<Upload>>, limit: Duration) -> Self {
        Self {
            upload,
            frames: None,
            limit,
        }
    }

    fn poll(&mut self, deadline: &mut Deadline, cx: &mut Context<'_>) -> Poll<()> {
        if self.frames.is_none() {
            self.begin(deadline);
        }
        loop {
            std::task::ready!(deadline.poll(cx));
            let Some(upload) = &self.upload else {
                return Poll::Ready(());
            };
            let is_same = self.frames == Some(upload.frames());
            if is_same && !upload.is_starved() {
                return Poll::Ready(());
            }
            self.begin(deadline);
        }
    }

    fn begin(&mut self, deadline: &mut Deadline) {
        let frames = self.upload.as_ref().map_or(0, |upload| upload.frames());
        self.frames = Some(frames);
        deadline.set(Instant::now().checked_add(self.limit));
    }
}
