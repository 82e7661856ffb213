//! Clients that go away, or stay and say nothing.

use super::asks::{Ask, mixed};
use super::load::Load;
use super::memory::memory;
use super::row::Row;
use super::{start, times};
use crate::app::App;
use crate::sessions::login;
use crate::waits::inflight_turns;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What clients leave in the middle of.
const LEFT: [&str; 6] = [
    "GET /page HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n",
    "GET /stream?kind=endless HTTP/1.1\r\nHost: x\r\nAccept-Encoding: zstd\r\n\r\n",
    "GET /hold?ms=60000 HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /cached/new HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"half\":",
    "GET /events HTTP/1.1\r\nHo",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_clients_that_leave_costs_the_others_nothing() {
    let app = start(&[]).await;
    let cookie = login(&app, "ann").await;
    let row = Row::begin("clients that leave", &app);
    let load = Load::of(app.addr, mixed(&cookie)).clients(4);
    let leaving = 300 * times();
    for nth in 0..leaving {
        let mut stream = TcpStream::connect(app.addr).await.unwrap();
        stream
            .write_all(LEFT[nth % LEFT.len()].as_bytes())
            .await
            .unwrap();
        // Every other one has begun to read.
        if nth % 2 == 0 && nth % LEFT.len() < 2 {
            stream.read_exact(&mut [0; 100]).await.unwrap();
        }
    }
    load.succeeds(100).await;
    let tally = load.stop().await;
    inflight_turns(&app, "0").await;
    row.end(&app, &tally, &format!("{leaving} left")).await;
}

/// Of what the system lets this process and the app open.
fn how_many() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = rustix::process::Rlimit {
        current: limit.maximum,
        ..limit
    };
    // Where it may not be raised it is what it was.
    let _ = setrlimit(Resource::Nofile, raised);
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    (500 * times()).min(10_000).min(files.saturating_sub(300))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_stay_usable_and_cost_the_others_nothing() {
    let count = how_many();
    let app = start(&[]).await;
    app.get("/plain").await;
    let row = Row::begin("idle connections", &app);
    let before = memory(app.pid()).now;
    let mut idle = Vec::with_capacity(count);
    for _ in 0..count {
        let mut connection = app.connect().await;
        assert_eq!(connection.get("/plain", &[]).await.status, 200);
        let _ = connection.body().await.complete();
        idle.push(connection);
    }
    let each = (memory(app.pid()).now - before) as f64 / count as f64;
    let load = Load::of(app.addr, vec![Ask::get("/plain")]).clients(4);
    load.succeeds(500).await;
    let mut tally = load.stop().await;
    for connection in idle.iter_mut().step_by(10) {
        assert_eq!(connection.get("/plain", &[]).await.status, 200);
        let _ = connection.body().await.complete();
    }
    tally.answered += (count + count / 10) as u64;
    drop(idle);
    row.end(&app, &tally, &format!("{count} of {each:.1} KiB"))
        .await;
}

/// More lines than its pipe and its buffers hold: until the end nobody reads them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stdout_that_nobody_reads_fails_no_request() {
    let app: App = start(&[]).await;
    let row = Row::begin("stdout that nobody reads", &app);
    let long = format!("/plain?{}", "x".repeat(6_000));
    let load = Load::of(app.addr, vec![Ask::get(long)]).clients(8);
    load.succeeds(2_000 * times()).await;
    let tally = load.stop().await;
    row.end(&app, &tally, "").await;
}
