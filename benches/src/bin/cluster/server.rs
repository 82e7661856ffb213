//! Our subjects: a cluster, and one process with as many threads as processors.

use axum::{Router, routing::get};
use buttress_benches::{Error, Result};
use buttress_cluster::{
    Cluster,
    control::{Client, Reply, Request, Status},
};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

/// What a deploy changes: the next start reads it.
pub(crate) const MOOD: &str = "mood";

pub(crate) fn run(subject: &str) -> ExitCode {
    let cluster = Cluster::new()
        .bind("127.0.0.1:0")
        .control("control.sock")
        .ready_timeout(Duration::from_secs(3))
        // Kills are the bench's, and not to be taken for a crash loop.
        .healthy_after(Duration::ZERO);
    let cluster = match subject {
        "cluster" => cluster.workers(4).threads(1),
        // The default: one worker that has all processors.
        _ => cluster,
    };
    cluster.run(|worker| async move {
        if fs::read_to_string(MOOD).is_ok_and(|mood| mood == "never-listens") {
            std::future::pending::<()>().await;
        }
        worker.serve(app()).await
    })
}

fn app() -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/pid", get(|| async { std::process::id().to_string() }))
        .route(
            "/block",
            get(|| async {
                // As a call that waits: it takes no processor.
                thread::sleep(Duration::from_secs(2));
                "blocked"
            }),
        )
        .route(
            "/work",
            get(|| async {
                let begun = Instant::now();
                while begun.elapsed() < Duration::from_micros(300) {
                    std::hint::spin_loop();
                }
                "hello"
            }),
        )
}

/// A supervisor in a folder of its own.
pub(crate) struct Ours {
    pub(crate) addr: SocketAddr,
    folder: PathBuf,
    supervisor: Child,
}

impl Ours {
    pub(crate) fn start(subject: &str) -> Result<Self> {
        let folder = folder(subject)?;
        let supervisor = Command::new(std::env::current_exe()?)
            .args(["serve", subject])
            .current_dir(&folder)
            .stderr(Stdio::null())
            .spawn()?;
        let mut ours = Self {
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            folder,
            supervisor,
        };
        let status = ours.all_serve()?;
        ours.addr = status.listening[0].parse()?;
        Ok(ours)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn ask(&self, request: &Request) -> Result<Reply> {
        let path = self.folder.join("control.sock");
        Ok(Client::connect(&path, Duration::from_secs(60))?.ask(request)?)
    }

    pub(crate) fn status(&self) -> Result<Status> {
        match self.ask(&Request::List)? {
            Reply::Status(status) => Ok(status),
            other => Err(format!("{other:?}").into()),
        }
    }

    /// Waits until as many serve as are wanted.
    pub(crate) fn all_serve(&self) -> Result<Status> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            let all_serve = |status: &Status| {
                let serving = status.workers.iter().filter(|it| it.state == "serving");
                serving.count() == status.wanted
            };
            if let Some(status) = self.status().ok().filter(all_serve) {
                return Ok(status);
            }
            thread::sleep(Duration::from_millis(1));
        }
        Err(Error::from("the workers do not serve"))
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        let _ = kill(self.supervisor.id(), Signal::TERM);
        let _ = self.supervisor.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// An empty one beside others of this process.
pub(crate) fn folder(name: &str) -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("buttress-bench-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

pub(crate) fn kill(pid: u32, signal: Signal) -> Result<()> {
    let pid = Pid::from_raw(pid.try_into()?).ok_or("no process")?;
    Ok(kill_process(pid, signal)?)
}
