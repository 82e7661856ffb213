//! The whole stack around one router, and a look at what its layers did.

use axum::{
    Router,
    body::Body,
    extract::Request,
    response::IntoResponse,
    routing::{MethodRouter, get},
};
use buttress::{
    Production,
    compression::CompressionLayer,
    env::Environment,
    log::{AccessLogLayer, Guard, Writer},
    session::{self, Cookie, Key, Session, conformance::Faulty},
    sync_io::Report,
};
use bytes::Bytes;
use http::{Response, header};
use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};
use tower::ServiceExt;

pub(crate) const USER: Key<String> = Key::new("user");
/// Long enough to be compressed.
pub(crate) const PAGE: &str = "a public page, ";

pub(crate) struct Rig {
    app: Router,
    text: Text,
    guard: Guard,
    pub(crate) compression: CompressionLayer,
    pub(crate) store: Faulty<session::MemoryStore>,
    pub(crate) calls: Arc<AtomicUsize>,
    pub(crate) blocked: Arc<Mutex<Vec<Report>>>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Text(Arc<Mutex<Vec<u8>>>);

impl io::Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Text {
    pub(crate) fn lines(&self, guard: &Guard) -> Vec<serde_json::Value> {
        guard.flush(Duration::from_secs(10)).unwrap();
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().map(serde_json::from_str);
        lines.collect::<Result<_, _>>().unwrap()
    }
}

impl Rig {
    pub(crate) fn new() -> Self {
        let text = Text::default();
        let (writer, guard) = Writer::builder().to(text.clone()).unwrap();
        let compression = CompressionLayer::new();
        let store = Faulty::new(session::MemoryStore::default());
        let blocked = Arc::new(Mutex::new(Vec::new()));
        let (layer, reports) = (compression.clone(), Arc::clone(&blocked));
        let cookie = Cookie::development("sid").build().unwrap();
        let sessions: session::SessionLayer =
            session::SessionLayer::new(store.clone()).cookie(cookie);
        let stack = Production::builder(Environment::Production)
            .log(AccessLogLayer::new(writer))
            .compression(|_| layer)
            .session(|_| sessions)
            .sync_io(|sync_io| {
                sync_io.on_report(move |report| reports.lock().unwrap().push(report.clone()))
            })
            .build()
            .unwrap();
        let calls = Arc::new(AtomicUsize::new(0));
        Self {
            app: routes(&calls).layer(stack),
            text,
            guard,
            compression,
            store,
            calls,
            blocked,
        }
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response<Bytes> {
        answer(&self.app, path, headers).await
    }

    pub(crate) fn lines(&self) -> Vec<serde_json::Value> {
        self.text.lines(&self.guard)
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(SeqCst)
    }

    /// How many bodies were encoded, by whatever coding.
    pub(crate) fn encoded(&self) -> u64 {
        encoded(&self.compression)
    }
}

pub(crate) fn encoded(compression: &CompressionLayer) -> u64 {
    use buttress::compression::Encoding::{Br, Deflate, Gzip, Zstd};
    let stats = compression.stats();
    [Br, Deflate, Gzip, Zstd]
        .into_iter()
        .map(|coding| stats.encoded(coding))
        .sum()
}

pub(crate) async fn answer(app: &Router, path: &str, headers: &[(&str, &str)]) -> Response<Bytes> {
    let mut request = Request::get(path).header("host", "example.org");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = buttress_testing::collect(body).await;
    let bytes = body.bytes();
    Response::from_parts(parts, bytes)
}

fn routes(calls: &Arc<AtomicUsize>) -> Router {
    Router::new()
        .route("/public", public(calls))
        .route("/private", get(private))
        .route("/login", get(login))
        .route("/late", get(late))
        .route("/boom", get(boom))
        .route("/boom-body", get(boom_body))
        .route("/block", get(block))
}

/// A page that may be stored, and a count of how often it was made.
pub(crate) fn public(calls: &Arc<AtomicUsize>) -> MethodRouter {
    let calls = Arc::clone(calls);
    get(move || {
        calls.fetch_add(1, SeqCst);
        async { (storable(), PAGE.repeat(200)) }
    })
}

fn storable() -> [(header::HeaderName, &'static str); 2] {
    [
        (header::CACHE_CONTROL, "public, max-age=60"),
        (header::CONTENT_TYPE, "text/html"),
    ]
}

/// Says that it is public, and reads a session.
pub(crate) async fn private(session: Session) -> impl IntoResponse {
    let user = session.get(USER).await.unwrap();
    (storable(), user.unwrap_or_else(|| "nobody".into()))
}

pub(crate) async fn login(session: Session, request: Request) -> &'static str {
    let user = request.uri().query().unwrap_or("ann").to_owned();
    session.set(USER, &user).unwrap();
    "welcome"
}

/// Says that it is public, and asks for a session when the head has left.
async fn late(session: Session) -> impl IntoResponse {
    let body = futures_util::stream::once(async move {
        // A moment, so that nobody reads it ahead with the head.
        tokio::task::yield_now().await;
        let user = session.get(USER).await;
        Ok::<_, std::convert::Infallible>(match user {
            Ok(user) => user.unwrap_or_else(|| "nobody".into()),
            Err(_) => "too late".to_owned(),
        })
    });
    (storable(), Body::from_stream(body))
}

async fn boom() -> &'static str {
    panic!("in the handler")
}

async fn boom_body() -> Body {
    Body::from_stream(futures_util::stream::once(async {
        if true {
            panic!("in the first frame");
        }
        Ok::<_, std::convert::Infallible>("")
    }))
}

async fn block() -> &'static str {
    // So long that the watchdog sees it on a host without CPU as well.
    thread::sleep(Duration::from_secs(2));
    "done"
}
