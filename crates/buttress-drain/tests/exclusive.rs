//! Listeners of ours: who comes at the end is turned away, and nobody is reset.

mod support;

use buttress_drain::{Exclusive, Listener, bind, serve};
use buttress_testing::{Gate, h1, within};
use std::{io::ErrorKind, time::Duration};
use support::{Running, app, patient};
use tokio::net::{TcpListener, TcpStream};

static_assertions::assert_impl_all!(Exclusive<TcpListener>: std::fmt::Debug, Send, Sync, Unpin);

const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn bind_tries_each_address_and_says_why_none_will_do() {
    let listener = bind("localhost:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    assert_eq!(addr, listener.get_ref().local_addr().unwrap());
    let taken = bind(addr).await.unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::AddrInUse);
    let free = "127.0.0.1:0".parse().unwrap();
    let other = bind(&[addr, free][..]).await.unwrap();
    assert_ne!(other.local_addr().unwrap(), addr);
    let none = bind(&[][..]).await.unwrap_err();
    assert_eq!(none.to_string(), "no address to listen on");
}

#[tokio::test]
async fn a_successor_can_bind_as_soon_as_the_queue_is_closed() {
    let server = Running::exclusive(patient(), app(&Gate::new())).await;
    let mut client = h1::Connection::open(server.addr).await;
    client.get("/", &[]).await;
    assert_eq!(client.body().await.complete(), "hello");
    server.drain.trigger();
    let bound = async {
        loop {
            match bind(server.addr).await {
                Ok(successor) => break successor,
                Err(error) => assert_eq!(error.kind(), ErrorKind::AddrInUse),
            }
            tokio::task::yield_now().await;
        }
    };
    let _successor = within("the port", bound).await;
    // The old one still has its connection.
    assert!(!server.has_ended());
}

