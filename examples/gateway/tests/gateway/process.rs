//! A gateway that runs, with a configuration that can be written anew.

use buttress_testing::{Server, within};
use http::{Request, Response};
use http_body_util::Full;
use std::{convert::Infallible, fs, net::SocketAddr, path::PathBuf, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStderr, ChildStdout, Command},
};
use tower::service_fn;

pub(crate) struct Gateway {
    child: Child,
    pub(crate) addr: SocketAddr,
    pub(crate) folder: tempfile::TempDir,
    events: Lines<BufReader<ChildStderr>>,
    // Held, so that the log has somewhere to go.
    _log: Lines<BufReader<ChildStdout>>,
}

impl Gateway {
    pub(crate) async fn start(config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("gateway.toml"), config).expect("a file");
        let mut child = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .arg("--config")
            .arg(folder.path().join("gateway.toml"))
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the gateway starts");
        let stdout = child.stdout.take().expect("it is piped");
        let stderr = child.stderr.take().expect("it is piped");
        let mut log = BufReader::new(stdout).lines();
        let line = within("the gateway's first line", log.next_line()).await;
        let line = line.expect("a line").expect("it did start");
        let addr = line.rsplit('/').next().and_then(|addr| addr.parse().ok());
        Self {
            child,
            addr: addr.expect("an address"),
            folder,
            events: BufReader::new(stderr).lines(),
            _log: log,
        }
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("gateway.toml")
    }

    /// Replaces the configuration, as an editor does.
    pub(crate) fn rewrite(&self, config: &str) {
        let new = self.folder.path().join("new.toml");
        fs::write(&new, config).expect("a file");
        fs::rename(new, self.config()).expect("a file");
    }

    pub(crate) async fn hang_up(&self) {
        let id = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-HUP", &id]).status().await;
        assert!(sent.is_ok_and(|status| status.success()));
    }

    /// Waits for a line on stderr that has this text in it.
    pub(crate) async fn says(&mut self, text: &str) {
        loop {
            let line = within(text, self.events.next_line()).await;
            let line = line.expect("stderr is open").expect("the gateway runs");
            if line.contains(text) {
                return;
            }
        }
    }
}

/// An app that answers with its name.
pub(crate) async fn app(name: &'static str, cache_control: &'static str) -> Server {
    let service = service_fn(move |_: Request<hyper::body::Incoming>| async move {
        let mut response = Response::new(Full::new(bytes::Bytes::from(name)));
        let value = http::HeaderValue::from_static(cache_control);
        response.headers_mut().insert("cache-control", value);
        Ok::<_, Infallible>(response)
    });
    Server::h1(service).await
}

/// A configuration of one route without a log.
pub(crate) fn config(upstreams: &[SocketAddr], more: &str) -> String {
    let upstreams: Vec<_> = upstreams
        .iter()
        .map(|addr| format!("\"http://{addr}\""))
        .collect();
    let upstreams = upstreams.join(", ");
    format!("[log]\nformat = \"off\"\n{more}\n[[route]]\npath = \"/\"\nupstreams = [{upstreams}]\n")
}
