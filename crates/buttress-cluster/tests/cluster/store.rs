//! The store of descriptors: a service manager keeps the sockets, and a supervisor that
//! is started again finds them there.

use crate::support::{Manner, Storm, app, cluster::send, until};
use buttress_cluster::control::{Client, Reply, Request, Status};
use rustix::process::Signal;
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command},
    time::Duration,
};
use tempfile::TempDir;

/// As systemd does it: keeps what comes with FDSTORE=1, each once, drops what is named
/// with FDSTOREREMOVE=1, and starts the service again, with all that it keeps. What the
/// service is to be stands in the file `setup`.
const MANAGER: &str = "
import fcntl, os, socket, sys, threading
hears = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
hears.bind('notify')
store = []
lock = threading.Lock()
def identity(fd):
    s = os.fstat(fd)
    return (s.st_dev, s.st_ino)
def hear():
    while True:
        data, fds, _, _ = socket.recv_fds(hears, 4096, 16)
        fields = dict(line.split('=', 1) for line in data.decode().splitlines() if '=' in line)
        with lock:
            if fields.get('FDSTORE') == '1':
                for fd in fds:
                    if any(identity(fd) == identity(kept) for _, kept in store): os.close(fd)
                    else: store.append((fields['FDNAME'], fd))
            if fields.get('FDSTOREREMOVE') == '1':
                for kept in [it for it in store if it[0] == fields['FDNAME']]:
                    store.remove(kept); os.close(kept[1])
            with open('stored.new', 'w') as f: f.write(' '.join(sorted(name for name, _ in store)))
            os.rename('stored.new', 'stored')
threading.Thread(target=hear, daemon=True).start()
while True:
    with lock: kept = list(store)
    pid = os.fork()
    if pid == 0:
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 100) for _, fd in kept]
        for at, fd in enumerate(high): os.dup2(fd, 3 + at)
        os.closerange(3 + len(high), 300)
        os.environ['NOTIFY_SOCKET'] = os.path.abspath('notify')
        if kept: os.environ.update(LISTEN_FDS=str(len(kept)), LISTEN_PID=str(os.getpid()),
                                   LISTEN_FDNAMES=':'.join(name for name, _ in kept))
        os.environ[sys.argv[1]] = open('setup').read()
        os.execvp(sys.argv[2], sys.argv[2:])
    os.waitpid(pid, 0)
";

struct Manager {
    child: Child,
    folder: TempDir,
}

impl Manager {
    fn start(setup: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("setup"), setup).unwrap();
        let child = Command::new("python3")
            .args(["-c", MANAGER, app::VARIABLE])
            .arg(std::env::current_exe().unwrap())
            .args(["support::app::app", "--exact", "--nocapture"])
            .arg("--test-threads=1")
            .current_dir(folder.path())
            .spawn();
        let child = child.unwrap();
        Self { child, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn status(&self) -> Option<Status> {
        status(&self.path("control.sock"))
    }

    /// Waits until another supervisor than that one serves, with as many workers.
    async fn serves(&self, workers: usize, other_than: u32) -> Status {
        let mut found = None;
        until("all workers serve", async || {
            let status = self.status().filter(|status| {
                let serving = status.workers.iter().filter(|it| it.state == "serving");
                status.pid != other_than && serving.count() == workers
            });
            found = status;
            found.is_some()
        })
        .await;
        found.unwrap()
    }

    async fn keeps(&self, names: &str) {
        until(names, async || {
            fs::read_to_string(self.path("stored")).is_ok_and(|it| it == names)
        })
        .await;
    }
}

fn status(control: &Path) -> Option<Status> {
    let mut client = Client::connect(control, Duration::from_secs(10)).ok()?;
    match client.ask(&Request::List).ok()? {
        Reply::Status(status) => Some(status),
        _ => None,
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        // First, so that it starts no other.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(status) = self.status() {
            send(status.pid, Signal::KILL);
        }
    }
}

fn addr(status: &Status) -> SocketAddr {
    let mut places = status.listening.iter();
    places.find_map(|place| place.parse().ok()).unwrap()
}

#[tokio::test]
async fn a_supervisor_that_is_started_again_finds_its_sockets_and_refuses_nobody() {
    for signal in [Signal::KILL, Signal::TERM] {
        let manager = Manager::start("workers=2;linger=200;bind=127.0.0.1:0;unix=web.sock;");
        let first = manager.serves(2, 0).await;
        manager
            .keeps("buttress-0-0 buttress-0-1 buttress-1-all")
            .await;
        let storm = Storm::begin(addr(&first), Manner::Single, 4);
        storm.goes_on(50).await;
        send(first.pid, signal);
        let second = manager.serves(2, first.pid).await;
        assert_eq!(addr(&second), addr(&first));
        storm.goes_on(50).await;
        storm.end().await.is_clean();
        let unix = tokio::net::UnixStream::connect(manager.path("web.sock")).await;
        let mut unix = unix.unwrap_or_else(|error| panic!("{signal:?}: {error}"));
        let request = b"GET / HTTP/1.0\r\n\r\n";
        tokio::io::AsyncWriteExt::write_all(&mut unix, request)
            .await
            .unwrap();
        let mut answer = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut unix, &mut answer)
            .await
            .unwrap();
        assert!(answer.ends_with("hello"), "{signal:?}: {answer}");
        // Each once, however often it was put there.
        manager
            .keeps("buttress-0-0 buttress-0-1 buttress-1-all")
            .await;
    }
}

#[tokio::test]
async fn sockets_of_an_address_that_is_no_longer_wanted_are_let_go() {
    let manager = Manager::start("workers=1;linger=200;bind=127.0.0.1:0;");
    let first = manager.serves(1, 0).await;
    manager.keeps("buttress-0-0").await;
    let setup = "workers=1;linger=200;bind=127.0.0.2:0;";
    fs::write(manager.path("setup"), setup).unwrap();
    send(first.pid, Signal::TERM);
    let second = manager.serves(1, first.pid).await;
    assert_eq!(addr(&second).ip().to_string(), "127.0.0.2");
    manager.keeps("buttress-0-0").await;
    until("nobody holds the old port", async || {
        std::net::TcpListener::bind(addr(&first)).is_ok()
    })
    .await;
}
