//! (10): the supervisor ends before its workers do.

use crate::support::{
    Manner, Setup, Storm,
    cluster::{is_alive, send},
    until,
};
use buttress_cluster::control::{Client, Reply, Request};
use rustix::process::Signal;
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command},
    time::Duration,
};

#[tokio::test]
async fn workers_of_a_killed_supervisor_answer_what_they_have_and_end() {
    let mut cluster = Setup::new(2).start().await;
    let workers = cluster.pids();
    let addr = cluster.addr;
    let mut connection = buttress_testing::h1::Connection::open(addr).await;
    connection
        .send("GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    until("it is in flight", async || {
        cluster
            .status()
            .workers
            .iter()
            .any(|worker| worker.in_flight == 1)
    })
    .await;
    cluster.signal(Signal::KILL);
    cluster.ended().await;
    connection.head().await;
    assert_eq!(&connection.body().await.complete()[..], b"slow");
    until("no orphan is left", async || {
        !workers.iter().any(|pid| is_alive(*pid))
    })
    .await;
    TcpListener::bind(addr).expect("nobody holds the port");
}

#[tokio::test]
async fn a_successor_of_a_killed_supervisor_can_bind_at_once() {
    let mut cluster = Setup::new(2).start().await;
    let addr = cluster.addr;
    cluster.signal(Signal::KILL);
    cluster.ended().await;
    let successor = Setup::new(2).with("bind", addr).launch().all_serve().await;
    assert_eq!(successor.addr, addr);
    assert_eq!(successor.get("/").await, "hello");
}

/// Keeps a listening socket, as systemd does, and starts what it is told.
struct Manager {
    child: Child,
    control: PathBuf,
}

impl Manager {
    /// Starts the service again whenever it ends.
    fn start(folder: &Path, addr: &str, command: &str) -> Self {
        let script = format!(
            "import os, socket, sys\n\
             s = socket.socket()\n\
             s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n\
             host, port = '{addr}'.split(':')\n\
             s.bind((host, int(port))); s.listen(512)\n\
             print(s.getsockname()[1], file=open('port.new', 'w')); os.rename('port.new', 'port')\n\
             while True:\n\
             \x20 pid = os.fork()\n\
             \x20 if pid == 0:\n\
             \x20  s.fileno() == 3 or os.dup2(s.fileno(), 3); os.set_inheritable(3, True)\n\
             \x20  os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES='web')\n\
             \x20  os.execvp('sh', ['sh', '-c', 'exec ' + sys.argv[1]])\n\
             \x20 os.waitpid(pid, 0)\n"
        );
        let child = Command::new("python3")
            .args(["-c", &script, command])
            .current_dir(folder)
            .spawn();
        Self {
            child: child.unwrap(),
            control: folder.join("control.sock"),
        }
    }
}

impl Manager {
    /// The supervisor that runs now.
    fn supervisor(&self) -> Option<u32> {
        let mut client = Client::connect(&self.control, Duration::from_secs(10)).ok()?;
        match client.ask(&Request::List).ok()? {
            Reply::Status(status) => Some(status.pid),
            _ => None,
        }
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        // First, so that it starts no other.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(supervisor) = self.supervisor() {
            send(supervisor, Signal::KILL);
        }
    }
}

#[tokio::test]
async fn under_socket_activation_a_restart_of_the_supervisor_refuses_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let program = std::env::current_exe().unwrap();
    let command = format!(
        "env {}='workers=2;linger=200;' '{}' support::app::app --exact --nocapture --test-threads=1",
        crate::support::app::VARIABLE,
        program.display()
    );
    let manager = Manager::start(folder.path(), "127.0.0.1:0", &command);
    let port = folder.path().join("port");
    until("the socket is there", async || port.exists()).await;
    let port: u16 = std::fs::read_to_string(port)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    let addr = ([127, 0, 0, 1], port).into();
    let storm = Storm::begin(addr, Manner::Single, 4);
    storm.goes_on(50).await;
    let first = manager.supervisor().unwrap();
    send(first, Signal::KILL);
    until("another supervisor runs", async || {
        manager.supervisor().is_some_and(|pid| pid != first)
    })
    .await;
    storm.goes_on(50).await;
    storm.end().await.is_clean();
}
