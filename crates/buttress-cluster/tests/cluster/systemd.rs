//! (15): what the service manager hears.

use crate::support::{Setup, cluster::send, until};
use rustix::process::Signal;
use std::{os::unix::net::UnixDatagram, path::Path, time::Duration};

/// Hears what `sd_notify` says.
struct Manager {
    socket: UnixDatagram,
    heard: Vec<String>,
}

impl Manager {
    fn listen(folder: &Path) -> Self {
        let socket = UnixDatagram::bind(folder.join("notify")).unwrap();
        socket.set_nonblocking(true).unwrap();
        Self {
            socket,
            heard: Vec::new(),
        }
    }

    async fn hears(&mut self, line: &str) {
        let mut buffer = [0; 4096];
        until(line, async || {
            while let Ok(length) = self.socket.recv(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..length]);
                self.heard.extend(text.lines().map(str::to_owned));
            }
            self.heard.iter().any(|heard| heard.starts_with(line))
        })
        .await;
        self.heard.clear();
    }
}

#[tokio::test]
async fn a_service_manager_hears_how_it_goes() {
    let setup = Setup::new(2);
    let mut manager = Manager::listen(setup.folder());
    let socket = setup.folder().join("notify");
    let cluster = setup
        .variable("NOTIFY_SOCKET", socket.display())
        .start()
        .await;
    manager.hears("READY=1").await;
    cluster.reload().await.unwrap();
    manager.hears("RELOADING=1").await;
    cluster.signal(Signal::HUP);
    manager.hears("READY=1").await;
    cluster.signal(Signal::TTIN);
    manager.hears("STATUS=3 of 3 workers serve").await;
    cluster.signal(Signal::TERM);
    manager.hears("STOPPING=1").await;
}

#[tokio::test]
async fn the_watchdog_is_fed_only_while_workers_answer() {
    let setup = Setup::new(1).with("threads", 1);
    let mut manager = Manager::listen(setup.folder());
    let socket = setup.folder().join("notify");
    let setup = setup.variable("NOTIFY_SOCKET", socket.display());
    let cluster = setup.variable("WATCHDOG_USEC", 400_000).start().await;
    manager.hears("WATCHDOG=1").await;
    let worker = cluster.pids()[0];
    send(worker, Signal::STOP);
    // Some may still be on their way; then none come, for as long as three of them.
    until("it is no longer fed", async || {
        tokio::time::sleep(Duration::from_millis(600)).await;
        let mut buffer = [0; 4096];
        let mut fed = false;
        while let Ok(length) = manager.socket.recv(&mut buffer) {
            fed |= String::from_utf8_lossy(&buffer[..length]).contains("WATCHDOG=1");
        }
        !fed
    })
    .await;
    send(worker, Signal::CONT);
    manager.hears("WATCHDOG=1").await;
}

#[tokio::test]
async fn it_runs_under_systemd_socket_activate() {
    let program = "systemd-socket-activate";
    if std::process::Command::new(program)
        .arg("--version")
        .output()
        .is_err()
    {
        eprintln!("skipped: no {program} here");
        return;
    }
    // It takes no port 0.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = free.local_addr().unwrap();
    drop(free);
    let setup = Setup::new(2);
    let listen = format!("--listen={addr}");
    let variable = format!("--setenv={}", crate::support::app::VARIABLE);
    let cluster = setup.wrapped(&[program, &listen, &variable]).launch();
    // It starts the service with the first connection.
    let answered = async || {
        let mut stream = tokio::net::TcpStream::connect(addr).await.ok()?;
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"GET / HTTP/1.0\r\n\r\n")
            .await
            .ok()?;
        let mut answer = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer)
            .await
            .ok()?;
        Some(answer)
    };
    until("it answers", async || {
        answered().await.is_some_and(|it| it.ends_with("hello"))
    })
    .await;
    let cluster = cluster.all_serve().await;
    assert_eq!(cluster.addr, addr);
    assert_eq!(cluster.stop().await, 0);
}
