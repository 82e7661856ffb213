//! What the tests share: an app behind the layer, on a runtime of two workers,
//! and what was reported of it.
#![allow(dead_code, unreachable_pub, reason = "each test uses some of it")]

use axum::{
    Router,
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
    routing::get,
};
use buttress_sync_io::{Kind, Mode, Report, SyncIoLayer, Tier, flush_reports};
use buttress_testing::{Server, h1};
use bytes::Bytes;
use futures_util::stream;
use std::{
    convert::Infallible,
    future::{Future, ready},
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};
use tower::Service;

/// What to do in a poll.
pub type Act = fn();

/// Where in the life of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Handler,
    Call,
    Body,
    Drop,
}

pub const PLACES: [Place; 4] = [Place::Handler, Place::Call, Place::Body, Place::Drop];

/// The reports of a layer.
#[derive(Clone, Debug, Default)]
pub struct Reports(Arc<Mutex<Vec<Report>>>);

impl Reports {
    pub fn layer(&self, mode: Mode) -> SyncIoLayer {
        let reports = self.clone();
        SyncIoLayer::new(mode)
            .rate_limit(10_000)
            // A hundred times as long while the host is short of CPU.
            .lock_threshold(Duration::from_millis(1))
            .route(|extensions| {
                let path = extensions.get::<axum::extract::MatchedPath>();
                path.map(axum::extract::MatchedPath::as_str)
            })
            .on_report(move |report| reports.add(report))
    }

    pub fn add(&self, report: &Report) {
        self.0.lock().unwrap().push(report.clone());
    }

    /// All that was reported since it was last asked.
    pub fn take(&self) -> Vec<Report> {
        assert!(flush_reports(Duration::from_secs(60)));
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// Waits for a report: the watchdog makes it when it sees the end of a poll.
    pub fn wait(&self) -> Vec<Report> {
        for _ in 0..2000 {
            let reports = self.take();
            if !reports.is_empty() {
                return reports;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("nothing was reported");
    }
}

/// Does `act` in each place, in the mode for all calls; one report each, of this
/// kind, whose line has this text.
pub fn reported(act: Act, kind: Kind, line: &str) {
    for place in PLACES {
        let reports = Reports::default();
        two_workers(ask(reports.layer(Mode::Exact), place, act));
        let found = reports.take();
        let [report] = &*exact(&found) else {
            panic!("{place:?}: {}", all(&found))
        };
        check(report, kind, line);
        assert_eq!(report.route.as_deref(), Some("/it"));
    }
}

/// All of them, to be printed.
pub fn all(reports: &[Report]) -> String {
    reports.iter().map(|report| format!("{report}\n")).collect()
}

/// Of these, those of the exact tier.
pub fn exact(reports: &[Report]) -> Vec<&Report> {
    let of_tier = reports.iter().filter(|report| report.tier == Tier::Exact);
    of_tier.collect()
}

/// Whether a report is of this kind, and names a line that has this text.
pub fn check(report: &Report, kind: Kind, line: &str) {
    assert_eq!(report.kind, kind, "{report}");
    let location = report.location().unwrap_or_else(|| panic!("{report:#?}"));
    let (file, number) = (location.file().unwrap(), location.line().unwrap());
    let source = std::fs::read_to_string(file).unwrap();
    let named = source.lines().nth(number as usize - 1).unwrap_or_default();
    assert!(named.contains(line), "{named}: {report}");
}

/// Answers requests in both modes, and nothing is reported of them.
pub fn quiet<F, Fut>(handler: F)
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send,
{
    for mode in [Mode::Watch, Mode::Exact] {
        let reports = Reports::default();
        let router = self::handler(handler.clone()).layer(reports.layer(mode));
        two_workers(ask_router(router));
        the_dog_has_looked();
        let found = reports.take();
        assert!(found.is_empty(), "{mode:?}: {}", found[0]);
    }
}

/// Blocks until that was reported: then all that was earlier has been seen.
pub fn the_dog_has_looked() {
    let reports = Reports::default();
    let layer = reports.layer(Mode::Watch);
    let sleep = || std::thread::sleep(Duration::from_millis(60));
    // The watchdog may have got no CPU in that time.
    while reports.take().is_empty() {
        two_workers(ask(layer.clone(), Place::Call, sleep));
    }
}

/// Two workers, as the smallest machines have.
pub fn two_workers<T>(test: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(test)
}

/// Asks an app that does `act` at `place`, behind `layer`, over a socket.
pub async fn ask(layer: SyncIoLayer, place: Place, act: Act) {
    let router = Router::new()
        .route_service("/it", service(place, act))
        .layer(layer);
    ask_router(router).await;
}

/// Asks a router for `/it`.
pub async fn ask_router(router: Router) {
    let server = Server::h1(router).await;
    let mut client = h1::Connection::open(server.addr()).await;
    assert_eq!(client.get("/it", &[]).await.status, 200);
    assert_eq!(client.body().await.complete(), "done");
    drop(client);
    server.stop().await;
}

/// A handler on `/it`.
pub fn handler<F, Fut>(handler: F) -> Router
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send,
{
    Router::new().route(
        "/it",
        get(move || {
            let done = handler();
            async move {
                done.await;
                "done"
            }
        }),
    )
}

#[derive(Clone)]
pub struct Acts(Place, Act);

fn service(place: Place, act: Act) -> Acts {
    Acts(place, act)
}

impl Service<Request> for Acts {
    type Response = Response;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request) -> Self::Future {
        let Self(place, act) = *self;
        if place == Place::Call {
            act();
            return Box::pin(ready(Ok("done".into_response())));
        }
        Box::pin(async move {
            if place == Place::Handler {
                // Not in the first poll.
                tokio::task::yield_now().await;
                act();
            }
            let drop = (place == Place::Drop).then(|| Acting(act));
            let body = stream::once(async move {
                if place == Place::Body {
                    act();
                }
                let _drop = drop;
                Ok::<_, Infallible>(Bytes::from("done"))
            });
            Ok(Body::from_stream(body).into_response())
        })
    }
}

struct Acting(Act);

impl Drop for Acting {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Takes something while another thread holds it for 700 ms.
pub fn while_held<T>(hold: impl FnOnce() -> T + Send + 'static, take: impl FnOnce()) {
    let is_held = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let set = Arc::clone(&is_held);
    std::thread::spawn(move || {
        let held = hold();
        set.store(true, std::sync::atomic::Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(700));
        drop(held);
    });
    while !is_held.load(std::sync::atomic::Ordering::SeqCst) {
        std::hint::spin_loop();
    }
    take();
}

/// A server to which the next connection takes so long: its queue is full until
/// then, and for a second after the first try.
#[allow(
    unsafe_code,
    reason = "the standard library chooses the length of the queue"
)]
pub fn server_that_takes(time: Duration) -> std::net::SocketAddr {
    use std::{net::TcpStream, os::fd::AsRawFd};
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = server.local_addr().unwrap();
    // SAFETY: it takes no pointers. The socket listens already: this makes its
    // queue shorter.
    assert_eq!(unsafe { libc::listen(server.as_raw_fd(), 0) }, 0);
    let first = TcpStream::connect(addr).unwrap();
    std::thread::spawn(move || {
        std::thread::sleep(time);
        let _first = first;
        // That, and the one that waits.
        let _served = [server.accept(), server.accept()];
    });
    addr
}

/// The CPU time of this thread.
pub fn used() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}
