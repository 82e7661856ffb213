//! `--workers`: the same app in processes that a supervisor starts.

use crate::app::command;
use crate::cached::until;
use crate::storm::{Manner, Storm};
use buttress::cluster::control::{Client, Reply, Request, Status};
use buttress_testing::{Redis, h1::Connection};
use http::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::Child;

/// The example's supervisor, killed when dropped; its workers end with it.
struct Supervised {
    addr: SocketAddr,
    supervisor: Child,
    folder: TempDir,
}

impl Supervised {
    async fn start(args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = folder.path().to_str().unwrap();
        let args = [&["--listen", "127.0.0.1:0", "--workers", "2"], args].concat();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut command = command(&args, &[("RUNTIME_DIRECTORY", runtime)]);
        command.stdout(Stdio::null()).stderr(log);
        let mut this = Self {
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            supervisor: command.spawn().expect("the binary starts"),
            folder,
        };
        until(async || this.serving().len() == 2).await;
        let status = this.status().expect("it has answered before");
        this.addr = status.listening[0].parse().expect("an address");
        this
    }

    fn status(&self) -> Option<Status> {
        let mut client = Client::connect(&self.control()?, Duration::from_secs(20)).ok()?;
        match client.ask(&Request::List).ok()? {
            Reply::Status(status) => Some(status),
            other => panic!("{other:?}"),
        }
    }

    fn control(&self) -> Option<PathBuf> {
        let mut files = std::fs::read_dir(self.folder.path()).unwrap();
        files.find_map(|file| {
            let path = file.ok()?.path();
            (path.extension()? == "sock").then_some(path)
        })
    }

    /// The processes that serve.
    fn serving(&self) -> Vec<u32> {
        let workers = self.status().map(|it| it.workers).unwrap_or_default();
        let serving = workers.iter().filter(|it| it.state == "serving");
        serving.map(|it| it.pid).collect()
    }

    fn signal(&self, signal: Signal) {
        let pid = self.supervisor.id().expect("the supervisor runs");
        let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        cookie: &str,
        body: &str,
    ) -> (u16, String, String) {
        let mut connection = Connection::open(self.addr).await;
        let headers = [("Cookie", cookie), ("Content-Type", "application/json")];
        let head = connection.request(method, path, &headers, body.as_bytes());
        let head = head.await;
        let set = head.header("set-cookie").unwrap_or_default();
        let cookie = set.split(';').next().unwrap_or_default().to_owned();
        let body = connection.body().await.complete().to_vec();
        (
            head.status.as_u16(),
            String::from_utf8(body).unwrap(),
            cookie,
        )
    }
}

#[tokio::test]
async fn two_workers_serve_reload_without_a_failed_request_and_end_at_sigterm() {
    let mut app = Supervised::start(&[]).await;
    let old = app.serving();
    let storms = [Manner::KeepAlive, Manner::OneEach].map(|it| Storm::begin(app.addr, it, 4));
    for storm in &storms {
        storm.reaches(50).await;
    }
    app.signal(Signal::HUP);
    until(async || {
        let new = app.serving();
        new.len() == 2 && !new.iter().any(|pid| old.contains(pid))
    })
    .await;
    let (ready, _, _) = app.ask(Method::GET, "/readyz", "", "").await;
    assert_eq!(ready, 200);
    app.signal(Signal::TERM);
    for storm in storms {
        let tally = storm.end().await;
        assert!(tally.failed.is_empty(), "{:?}", tally.failed);
    }
    let ended = app.supervisor.wait().await.unwrap();
    assert_eq!(ended.code(), Some(0));
}

/// More connections than chance would give to one worker alone.
async fn all_workers_know_the_session(place: &str) {
    let app = Supervised::start(&["--session", place]).await;
    let user = r#"{"user": "ann"}"#;
    let (status, _, cookie) = app.ask(Method::POST, "/login", "", user).await;
    assert_eq!(status, 200);
    for number in 0..20 {
        let path = format!("/set?k=k{number}");
        let (status, body, _) = app.ask(Method::POST, &path, &cookie, "").await;
        assert_eq!(status, 200, "{body}");
    }
    let (_, me, _) = app.ask(Method::GET, "/me", &cookie, "").await;
    let me: Value = serde_json::from_str(&me).unwrap();
    assert_eq!(me, json!({ "user": "ann", "n": 20 }));
}

#[tokio::test]
async fn workers_share_their_sessions_in_one_sqlite_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sessions");
    all_workers_know_the_session(&format!("sqlite:{}", file.display())).await;
}

#[tokio::test]
async fn workers_share_their_sessions_in_one_redis() {
    let redis = Redis::start();
    all_workers_know_the_session(&redis.url()).await;
}
