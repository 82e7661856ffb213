//! What not to do, ten times.

use axum::{Router, routing::get};
use std::{
    fs,
    io::{self, Read, Write},
    net::{TcpListener, TcpStream, ToSocketAddrs},
    process::Command,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

/// The routes, and what each does.
pub(crate) const PATHS: [(&str, &str); 10] = [
    ("/sleep", "std::thread::sleep for 2 ms"),
    ("/read", "std::fs::read of a file that is cached"),
    ("/stat", "std::path::Path::exists"),
    ("/directory", "std::fs::read_dir"),
    ("/name", "ToSocketAddrs::to_socket_addrs"),
    ("/socket", "std::net::TcpStream"),
    ("/process", "std::process::Command::output"),
    ("/lock", "std::sync::Mutex::lock, held by another thread"),
    ("/channel", "std::sync::mpsc::Receiver::recv"),
    ("/compute", "nothing but computing, for 300 ms"),
];

pub(crate) fn router() -> io::Result<Router> {
    let peer = peer()?;
    Ok(Router::new()
        .route(
            "/sleep",
            get(async || thread::sleep(Duration::from_millis(2))),
        )
        .route("/read", get(read))
        .route("/stat", get(stat))
        .route("/directory", get(directory))
        .route("/name", get(name))
        .route("/socket", get(move || socket(peer)))
        .route("/process", get(process))
        .route("/lock", get(lock))
        .route("/channel", get(channel))
        .route("/compute", get(compute)))
}

async fn read() -> String {
    fs::read_to_string("/etc/hosts").unwrap_or_default()
}

async fn stat() -> String {
    let exists = std::path::Path::new("/etc/hosts").exists();
    exists.to_string()
}

async fn directory() -> String {
    let entries = fs::read_dir("/etc").map_or(0, Iterator::count);
    entries.to_string()
}

async fn name() -> String {
    let found = ("localhost", 80)
        .to_socket_addrs()
        .map_or(0, Iterator::count);
    found.to_string()
}

async fn socket(peer: std::net::SocketAddr) -> String {
    let mut text = String::new();
    if let Ok(mut stream) = TcpStream::connect(peer) {
        let _ = stream.read_to_string(&mut text);
    }
    text
}

async fn process() -> String {
    let output = Command::new("uname").output();
    output.map_or_else(
        |error| error.to_string(),
        |output| output.status.to_string(),
    )
}

async fn lock() {
    let mutex = Arc::new(Mutex::new(()));
    let (other, (is_held, held)) = (Arc::clone(&mutex), mpsc::channel());
    thread::spawn(move || {
        let _guard = other.lock();
        let _ = is_held.send(());
        thread::sleep(Duration::from_millis(700));
    });
    // Waits only for a moment: below the threshold for locks.
    let _ = held.recv();
    drop(mutex.lock());
}

async fn channel() {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(700));
        sender.send(())
    });
    let _ = receiver.recv();
}

async fn compute() -> String {
    let (start, mut rounds) = (Instant::now(), 0_u64);
    while start.elapsed() < Duration::from_millis(300) {
        rounds += 1;
    }
    rounds.to_string()
}

/// Greets whoever connects.
fn peer() -> io::Result<std::net::SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let addr = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = (&stream).write_all(b"hello");
        }
    });
    Ok(addr)
}
