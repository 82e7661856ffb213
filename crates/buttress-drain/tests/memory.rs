//! What an idle connection holds, and that all of it is given back.

mod support;

use buttress_drain::{Drain, Serve};
use buttress_testing::{Gate, alloc};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};
use support::{Running, app};

#[global_allocator]
static ALLOCATOR: alloc::CountingAllocator = alloc::CountingAllocator;

const CONNECTIONS: usize = 200;
const EACH: isize = 4 * 1024;

/// On one thread, for the counts are a thread's. The clients are sockets of
/// the standard library, which hold no memory of the process.
async fn answered(client: &mut TcpStream) {
    client.set_nonblocking(true).unwrap();
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    client.write_all(request).unwrap();
    let mut answer = [0; 512];
    let mut length = 0;
    while !answer[..length].ends_with(b"hello") {
        match client.read(&mut answer[length..]) {
            Ok(read) => length += read,
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

#[test]
fn idle_connections_hold_little_and_give_it_back() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    let server = runtime.block_on(async {
        let parks = |serve: Serve<_, _>| serve.park(Duration::ZERO);
        let drain = Drain::new().linger(Duration::ZERO);
        let server = Running::start_with(drain, app(&Gate::new()), parks).await;
        // What is made once: timers, the reactor's pages, lazy statics.
        answered(&mut TcpStream::connect(server.addr).unwrap()).await;
        server
    });
    let (clients, open) = alloc::measure(|| {
        runtime.block_on(async {
            let mut clients = Vec::with_capacity(CONNECTIONS);
            for _ in 0..CONNECTIONS {
                let mut client = TcpStream::connect(server.addr).unwrap();
                answered(&mut client).await;
                clients.push(client);
            }
            clients
        })
    });
    let each = open.live() / CONNECTIONS as isize;
    assert!((1..=EACH).contains(&each), "{each} bytes a connection");

    let ((), ended) = alloc::measure(|| {
        server.drain.trigger();
        let outcome = runtime.block_on(server.outcome());
        assert!(outcome.is_clean());
        drop(clients);
    });
    let left = (open.live() + ended.live()) / CONNECTIONS as isize;
    println!("{each} bytes a connection, {left} left after the end");

    assert!(left <= 0, "{left} bytes a connection were kept");
}
