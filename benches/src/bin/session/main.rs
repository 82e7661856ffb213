//! `cargo xtask bench session`: what a session costs, beside tower-sessions.
//!
//! Prints Markdown.

mod commands;
mod throughput;

use axum::{Router, body::Body, routing::get};
use buttress_benches::{
    Result, callgrind, machine,
    table::{Table, thousands, times},
    verdict::Verdicts,
};
use buttress_session::{Key, KeyRing, MemoryStore, Session, SessionLayer, StoreKey};
use http::{HeaderValue, Request, Response, header};
use std::{
    env,
    future::Future,
    hint::black_box,
    pin::pin,
    process::ExitCode,
    sync::atomic::{AtomicU32, Ordering},
    task::{Context, Poll, Waker},
};
use tower_service::Service;
use tower_sessions::{MemoryStore as PeerStore, Session as PeerSession, SessionManagerLayer};

const ITERATIONS: u64 = 1_000;

/// Each kind of request, and what its layers may add by what tower-sessions adds.
const KINDS: [(&str, &str, Option<f64>); 7] = [
    ("untouched", "untouched, without a cookie", Some(0.5)),
    ("five", "untouched, with five cookies", Some(0.2)),
    ("read", "a reading", Some(0.45)),
    ("write", "a writing", Some(0.45)),
    ("both", "a reading and a writing", None),
    ("new", "a new session", Some(0.75)),
    ("absent", "a reading without a session", None),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["count", "hash", requests] => requests.parse().map(hash_ids).map_err(Into::into),
        ["count", layer, kind, requests] => count(layer, kind, requests),
        ["serve", redis] => throughput::serve(redis),
        [] => run(),
        _ => Err("there are no arguments".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut verdicts = Verdicts::default();
    println!(
        "## session\n\n`cargo xtask bench session`\n\n{}\n",
        machine::describe()?
    );
    println!("{}", instructions(&mut verdicts)?);
    println!("{}", commands::counted(&mut verdicts)?);
    println!("{}", throughput::compared(&mut verdicts)?);
    println!("### Figures\n\n{verdicts}");
    println!("Load average at the end: {}.", machine::load_average()?);
    Ok(())
}

fn instructions(verdicts: &mut Verdicts) -> Result<String> {
    let of = |layer: &str, kind: &str| {
        callgrind::instructions("*run_requests*", &["count", layer, kind], ITERATIONS)
    };
    let mut table = Table::new([
        "",
        "no layer",
        "switched off",
        "tower-sessions",
        "ours",
        "ours, signed",
        "ratio",
    ]);
    for (kind, name, target) in KINDS {
        let (none, off) = (of("none", kind)?, of("off", kind)?);
        let [peer, ours, signed] = [of("peer", kind)?, of("ours", kind)?, of("signed", kind)?];
        let ratio = (ours - none) / (peer - none);
        if let Some(target) = target {
            verdicts.at_most(name, target, ratio);
        }
        let added = |count: f64| format!("+{}", thousands((count - none).max(0.0).round() as u64));
        table.row([
            name.to_owned(),
            thousands(none.round() as u64),
            added(off),
            added(peer),
            added(ours),
            added(signed),
            times(ratio),
        ]);
    }
    let hash = callgrind::instructions("*hash_ids*", &["count", "hash"], ITERATIONS)?;
    Ok(format!(
        "### Instructions of a request\n\nBy callgrind, of an axum `Router` in the process, and what each layer adds, \
         over its store in memory. The ratio is of what ours adds, without signatures, to what tower-sessions' adds, \
         which signs nothing either. Requests have four cookies of others, but for the first kind. \
         Switched off, ours does nothing: that is what axum takes for the boxes of a layer's service, future and body.\n\n\
         callgrind knows no SHA instructions, so that one SHA-256 counts {} of ours, where the CPU's own take \
         some 150; tower-sessions hashes nothing. A signature is two more.\n\n{table}",
        thousands(hash.round() as u64),
    ))
}

const N: Key<u32> = Key::new("n");

fn count(layer: &str, kind: &str, requests: &str) -> Result<()> {
    let requests = requests.parse()?;
    let ring = KeyRing::new([7; 32])?;
    let router = match layer {
        "none" => Router::new().route("/", get(|| async { "Hello, World!" })),
        "off" => {
            let layer = SessionLayer::new(MemoryStore::new()).enabled(false);
            let router = Router::new().route("/", get(|| async { "Hello, World!" }));
            router.layer(layer)
        }
        "peer" => {
            let layer = SessionManagerLayer::new(PeerStore::default());
            peer(kind).route("/seed", get(peer_write)).layer(layer)
        }
        "ours" => {
            let layer = SessionLayer::new(MemoryStore::new());
            ours(kind).route("/seed", get(write)).layer(layer)
        }
        "signed" => {
            let layer = SessionLayer::new(MemoryStore::new()).keys(ring);
            ours(kind).route("/seed", get(write)).layer(layer)
        }
        _ => return Err("no such layer".into()),
    };
    let mut router = router;
    let cookie = cookie_for(&mut router, kind)?;
    run_requests(&mut router, requests, cookie.as_ref());
    Ok(())
}

fn ours(kind: &str) -> Router {
    let route = match kind {
        "read" | "absent" => get(read),
        "write" | "new" => get(write),
        "both" => get(both),
        _ => get(|| async { "Hello, World!" }),
    };
    Router::new().route("/", route)
}

async fn read(session: Session) -> &'static str {
    black_box(session.get(N).await.expect("read"));
    "Hello, World!"
}

