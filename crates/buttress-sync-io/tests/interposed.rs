//! Where the kernel traps no calls, those of the C library's functions are found
//! that stand in their place. A process of its own: a filter of seccomp stays.
#![cfg(all(
    feature = "interpose",
    target_os = "linux",
    target_arch = "x86_64",
    target_env = "gnu"
))]

#[path = "support/seccomp.rs"]
mod seccomp;
mod support;

use buttress_sync_io::{Kind, Mode, allow, testing::assert_detector_works};
use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    sync::Mutex,
    thread,
    time::Duration,
};
use support::{Act, Place, Reports, all, ask, ask_router, check, exact, handler, two_workers};

fn files() {
    assert!(!fs::read("/etc/hosts").unwrap().is_empty()); // a file
}

fn metadata() {
    let missing = fs::metadata("/nowhere").unwrap_err(); // metadata
    assert_eq!(missing.raw_os_error(), Some(libc::ENOENT));
}

fn sleep() {
    thread::sleep(Duration::from_nanos(1)); // a sleep
    std::hint::black_box(());
}

fn socket() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = server.local_addr().unwrap();
    let mut client = allow(|| TcpStream::connect(addr).unwrap());
    allow(|| server.accept().unwrap().0.write_all(b"hi").unwrap());
    assert!(client.read(&mut [0; 8]).unwrap() > 0); // a socket
}

fn timeout() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let timeout = Some(Duration::from_millis(20));
    socket.set_read_timeout(timeout).unwrap();
    let error = socket.recv(&mut [0; 8]).unwrap_err(); // a timeout
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
}

fn lock() {
    static MUTEX: Mutex<()> = Mutex::new(());
    support::while_held(|| MUTEX.lock().unwrap(), || drop(MUTEX.lock().unwrap())); // a lock
}

fn sqlite() {
    let folder = allow(|| tempfile::tempdir().unwrap());
    let data = allow(|| rusqlite::Connection::open(folder.path().join("data")).unwrap());
    data.execute_batch("create table t(x)").unwrap(); // a database
    allow(|| drop((data, folder)));
}

const ACTS: [(Act, Kind, &str); 7] = [
    (files, Kind::File, "// a file"),
    (metadata, Kind::Metadata, "// metadata"),
    (sleep, Kind::Sleep, "// a sleep"),
    (socket, Kind::Network, "// a socket"),
    (timeout, Kind::Network, "// a timeout"),
    (lock, Kind::Lock, "// a lock"),
    (sqlite, Kind::File, "// a database"),
];

/// In one test, for the filter is that of all threads which start after it.
#[test]
fn what_blocks_is_reported_and_what_does_not_is_not() {
    seccomp::refuse(&[libc::SYS_prctl]);
    for (act, kind, line) in ACTS {
        let reports = Reports::default();
        two_workers(ask(reports.layer(Mode::Exact), Place::Handler, act));
        let found = reports.take();
        let [report] = &*exact(&found) else {
            panic!("{line}: {}", all(&found))
        };
        check(report, kind, line);
    }
    let quiet = || async {
        tokio::time::sleep(Duration::from_millis(2)).await;
        assert!(!tokio::fs::read("/etc/hosts").await.unwrap().is_empty());
        tokio::task::spawn_blocking(files).await.unwrap();
        allow(files);
    };
    let reports = Reports::default();
    two_workers(ask_router(handler(quiet).layer(reports.layer(Mode::Exact))));
    let found = reports.take();
    assert!(exact(&found).is_empty(), "{}", all(&found));
    assert_detector_works();
}
