//! Exact: sockets and pipes in blocking mode are reported.

use crate::support::reported;
use buttress_sync_io::{Kind, allow};
use std::{
    fs::File,
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

/// A server that answers whatever it is sent.
fn server() -> SocketAddr {
    static SERVER: OnceLock<SocketAddr> = OnceLock::new();
    *SERVER.get_or_init(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                thread::spawn(move || answer(stream.unwrap()));
            }
        });
        addr
    })
}

fn answer(mut stream: TcpStream) {
    let mut bytes = [0; 1024];
    while stream.read(&mut bytes).is_ok_and(|read| read > 0) {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
        if stream.write_all(answer).is_err() {
            break;
        }
    }
}

#[test]
fn a_connect() {
    fn act() {
        let addr = allow(server);
        drop(TcpStream::connect(addr).unwrap());
    }
    reported(act, Kind::Network, "TcpStream::connect(");
}

#[test]
fn a_read() {
    fn act() {
        let mut stream = allow(|| {
            let mut stream = TcpStream::connect(server()).unwrap();
            stream.write_all(b"?").unwrap();
            stream
        });
        assert!(stream.read(&mut [0; 64]).unwrap() > 0);
    }
    reported(act, Kind::Network, "stream.read(");
}

#[test]
fn a_receive_with_a_timeout_which_keeps_its_length() {
    fn act() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let timeout = Duration::from_millis(50);
        socket.set_read_timeout(Some(timeout)).unwrap();
        let start = Instant::now();
        let received = socket.recv(&mut [0; 8]);
        assert_eq!(received.unwrap_err().kind(), ErrorKind::WouldBlock);
        // The kernel counts in ticks.
        assert!(start.elapsed() >= timeout - Duration::from_millis(5));
    }
    reported(act, Kind::Network, "socket.recv(");
}

#[test]
fn the_address_of_a_name() {
    fn act() {
        assert!(
            ("localhost", 80)
                .to_socket_addrs()
                .unwrap()
                .next()
                .is_some()
        );
    }
    reported(act, Kind::Dns, "to_socket_addrs()");
}

#[test]
fn a_blocking_http_client() {
    fn act() {
        let addr = allow(server);
        let mut response = ureq::get(format!("http://{addr}/")).call().unwrap();
        let text = allow(|| response.body_mut().read_to_string().unwrap());
        assert_eq!(text, "hi");
        allow(|| drop(response));
    }
    reported(act, Kind::Network, "ureq::get(");
}

#[test]
fn a_print_to_a_pipe() {
    fn act() {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let mut out = File::from(writer);
        writeln!(out, "hello").unwrap();
        drop(reader);
    }
    reported(act, Kind::Pipe, "writeln!(");
}
