//! The subjects: the same app under each server.

use axum::{Router, routing::get};
use buttress_benches::{Error, Result, process};
use buttress_drain::{Drain, DrainLayer, Exclusive, serve};
use buttress_testing::alloc;
use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, ExitCode, Stdio},
    time::{Duration, Instant},
};
use tokio::net::TcpListener;

/// For what `/heap` says.
#[global_allocator]
static ALLOCATOR: alloc::CountingAllocator = alloc::CountingAllocator;

/// `serve` of buttress-drain.
pub(crate) const OURS: &str = "serve";
/// `axum::serve` with graceful shutdown at the signal.
pub(crate) const AXUM: &str = "axum";
/// `axum::serve` under `DrainLayer`, with graceful shutdown after the window.
pub(crate) const AXUM_WITH_LAYER: &str = "axum + DrainLayer";

pub(crate) const ALL: [&str; 3] = [OURS, AXUM_WITH_LAYER, AXUM];

#[tokio::main(worker_threads = 2)]
pub(crate) async fn run(subject: &str) -> ExitCode {
    match serve_until_signal(subject).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve_until_signal(subject: &str) -> io::Result<ExitCode> {
    let drain = Drain::new()
        .linger(Duration::from_millis(500))
        .first_request(Duration::from_secs(1))
        .deadline(Duration::from_secs(3));
    let upload = |body: axum::body::Bytes| async move { body };
    let app = Router::new()
        .route("/", get(|| async { "hello" }).post(upload))
        .route("/endless", get(endless))
        .route("/heap", get(|| async { alloc::live_bytes().to_string() }));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    match subject {
        OURS => Ok(serve(Exclusive::new(listener), app)
            // The clients of the idle table send their first request late.
            .head_timeout(Duration::from_secs(300))
            .drain(drain)
            .on_signals()
            .await?
            .exit_code()),
        AXUM_WITH_LAYER => {
            drain.on_signals()?;
            let app = app.layer(DrainLayer::new(drain.clone()));
            let server = axum::serve(listener, app).with_graceful_shutdown(drain.lingered());
            tokio::select! {
                ended = server => ended?,
                () = drain.overdue() => {}
            }
            Ok(ExitCode::SUCCESS)
        }
        AXUM => {
            drain.on_signals()?;
            let server = axum::serve(listener, app).with_graceful_shutdown(drain.triggered());
            server.await?;
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(io::Error::other("there is no such subject")),
    }
}

async fn endless() -> axum::body::Body {
    let ticks = buttress_testing::ScriptedBody::new().data("data: tick\n\n");
    axum::body::Body::new(ticks.hold(&buttress_testing::Gate::new()))
}

/// A running subject; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) addr: SocketAddr,
}

impl Server {
    pub(crate) fn start(subject: &str) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", subject])
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("the server has no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let addr = line.trim().parse()?;
        Ok(Self { child, addr })
    }

    pub(crate) fn terminate(&self) -> Result<()> {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status()?;
        sent.success()
            .then_some(())
            .ok_or_else(|| Error::from("kill failed"))
    }

    /// How long it takes to end, if it does within `limit`.
    pub(crate) fn ends_within(&mut self, limit: Duration) -> Result<Option<Duration>> {
        let begin = Instant::now();
        while begin.elapsed() < limit {
            if self.child.try_wait()?.is_some() {
                return Ok(Some(begin.elapsed()));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(None)
    }

    /// Bytes of its memory that are resident.
    pub(crate) fn resident(&self) -> Result<u64> {
        process::resident(self.child.id())
    }

    /// Bytes that it has allocated and not freed.
    pub(crate) fn heap(&self) -> Result<u64> {
        let mut stream = TcpStream::connect(self.addr)?;
        stream.write_all(b"GET /heap HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let body = answer.rsplit("\r\n").next().unwrap_or_default();
        Ok(body.parse()?)
    }

    /// CPU time it has used, in clock ticks.
    pub(crate) fn cpu_ticks(&self) -> Result<u64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let fields: Vec<&str> = fields.split_whitespace().collect();
        // Fields 14 and 15 of proc(5), counted from the third.
        Ok(fields[11].parse::<u64>()? + fields[12].parse::<u64>()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
