//! Programs that know nothing of clusters.

use super::{Worker, ports::Port};
use crate::{
    exec,
    page::{self, Count},
};
use buttress_drain::{Drain, Phase};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    ffi::OsString,
    io,
    net::SocketAddr,
    os::unix::process::ExitStatusExt,
    process::{Command as StdCommand, ExitCode, ExitStatus},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UnixDatagram},
    process::{Child, Command},
    time::{sleep, timeout},
};

/// A program to be run instead of a service, by [`Worker::supervise`].
#[derive(Clone, Debug)]
pub struct Foreign {
    words: Vec<OsString>,
    ready: ReadyWhen,
}

/// When a program is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadyWhen {
    /// When it has run for so long.
    Runs(Duration),
    /// When it says so, as `sd_notify(3)` does.
    Notifies,
    /// When it listens at this address: it, and not another process of the cluster.
    Listens(SocketAddr),
    /// When it listens at this address, and this path is answered there with 200 to 299.
    Answers(SocketAddr, String),
}

impl ReadyWhen {
    /// The port that it is about.
    fn port(&self) -> Option<Port> {
        match self {
            Self::Listens(addr) | Self::Answers(addr, _) => Some(Port::look(*addr)),
            Self::Runs(_) | Self::Notifies => None,
        }
    }
}

/// How often somebody is asked who is not ready yet.
const AGAIN: Duration = Duration::from_millis(20);
/// How long a program has to run that was given sockets which others have, too.
const SETTLED: Duration = Duration::from_secs(1);
/// How long one may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// What tells the supervisor that a restart does not help.
const BAD_CONFIGURATION: u8 = 78;
/// What shells, and the loader of shared libraries, say of what they cannot run.
const NOT_EXECUTABLE: i32 = 126;
const NOT_FOUND: i32 = 127;

impl Foreign {
    /// The program and its arguments.
    pub fn new(words: impl IntoIterator<Item = OsString>) -> Self {
        Self {
            words: words.into_iter().collect(),
            ready: ReadyWhen::Runs(Duration::from_secs(1)),
        }
    }

    /// When it is ready: when it has run for a second.
    #[must_use]
    pub fn ready_when(mut self, ready: ReadyWhen) -> Self {
        self.ready = ready;
        self
    }

    fn command(&self, sockets: usize) -> io::Result<StdCommand> {
        let (name, rest) = self
            .words
            .split_first()
            .ok_or(io::ErrorKind::InvalidInput)?;
        if sockets == 0 {
            let mut command = StdCommand::new(name);
            command.args(rest);
            return Ok(command);
        }
        // The process has to be named to itself, and a shell knows who it is.
        let mut command = StdCommand::new("/bin/sh");
        command.args(["-c", "LISTEN_PID=$$; export LISTEN_PID; exec \"$@\"", "sh"]);
        command
            .args(&self.words)
            .env("LISTEN_FDS", sockets.to_string());
        Ok(command)
    }
}

impl Worker {
    /// Runs a program in place of a service: it gets the sockets of
    /// [`Cluster::share_sockets`](crate::Cluster::share_sockets) as a service manager
    /// hands them over (`LISTEN_FDS`), SIGTERM when it is to end, and SIGKILL at the
    /// deadline. It may also listen by itself, with `SO_REUSEPORT`.
    ///
    /// # Errors
    ///
    /// If it cannot be started or waited for. Its code is ours; if a signal ends it,
    /// ours is 128 more than its number, as shells have it, but 0 for SIGTERM when it
    /// was asked to end. A program that is not
    /// there or may not be run is a bad configuration, code 78: to start it again
    /// would not help.
    pub async fn supervise(self, program: Foreign) -> io::Result<ExitCode> {
        let Self {
            row,
            drain,
            link,
            sockets,
            ..
        } = self;
        let sockets = sockets.into_shared();
        let mut command = program.command(sockets.len())?;
        let notified = match program.ready {
            ReadyWhen::Notifies => Some(Notified::listen(&mut command)?),
            _ => None,
        };
        let port = program.ready.port();
        command.env_remove(crate::hello::VARIABLE);
        exec::hand_over(&mut command, &sockets)?;
        let mut child = match Command::from(command).kill_on_drop(true).spawn() {
            Err(error) if is_not_there(&error) => {
                eprintln!("cluster: cannot run {:?}: {error}", program.words[0]);
                return Ok(ExitCode::from(BAD_CONFIGURATION));
            }
            child => child?,
        };
        row.set(Count::Program, child.id().unwrap_or_default().into());
        let status = tokio::select! {
            status = child.wait() => status?,
            () = is_ready(&program.ready, notified.as_ref(), port.as_ref()) => {
                // Sockets that were given take connections for whoever has them, and another
                // may have answered. That it still runs after a while is all there is to see.
                let settles = port.is_some() && !sockets.is_empty();
                let settled = if settles { SETTLED } else { Duration::ZERO };
                match timeout(settled, child.wait()).await {
                    Ok(status) => status?,
                    Err(_) => {
                        link.ready();
                        until_its_end(&mut child, &drain).await?
                    }
                }
            }
            () = drain.triggered() => until_its_end(&mut child, &drain).await?,
        };
        let was_asked = drain.phase() != Phase::Serving;
        if let Some(signal) = status.signal().filter(|_| !was_asked) {
            // Our own end has no more than a code for it.
            row.say(
                &format!("the program was ended by signal {signal}"),
                page::now(),
            );
        }
        // That it ends by the signal it was asked with is what most programs do.
        let has_obeyed = was_asked && status.signal() == Some(Signal::TERM.as_raw());
        Ok(if has_obeyed {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(code(status))
        })
    }
}

