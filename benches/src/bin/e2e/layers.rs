//! Instructions of one `/plain` through a whole server, and whose they are.

use crate::{Bench, axum, routes::ROUTES};
use ::axum::Router;
use buttress::{Production, env::Environment};
use buttress_benches::{
    Result, callgrind,
    load::Connection,
    table::{Table, thousands},
};
use buttress_cache::{CacheLayer, MemoryStore};
use buttress_compression::{CompressionLayer, RequestDecompressionLayer};
use buttress_error::{CatchPanicLayer, ErrorLayer};
use buttress_log::{AccessLogLayer, Json, Writer};
use buttress_session::{Cookie, SessionLayer};
use buttress_sync_io::{Mode, SyncIoLayer};
use http::{HeaderValue, header::ACCEPT_ENCODING};
use std::{
    fs::{File, OpenOptions},
    future::Future,
    net::SocketAddr,
    thread,
    time::Duration,
};
use tokio::{net::TcpListener, sync::oneshot};
use tower::layer::util::Identity;

const REQUESTS: u64 = 1_000;

/// From the inside out, each with all that stand above it.
const OURS: [(&str, &str); 11] = [
    ("serve", "buttress-drain's server, hyper, a Router"),
    ("axum's boxes", "a layer that does nothing, in the Router"),
    ("session", "SessionLayer, not used"),
    ("sync-io", "SyncIoLayer, watching"),
    ("decompression", "RequestDecompressionLayer"),
    ("error", "ErrorLayer"),
    ("compression", "CompressionLayer, not applied"),
    ("cache", "CacheLayer, not cacheable"),
    ("net", "CatchPanicLayer"),
    ("log", "AccessLogLayer, a line of JSON"),
    ("facade", "all, as `Production` of the facade"),
];

pub(crate) fn make(bench: &mut Bench) -> Result<String> {
    let of = |subject: &str| callgrind::instructions("*run_server*", &["count", subject], REQUESTS);
    let (bare, stack) = (of("bare axum")?, of("axum")?);
    let mut table = Table::new(["ours, from the inside out", "in all", "its share"]);
    let (mut before, mut total) = (0.0, 0.0);
    for (subject, name) in OURS {
        let count = of(subject)?;
        let share = match subject {
            "facade" => String::new(),
            _ => thousands((count - before).max(0.0).round() as u64),
        };
        table.row([name.to_owned(), thousands(count.round() as u64), share]);
        (before, total) = (count, count);
    }
    let peers = [
        ("axum::serve, hyper, a Router", bare),
        ("the axum stack", stack),
    ];
    let mut others = Table::new(["beside", "in all", "by ours"]);
    for (name, count) in peers {
        let ratio = format!("{:.2}", count / total);
        others.row([name.to_owned(), thousands(count.round() as u64), ratio]);
    }
    bench
        .verdicts
        .at_most("instructions of /plain", 30_000.0, total.round());
    Ok(format!(
        "### Instructions of /plain\n\nBy callgrind, of the thread that serves: tokio, hyper and the app in user mode, one connection over \
         loopback, one request after the other. Threads that write logs and watch are not counted. Each row is a \
         server of its own with one layer more, so the shares sum to the whole.\n\n{table}\n{others}"
    ))
}

/// Serves so many requests on this thread, and ends.
pub(crate) fn count(subject: &str, requests: &str) -> Result<()> {
    let requests = requests.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let addr = listener.local_addr()?;
    let (done, ended) = oneshot::channel();
    let client = thread::spawn(move || {
        let outcome = ask(addr, requests).map_err(|error| error.to_string());
        let _ = done.send(());
        outcome
    });
    // Layers may ask for a runtime when they are made.
    let _entered = runtime.enter();
    match subject {
        "bare axum" => {
            let server = ::axum::serve(listener, axum::bare());
            run_server(&runtime, ended, async { server.await.err() });
        }
        "axum" => {
            let _guard = axum::log(null()?);
            let store = tower_sessions_0_14::MemoryStore::default();
            let server = ::axum::serve(listener, axum::app(store));
            run_server(&runtime, ended, async { server.await.err() });
        }
        _ => {
            let app = ours(subject)?;
            let server = buttress_drain::serve(listener, app);
            run_server(&runtime, ended, async { server.await.err() });
        }
    }
    client.join().map_err(|_| "the client panicked")??;
    Ok(())
}

/// Not inlined, for callgrind counts below this name.
#[inline(never)]
fn run_server(
    runtime: &tokio::runtime::Runtime,
    ended: oneshot::Receiver<()>,
    server: impl Future,
) {
    runtime.block_on(async {
        tokio::select! {
            _ = server => {}
            _ = ended => {}
        }
    });
}

fn ask(addr: SocketAddr, requests: u64) -> Result<()> {
    let [plain, ..] = ROUTES;
    let request = plain.with("");
    let mut connection = Connection::open(addr)?;
    for _ in 0..requests {
        connection.write(&request)?;
        connection.read_success()?;
    }
    Ok(())
}

/// The routes under the layers from the innermost up to this one, set as
/// `Production` sets them.
fn ours(outermost: &str) -> Result<Router> {
    let routes = axum::bare();
    let session = SessionLayer::new(buttress_session::MemoryStore::default())
        .cookie(Cookie::host("sid").build()?);
    let sync_io = SyncIoLayer::new(Mode::Watch);
    let decompression = RequestDecompressionLayer::new();
    let errors = ErrorLayer::builder().rewrite("text/plain");
    let compression = CompressionLayer::new();
    let negotiator = compression.to_negotiator();
    let cache = CacheLayer::new(MemoryStore::default()).vary_by(ACCEPT_ENCODING, move |headers| {
        HeaderValue::from_str(negotiator.negotiate(headers).as_str()).ok()
    });
    let net = CatchPanicLayer::new();
    let (writer, guard) = Writer::builder()
        .tick(Duration::from_secs(3_600))
        .to(null()?)?;
    std::mem::forget(guard);
    let log = AccessLogLayer::new(writer).format(Json);
    Ok(match outermost {
        "serve" => routes,
        "axum's boxes" => routes.layer(Identity::new()),
        "session" => routes.layer(session),
        "sync-io" => routes.layer((sync_io, session)),
        "decompression" => routes.layer((decompression, sync_io, session)),
        "error" => routes.layer((errors, decompression, sync_io, session)),
        "compression" => routes.layer((compression, errors, decompression, sync_io, session)),
        "cache" => routes.layer((cache, compression, errors, decompression, sync_io, session)),
        "net" => routes.layer((
            net,
            cache,
            compression,
            errors,
            decompression,
            sync_io,
            session,
        )),
        "log" => routes.layer((
            log,
            net,
            cache,
            compression,
            errors,
            decompression,
            sync_io,
            session,
        )),
        "facade" => routes.layer(
            Production::builder(Environment::Production)
                .log(log)
                .build()?,
        ),
        _ => return Err("no such subject".into()),
    })
}

fn null() -> Result<File> {
    Ok(OpenOptions::new().write(true).open("/dev/null")?)
}
