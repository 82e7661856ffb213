use buttress_testing::{h1::Connection, wire::Head, within};
use http::Method;
use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;

/// The example as a process of its own, on a port of its own. Killed when
/// dropped, so that a test that fails leaves nothing behind.
pub(crate) struct App {
    pub(crate) addr: SocketAddr,
    child: Child,
    /// The access log, which nobody reads before the end: it may fill its pipe
    /// and must not hold the app up.
    stdout: BufReader<ChildStdout>,
    /// What it writes to stderr, read as it comes: a pipe that is full would
    /// hold the app up.
    stderr: JoinHandle<String>,
}

/// An answer as a whole.
pub(crate) struct Answer {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
}

/// How a process ended, and what it had to say.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::start_with(&["--listen", "127.0.0.1:0"], &[]).await
    }

    pub(crate) async fn start_in_development() -> Self {
        let variables = [("APP_ENV", "development")];
        Self::start_with(&["--listen", "127.0.0.1:0"], &variables).await
    }

    pub(crate) async fn start_with(args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut child = command(args, variables).spawn().expect("the binary starts");
        let stderr = tokio::spawn(rest(child.stderr.take()));
        let stdout = child.stdout.take().expect("stdout is a pipe");
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        let read = within("the address", stdout.read_line(&mut line)).await;
        read.expect("stdout is readable");
        let addr = line
            .trim_end()
            .strip_prefix("listening on http://")
            .and_then(|addr| addr.parse().ok())
            .unwrap_or_else(|| panic!("expected an address, got {line:?}"));
        Self {
            addr,
            child,
            stdout,
            stderr,
        }
    }

    pub(crate) async fn connect(&self) -> Connection {
        Connection::open(self.addr).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, &[], b"").await
    }

    pub(crate) async fn post(&self, path: &str, body: &[u8]) -> Answer {
        let json = [("Content-Type", "application/json")];
        self.request(Method::POST, path, &json, body).await
    }

    /// One request on a connection of its own.
    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut connection = self.connect().await;
        let head = connection.request(method, path, headers, body).await;
        let body = connection.body().await.complete().to_vec();
        Answer { head, body }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("the process runs")
    }

    pub(crate) async fn terminate(&self) {
        let pid = self.pid();
        // The shell's own `kill`, since the standard library has only SIGKILL.
        let kill = format!("kill -TERM {pid}");
        let sent = Command::new("sh").args(["-c", &kill]).status().await;
        assert!(sent.expect("there is a shell").success());
    }

    /// Ends it at once, with SIGKILL.
    #[allow(dead_code, reason = "used by the tests of deployments alone")]
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("the process can be killed");
    }

    pub(crate) async fn ended(mut self) -> Ended {
        let stdout = rest(Some(self.stdout));
        let (mut ended, stdout) = tokio::join!(ended(&mut self.child), stdout);
        ended.stdout = stdout;
        ended.stderr = self.stderr.await.expect("stderr can be read");
        ended
    }

    /// Ends the process and gives what it wrote to stderr.
    pub(crate) async fn stderr(self) -> String {
        // In order: what is killed takes the last lines of its log with it.
        self.terminate().await;
        self.ended().await.stderr
    }
}

/// Runs the binary where it should not get as far as to listen.
pub(crate) async fn run(args: &[&str], variables: &[(&str, &str)]) -> Ended {
    ended(&mut command(args, variables).spawn().expect("the binary starts")).await
}

async fn ended(child: &mut Child) -> Ended {
    let (stdout, stderr) = within("the end of what it writes", async {
        tokio::join!(rest(child.stdout.take()), rest(child.stderr.take()))
    })
    .await;
    let status = within("the process to end", child.wait()).await;
    let status = status.expect("the process can be waited for");
    Ended {
        status,
        stdout,
        stderr,
    }
}

async fn rest(pipe: Option<impl AsyncRead + Unpin>) -> String {
    let mut text = String::new();
    if let Some(mut pipe) = pipe {
        let read = pipe.read_to_string(&mut text).await;
        read.expect("what it writes is UTF-8");
    }
    text
}

pub(crate) fn command(args: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_production"));
    command
        .args(args)
        .env_remove("PORT")
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let own = std::env::vars_os().map(|(name, _)| name);
    for name in own.filter(|name| name.as_encoded_bytes().starts_with(b"APP_")) {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    command
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.status.as_u16()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.header(name)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        assert_eq!(self.header("content-type"), Some("application/json"));
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    /// Asserts that this is an error of `status` in the format of all errors,
    /// and gives its detail.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> Option<String> {
        assert_eq!(self.status(), status, "{}", self.text());
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let members: serde_json::Value = serde_json::from_slice(&self.body).expect("JSON");
        assert_eq!(members["type"], "about:blank");
        assert_eq!(members["status"], status);
        assert_eq!(
            members["title"].as_str(),
            self.head.status.canonical_reason()
        );
        // The id that the log has as well.
        assert_eq!(members["request_id"].as_str(), self.header("x-request-id"));
        members["detail"].as_str().map(str::to_owned)
    }
}