async fn until_its_end(child: &mut Child, drain: &Drain) -> io::Result<ExitStatus> {
    tokio::select! {
        status = child.wait() => return status,
        () = drain.triggered() => {}
    }
    let pid = child
        .id()
        .and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
    if let Some(pid) = pid {
        // It is not reaped yet, so the number is still its own.
        kill_process(pid, Signal::TERM)?;
    }
    tokio::select! {
        status = child.wait() => return status,
        () = drain.overdue() => {}
    }
    child.start_kill()?;
    child.wait().await
}

fn is_not_there(error: &io::Error) -> bool {
    use io::ErrorKind::{NotFound, PermissionDenied};
    matches!(error.kind(), NotFound | PermissionDenied)
}

fn code(status: ExitStatus) -> u8 {
    let signal = || 128 + status.signal().unwrap_or_default();
    match status.code().unwrap_or_else(signal) {
        NOT_EXECUTABLE | NOT_FOUND => BAD_CONFIGURATION,
        code => u8::try_from(code).unwrap_or(u8::MAX),
    }
}

async fn is_ready(ready: &ReadyWhen, notified: Option<&Notified>, port: Option<&Port>) {
    let is_ours = || port.is_none_or(Port::is_ours);
    match (ready, notified) {
        (ReadyWhen::Runs(time), _) => sleep(*time).await,
        (_, Some(notified)) => notified.wait().await,
        (ReadyWhen::Listens(addr), _) => {
            until(async || TcpStream::connect(addr).await.is_ok() && is_ours()).await;
        }
        (ReadyWhen::Answers(addr, path), _) => {
            until(async || is_ours() && answers(*addr, path).await.unwrap_or(false)).await;
        }
        (ReadyWhen::Notifies, None) => {}
    }
}

/// The policy has the patience, and the end of it.
async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    while !matches!(timeout(PATIENCE, is_so()).await, Ok(true)) {
        sleep(AGAIN).await;
    }
}

async fn answers(addr: SocketAddr, path: &str) -> io::Result<bool> {
    let mut stream = TcpStream::connect(addr).await?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).await?;
    Ok(head.starts_with(b"HTTP/1.") && head[8..].starts_with(b" 2"))
}

/// Where the program says that it is ready; a file that goes with this.
struct Notified {
    socket: UnixDatagram,
    path: std::path::PathBuf,
}

impl Notified {
    fn listen(command: &mut StdCommand) -> io::Result<Self> {
        let name = format!("buttress-notify-{}", std::process::id());
        let path = crate::control::default_folder().join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let _ = std::fs::remove_file(&path);
        let socket = UnixDatagram::bind(&path)?;
        command.env("NOTIFY_SOCKET", &path);
        Ok(Self { socket, path })
    }

    async fn wait(&self) {
        let mut message = [0; 4096];
        loop {
            let Ok(length) = self.socket.recv(&mut message).await else {
                // Then nobody is ever ready, and that is said.
                return std::future::pending().await;
            };
            let mut lines = message[..length].split(|byte| *byte == b'\n');
            if lines.any(|line| line == b"READY=1") {
                return;
            }
        }
    }
}

impl Drop for Notified {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
