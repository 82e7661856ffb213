use super::{app, until};
use buttress_cluster::control::{Client, Reply, Request, Status};
use buttress_testing::h1;
use rustix::process::{Pid, Signal, kill_process};
use std::{
    env, fmt, fs,
    net::SocketAddr,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// What a cluster is to be like. It listens on a free port of the loopback.
pub(crate) struct Setup {
    folder: TempDir,
    program: PathBuf,
    lines: String,
    environment: Vec<(String, String)>,
    /// Started instead, with the program as its last argument.
    wrapper: Vec<String>,
}

/// A supervisor, killed when dropped.
pub(crate) struct Running {
    pub(crate) addr: SocketAddr,
    pub(crate) folder: TempDir,
    pub(crate) program: PathBuf,
    supervisor: Child,
}

impl Setup {
    pub(crate) fn new(workers: usize) -> Self {
        let setup = Self {
            folder: tempfile::tempdir().unwrap(),
            program: env::current_exe().unwrap(),
            lines: String::new(),
            environment: Vec::new(),
            wrapper: Vec::new(),
        };
        // Longer than clients of a loaded machine stand still.
        setup.with("workers", workers).with("linger", 1500)
    }

    pub(crate) fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.lines.push_str(&format!("{name}={value};"));
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.environment.push((name.to_owned(), value.to_string()));
        self
    }

    pub(crate) fn wrapped(mut self, wrapper: &[&str]) -> Self {
        self.wrapper = wrapper.iter().map(|it| (*it).to_owned()).collect();
        self
    }

    pub(crate) fn mood(self, mood: &str) -> Self {
        fs::write(self.folder.path().join(app::MOOD), mood).unwrap();
        self
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a copy of the program, which can be replaced.
    pub(crate) fn deployed(mut self) -> Self {
        let program = self.folder.path().join("app");
        fs::copy(&self.program, &program).unwrap();
        self.program = program;
        self
    }

    /// Starts it, and waits until all workers serve.
    pub(crate) async fn start(self) -> Running {
        let running = self.with("bind", "127.0.0.1:0").launch();
        running.all_serve().await
    }

    /// Starts it, and waits for nothing.
    pub(crate) fn launch(self) -> Running {
        let stderr = fs::File::create(self.folder.path().join("stderr")).unwrap();
        let mut words = self
            .wrapper
            .iter()
            .map(String::as_str)
            .chain([self.program.to_str().unwrap()]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).args([
            "support::app::app",
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ]);
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        let supervisor = command
            .env(app::VARIABLE, &self.lines)
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let addr = SocketAddr::from(([127, 0, 0, 1], 0));
        Running {
            addr,
            folder: self.folder,
            program: self.program,
            supervisor,
        }
    }
}

impl Running {
    /// Waits until as many workers serve as are wanted.
    pub(crate) async fn all_serve(mut self) -> Self {
        until("all workers serve", async || {
            let status = self.try_status();
            status.is_some_and(|status| status.wanted == serving(&status).len())
        })
        .await;
        let status = self.status();
        let addr = status.listening.iter().find_map(|place| place.parse().ok());
        self.addr = addr.unwrap_or(self.addr);
        self
    }

    pub(crate) fn control(&self) -> PathBuf {
        self.folder.path().join("control.sock")
    }

    pub(crate) fn try_ask(&self, request: &Request) -> Option<Reply> {
        let mut client = Client::connect(&self.control(), Duration::from_secs(60)).ok()?;
        client.ask(request).ok()
    }

    pub(crate) fn ask(&self, request: &Request) -> Reply {
        self.try_ask(request)
            .unwrap_or_else(|| panic!("no answer; {}", self.log()))
    }

    /// Asks without keeping the clients of this test waiting.
    pub(crate) async fn ask_slowly(&self, request: Request) -> Reply {
        let path = self.control();
        let asked = tokio::task::spawn_blocking(move || {
            Client::connect(&path, Duration::from_secs(60))?.ask(&request)
        });
        asked.await.unwrap().unwrap()
    }

    pub(crate) async fn reload(&self) -> Result<String, String> {
        match self.ask_slowly(Request::Reload).await {
            Reply::Done { message } => Ok(message),
            Reply::Failed { message } => Err(message),
            other => panic!("{other:?}"),
        }
    }

    fn try_status(&self) -> Option<Status> {
        match self.try_ask(&Request::List)? {
            Reply::Status(status) => Some(status),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn status(&self) -> Status {
        self.try_status()
            .unwrap_or_else(|| panic!("no answer; {}", self.log()))
    }

    /// The processes that serve, in the order of their slots.
    pub(crate) fn pids(&self) -> Vec<u32> {
        serving(&self.status())
    }

    /// What the supervisor and the workers have said.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("stderr")).unwrap_or_default()
    }

    pub(crate) async fn says(&self, text: &str) {
        until(text, async || self.log().contains(text)).await;
    }

    pub(crate) fn mood(&self, mood: &str) {
        fs::write(self.folder.path().join(app::MOOD), mood).unwrap();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        send(self.supervisor.id(), signal);
    }

    /// The process that was started; another one, if it is wrapped.
    pub(crate) fn pid(&self) -> u32 {
        self.supervisor.id()
    }

    /// Waits for the supervisor's end.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let mut status = None;
        let supervisor = &mut self.supervisor;
        until("the supervisor ends", async || {
            status = supervisor.try_wait().unwrap();
            status.is_some()
        })
        .await;
        status.unwrap()
    }

    pub(crate) async fn stop(mut self) -> i32 {
        self.signal(Signal::TERM);
        let status = self.ended().await;
        status.code().unwrap_or_else(|| -status.signal().unwrap())
    }

    /// One answer over a connection of its own.
    pub(crate) async fn get(&self, path: &str) -> String {
        let mut connection = h1::Connection::open(self.addr).await;
        connection.get(path, &[("connection", "close")]).await;
        String::from_utf8(connection.body().await.complete().to_vec()).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Workers end with it. It may have ended already, and been waited for.
        let _ = self.supervisor.kill();
        let _ = self.supervisor.wait();
    }
}

pub(crate) fn serving(status: &Status) -> Vec<u32> {
    let mut serving: Vec<_> = status
        .workers
        .iter()
        .filter(|worker| worker.state == "serving")
        .collect();
    serving.sort_by_key(|worker| worker.slot);
    serving.iter().map(|worker| worker.pid).collect()
}

pub(crate) fn send(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

/// Whether the process runs: one that nobody has reaped does not.
pub(crate) fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| {
        !stat
            .rsplit_once(')')
            .is_some_and(|(_, rest)| rest.starts_with(" Z"))
    })
}
