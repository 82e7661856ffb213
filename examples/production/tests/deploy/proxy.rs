use crate::app::App;
use buttress_testing::{h1::Connection, within};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// A proxy as a process of its own, with a template whose addresses and folders are
/// those of the test.
pub(crate) struct Proxy {
    pub(crate) addr: SocketAddr,
    _process: Child,
    _dir: TempDir,
}

/// Where the templates are.
pub(crate) fn template(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy")).join(name)
}

impl Proxy {
    /// nginx in front of two instances.
    pub(crate) async fn nginx(instances: [&App; 2]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let addr = free_addr();
        let config = nginx_config(&dir, addr, instances.map(|app| app.addr));
        let mut command = Command::new("nginx");
        // One process, so that its end is the end of it.
        command.args(["-g", "daemon off; master_process off;", "-p"]);
        command.arg(dir.path()).arg("-c").arg(config);
        Self::start(command, addr, dir).await
    }

    /// HAProxy in front of two instances.
    pub(crate) async fn haproxy(instances: [&App; 2]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let addr = free_addr();
        let config = haproxy_config(&dir, addr, instances.map(|app| app.addr));
        let mut command = Command::new("haproxy");
        command.args(["-db", "-q", "-f"]).arg(config);
        Self::start(command, addr, dir).await
    }

    async fn start(mut command: Command, addr: SocketAddr, dir: TempDir) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(Stdio::inherit()).kill_on_drop(true);
        let mut process = command
            .spawn()
            .unwrap_or_else(|error| not_there(&command, &error));
        within("the proxy to listen", async {
            while tokio::net::TcpStream::connect(addr).await.is_err() {
                let ended = process.try_wait().expect("it can be waited for");
                assert!(ended.is_none(), "the proxy has ended: {ended:?}");
                tokio::task::yield_now().await;
            }
        })
        .await;
        Self {
            addr,
            _process: process,
            _dir: dir,
        }
    }

    pub(crate) async fn connect(&self) -> Connection {
        Connection::open(self.addr).await
    }
}

/// Says what to install.
pub(crate) fn not_there(command: &Command, error: &std::io::Error) -> ! {
    let program = command.as_std().get_program().to_string_lossy();
    let package = match &*program {
        "systemd-analyze" => "systemd",
        other => other,
    };
    panic!("{program} does not start ({error}): sudo apt-get install -y {package}")
}

pub(crate) fn nginx_config(dir: &TempDir, addr: SocketAddr, apps: [SocketAddr; 2]) -> PathBuf {
    let at = |name: &str| dir.path().join(name).display().to_string();
    let mut replaced = addresses("127.0.0.1:8080", addr, apps);
    replaced.extend([
        ("/run/nginx.pid".to_owned(), at("pid")),
        ("/var/log/nginx/error.log".to_owned(), at("error.log")),
        ("/var/cache/nginx/app".to_owned(), at("cache")),
        // Started by root it would become somebody who may not write there.
        ("worker_processes auto;".to_owned(), user()),
    ]);
    filled(dir, "nginx/nginx.conf", &replaced)
}

fn user() -> String {
    let is_root = rustix::process::geteuid().is_root();
    let user = if is_root { "user root; " } else { "" };
    format!("{user}worker_processes 1;")
}

pub(crate) fn haproxy_config(dir: &TempDir, addr: SocketAddr, apps: [SocketAddr; 2]) -> PathBuf {
    let replaced = addresses("127.0.0.1:8081", addr, apps);
    filled(dir, "haproxy/haproxy.cfg", &replaced)
}

fn addresses(own: &str, addr: SocketAddr, apps: [SocketAddr; 2]) -> Vec<(String, String)> {
    let apps = [("127.0.0.1:3001", apps[0]), ("127.0.0.1:3002", apps[1])];
    let all = apps.into_iter().chain([(own, addr)]);
    all.map(|(from, to)| (from.to_owned(), to.to_string()))
        .collect()
}

/// Writes a template with other words in it; each has to be there.
fn filled(dir: &TempDir, name: &str, replaced: &[(String, String)]) -> PathBuf {
    let text = std::fs::read_to_string(template(name)).expect("a template");
    let text = replaced.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{name} has no {from}");
        text.replace(from, to)
    });
    let path = dir.path().join("config");
    std::fs::write(&path, text).expect("it can be written");
    path
}

/// A port that nobody has, below those that the system gives to clients, and another one
/// each time.
pub(crate) fn free_addr() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + u16::try_from(std::process::id() % 40).expect("it is small") * 100;
    let addrs = std::iter::from_fn(|| Some(first + NEXT.fetch_add(1, Relaxed)));
    let mut free = addrs
        .take(1_000)
        .map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .filter(|addr| TcpListener::bind(addr).is_ok());
    free.next().expect("a port is free")
}