#[tokio::test]
async fn the_queue_is_handed_out_after_nobody_can_join_it() {
    let mut listener = bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    for _ in 0..3 {
        queued.push(TcpStream::connect(addr).await.unwrap());
    }
    let window = listener.turn_away();
    #[cfg(target_os = "linux")]
    assert_eq!(window, Duration::from_millis(100));
    // Its segment is dropped; it tries again when the port is closed.
    let late = tokio::spawn(TcpStream::connect(addr));
    if !window.is_zero() {
        let early = tokio::time::timeout(window, TcpStream::connect(addr)).await;
        assert!(early.is_err(), "{early:?}");
    }
    let mut peers = Vec::new();
    listener.close(|_, peer| peers.push(peer)).unwrap();
    let queued: Vec<_> = queued.iter().map(|c| c.local_addr().unwrap()).collect();
    assert_eq!(peers, queued);
    let late = within("the second try", late).await.unwrap();
    assert_eq!(late.unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn handshakes_do_not_hold_up_a_cut() {
    let listener = bind("127.0.0.1:0").await.unwrap().handshakes(LONG);
    let (addr, drain) = (listener.local_addr().unwrap(), patient());
    let server = serve(listener, app(&Gate::new())).drain(drain.clone());
    let server = Running::spawn(addr, drain, server);
    server.drain.trigger();
    tokio::task::yield_now().await;
    server.drain.cut();
    assert!(server.outcome().await.is_clean());
}

#[tokio::test]
async fn a_listener_with_options_of_its_own_can_be_exclusive() {
    let listener = TcpListener::bind("[::1]:0").await.unwrap();
    let (addr, drain) = (listener.local_addr().unwrap(), patient());
    let server = serve(Exclusive::new(listener), app(&Gate::new())).drain(drain.clone());
    let server = Running::spawn(addr, drain, server);
    let mut client = h1::Connection::open(server.addr).await;
    client.get("/whoami", &[]).await;
    assert!(client.body().await.complete().starts_with(b"[::1]:"));
}

/// How a client on a slow path is played: its own socket drops the answer to its
/// first segment, until it is let through.
#[cfg(target_os = "linux")]
mod on_the_way {
    use super::*;
    use socket2::{Domain, SockAddr, SockFilter, Socket, Type};
    use std::net::SocketAddr;

    struct Traveller(Socket);

    impl Traveller {
        fn set_out(to: SocketAddr) -> Self {
            let socket = Socket::new(Domain::for_address(to), Type::STREAM, None).unwrap();
            socket.set_nonblocking(true).unwrap();
            // Keeps nothing of what comes.
            let nothing = SockFilter::new(0x06, 0, 0, 0);
            socket.attach_filter(&[nothing]).unwrap();
            let connecting = socket.connect(&SockAddr::from(to)).unwrap_err();
            assert_eq!(connecting.raw_os_error(), Some(115), "EINPROGRESS");
            Self(socket)
        }

        /// Waits for the server's second try, in a second.
        async fn arrive(self) -> TcpStream {
            self.0.detach_filter().unwrap();
            let stream = TcpStream::from_std(self.0.into()).unwrap();
            within("the handshake", stream.writable()).await.unwrap();
            assert_eq!(stream.take_error().unwrap().map(|e| e.kind()), None);
            stream
        }
    }

    #[tokio::test]
    async fn a_handshake_that_had_begun_is_completed_and_its_request_answered() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};

        for at in ["127.0.0.1:0", "[::1]:0"] {
            let listener = bind(at).await.unwrap().handshakes(LONG);
            let (addr, drain) = (listener.local_addr().unwrap(), patient());
            let server = serve(listener, app(&Gate::new())).drain(drain.clone());
            let server = Running::spawn(addr, drain, server);
            let traveller = Traveller::set_out(addr);
            server.drain.trigger();
            within("new clients to be turned away", turned_away(addr)).await;

            let mut client = traveller.arrive().await;
            let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
            client.write_all(request).await.unwrap();
            let mut answer = String::new();
            let read = client.read_to_string(&mut answer);
            within("the answer", read).await.unwrap();
            let head = "HTTP/1.1 200 OK\r\n";
            assert!(answer.starts_with(head), "{answer}");
            assert!(answer.contains("connection: close\r\n"), "{answer}");
        }
    }

    /// On loopback the kernel connects within the call.
    async fn turned_away(addr: SocketAddr) {
        let moment = Duration::from_millis(50);
        while let Ok(connected) = tokio::time::timeout(moment, TcpStream::connect(addr)).await {
            connected.unwrap();
        }
    }
}

#[cfg(unix)]
mod unix {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{UnixListener, UnixStream},
    };

    #[tokio::test]
    async fn who_comes_late_is_refused_and_the_queue_handed_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let mut listener = Exclusive::new(UnixListener::bind(&path).unwrap());
        let mut queued = UnixStream::connect(&path).await.unwrap();
        assert_eq!(listener.turn_away(), Duration::ZERO);
        let late = UnixStream::connect(&path).await.unwrap_err();
        assert_eq!(late.kind(), ErrorKind::ConnectionRefused);
        let mut taken = Vec::new();
        listener.close(|stream, _| taken.push(stream)).unwrap();
        let [stream] = &mut taken[..] else {
            panic!("{} were taken", taken.len());
        };
        queued.write_all(b"a").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'a');
    }

    #[tokio::test]
    async fn serve_takes_it_and_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = Exclusive::new(UnixListener::bind(&path).unwrap());
        let drain = patient();
        let server = serve(listener, app(&Gate::new())).drain(drain.clone());
        let server = tokio::spawn(server.into_future());
        let mut client = UnixStream::connect(&path).await.unwrap();
        let request = b"GET /whoami HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        client.write_all(request).await.unwrap();
        let mut answer = String::new();
        let read = client.read_to_string(&mut answer);
        within("the answer", read).await.unwrap();
        assert!(answer.ends_with("\r\n\r\nnobody"), "{answer}");
        drain.trigger();
        let outcome = within("the end", server).await.unwrap().unwrap();
        assert!(outcome.is_clean());
    }
}
