//! Which lines are on disk after each end of a process.
//!
//! The test runs itself again as the process that ends.
#![cfg(unix)]

use buttress_log::{AccessLogLayer, Writer};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::Full;
use std::{
    convert::Infallible,
    env, fs,
    future::ready,
    os::unix::process::ExitStatusExt,
    panic,
    path::Path,
    process::{self, Command, ExitStatus},
    time::Duration,
};
use tower::{Layer, Service, service_fn};

const LINES: usize = 2_000;
const SOON: Duration = Duration::from_secs(10);

/// Ends in each of the ways, told by the environment.
#[test]
fn child() {
    let (Ok(end), Ok(path)) = (env::var("LOG_TEST_END"), env::var("LOG_TEST_PATH")) else {
        return;
    };
    // Without a tick: only what the end itself writes is written.
    let builder = Writer::builder().tick(Duration::from_secs(3_600));
    // However many buffers it is split into, none gets half full.
    let builder = builder.capacity(64 * 1024 * 1024);
    let (writer, guard) = builder.file(path).unwrap();
    let layer = AccessLogLayer::new(writer.clone());
    for _ in 0..LINES {
        send(&layer);
    }
    match &*end {
        "flush" => {
            guard.flush(SOON).unwrap();
            process::exit(3);
        }
        "hook" => {
            writer.flush_at_exit(SOON);
            process::exit(3);
        }
        "panic" => {
            writer.flush_at_exit(SOON);
            writer.install_panic_hook(SOON);
            let hook = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                hook(info);
                process::exit(3);
            }));
            panic!("the end");
        }
        "bare" => process::exit(3),
        "abort" => process::abort(),
        _ => unreachable!("there is no end called {end}"),
    }
}

fn send(layer: &AccessLogLayer) {
    let service = service_fn(|_: Request<()>| {
        ready(Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())))
    });
    let answered = layer.layer(service).call(Request::new(())).now_or_never();
    assert!(answered.is_some());
}

/// How the process ended, and how many whole lines there are.
fn ended_by(end: &str) -> (ExitStatus, usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env("LOG_TEST_END", end)
        .env("LOG_TEST_PATH", &path)
        .output()
        .unwrap()
        .status;
    (status, whole_lines(&path))
}

fn whole_lines(path: &Path) -> usize {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines();
    lines
        .filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok())
        .count()
}

#[test]
fn exit_after_a_flush_loses_nothing() {
    let (status, lines) = ended_by("flush");
    assert_eq!((status.code(), lines), (Some(3), LINES));
}

#[test]
fn exit_with_the_exit_hook_loses_nothing() {
    let (status, lines) = ended_by("hook");
    assert_eq!((status.code(), lines), (Some(3), LINES));
}

#[test]
fn a_panic_hook_that_exits_loses_nothing() {
    let (status, lines) = ended_by("panic");
    assert_eq!((status.code(), lines), (Some(3), LINES));
}

/// What the docs say of ends without a hook: lines in memory are lost, and only they.
#[test]
fn a_bare_exit_and_an_abort_lose_what_was_in_memory() {
    let (status, lines) = ended_by("bare");
    assert_eq!(status.code(), Some(3));
    assert_eq!(lines, 0);
    let (status, lines) = ended_by("abort");
    assert_eq!(status.signal(), Some(6));
    assert_eq!(lines, 0);
}