async fn write(session: Session) -> &'static str {
    session.set(N, &next()).expect("recorded");
    "Hello, World!"
}

async fn both(session: Session) -> &'static str {
    black_box(session.get(N).await.expect("read"));
    session.set(N, &next()).expect("recorded");
    "Hello, World!"
}

fn peer(kind: &str) -> Router {
    let route = match kind {
        "read" | "absent" => get(peer_read),
        "write" | "new" => get(peer_write),
        "both" => get(peer_both),
        _ => get(|| async { "Hello, World!" }),
    };
    Router::new().route("/", route)
}

async fn peer_read(session: PeerSession) -> &'static str {
    black_box(session.get::<u32>("n").await.expect("read"));
    "Hello, World!"
}

async fn peer_write(session: PeerSession) -> &'static str {
    session.insert("n", next()).await.expect("written");
    "Hello, World!"
}

async fn peer_both(session: PeerSession) -> &'static str {
    black_box(session.get::<u32>("n").await.expect("read"));
    session.insert("n", next()).await.expect("written");
    "Hello, World!"
}

/// Another value each time, for who writes the same may not write at all.
fn next() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1_000_000);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The field that requests of this kind come with: as browsers do, with four
/// cookies of others beside that of the session.
fn cookie_for(router: &mut Router, kind: &str) -> Result<Option<HeaderValue>> {
    const OTHERS: [&str; 4] = [
        "_ga=GA1.2.1234567890.1234567890",
        "theme=dark",
        "lang=en-GB",
        "consent=yes",
    ];
    let mut pairs = OTHERS.map(str::to_owned).to_vec();
    match kind {
        "untouched" => return Ok(None),
        "new" | "absent" => {}
        _ => pairs.insert(2, session_cookie(router)?),
    }
    Ok(Some(pairs.join("; ").parse()?))
}

fn session_cookie(router: &mut Router) -> Result<String> {
    let mut request = request(None);
    *request.uri_mut() = "/seed".parse()?;
    let seeded = answer(router, request);
    Ok(match seeded.headers().get(header::SET_COOKIE) {
        Some(field) => field
            .to_str()?
            .split(';')
            .next()
            .unwrap_or_default()
            .to_owned(),
        None => "id=0123456789abcdef0123456789abcdef".to_owned(),
    })
}

/// Not inlined, for callgrind counts below this name.
#[inline(never)]
fn hash_ids(times: u64) {
    let id = [b'x'; 28];
    for _ in 0..times {
        black_box(StoreKey::hashed(black_box(&id)));
    }
}

/// Not inlined, for callgrind counts below this name.
#[inline(never)]
fn run_requests(router: &mut Router, requests: u64, cookie: Option<&HeaderValue>) {
    for _ in 0..requests {
        black_box(answer(router, black_box(request(cookie))));
    }
}

fn request(cookie: Option<&HeaderValue>) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    let headers = request.headers_mut();
    headers.insert(header::HOST, HeaderValue::from_static("localhost:3000"));
    headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
    if let Some(cookie) = cookie {
        headers.insert(header::COOKIE, cookie.clone());
    }
    request
}

/// Both stores are in memory, so that nothing has to be waited for.
fn answer(router: &mut Router, request: Request<Body>) -> Response<Body> {
    let mut cx = Context::from_waker(Waker::noop());
    let mut future = pin!(router.call(request));
    for _ in 0..10 {
        if let Poll::Ready(Ok(response)) = future.as_mut().poll(&mut cx) {
            return response;
        }
    }
    panic!("no answer from stores in memory");
}
