//! (3) PROXY headers: from trusted peers alone, whole, in time and bounded.
#![cfg(feature = "proxy-protocol")]

use buttress_trust_proxy::{ProxiedAddr, ProxyProtocol, ProxyStream, Trust};
use proptest::prelude::*;
use std::{io, net::SocketAddr, time::Duration};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";
const V1: &[u8] = b"PROXY TCP4 203.0.113.7 10.0.0.1 56324 443\r\n";

/// The client that [`V1`] and [`v2`] name.
fn client() -> SocketAddr {
    ([203, 0, 113, 7], 56324).into()
}

/// A header of version 2, with so many bytes more than the addresses need.
fn v2(more: usize) -> Vec<u8> {
    let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11".to_vec();
    header.extend_from_slice(&(12 + more as u16).to_be_bytes());
    header.extend_from_slice(&[203, 0, 113, 7, 10, 0, 0, 1]);
    header.extend_from_slice(&56324u16.to_be_bytes());
    header.extend_from_slice(&443u16.to_be_bytes());
    header.resize(header.len() + more, 0);
    header
}

fn trusting() -> ProxyProtocol {
    ProxyProtocol::new("10.0.0.0/8".parse().unwrap())
}

fn open(
    protocol: &ProxyProtocol,
    peer: [u8; 4],
) -> (DuplexStream, ProxyStream<DuplexStream>, ProxiedAddr) {
    let (ours, theirs) = duplex(1 << 17);
    let (stream, addr) = protocol.wrap(theirs, (peer, 4711).into());
    (ours, stream, addr)
}

/// What the server reads of bytes that come as one, and whom it takes for the client.
async fn read(
    protocol: &ProxyProtocol,
    peer: [u8; 4],
    bytes: &[u8],
) -> (io::Result<Vec<u8>>, SocketAddr) {
    let (mut ours, mut stream, addr) = open(protocol, peer);
    ours.write_all(bytes).await.unwrap();
    drop(ours);
    let mut read = Vec::new();
    let result = stream.read_to_end(&mut read).await;
    // What failed fails again, and gives nothing.
    if result.is_err() {
        assert_eq!(read, b"");
        assert!(stream.read_u8().await.is_err());
    }
    (result.map(|_| read), addr.client())
}

const PROXY: [u8; 4] = [10, 0, 0, 1];

#[tokio::test]
async fn a_trusted_peer_names_the_client() {
    for header in [V1.to_vec(), v2(0), v2(500)] {
        let bytes = [&header, REQUEST].concat();
        let (read, addr) = read(&trusting(), PROXY, &bytes).await;
        assert_eq!(read.unwrap(), REQUEST);
        assert_eq!(addr, client());
    }
}

#[tokio::test]
async fn a_header_of_ipv6() {
    let mut bytes = b"PROXY TCP6 2001:db8::1 ::1 1 2\r\n".to_vec();
    bytes.extend_from_slice(REQUEST);
    let (read, addr) = read(&trusting(), PROXY, &bytes).await;
    assert_eq!(read.unwrap(), REQUEST);
    assert_eq!(addr, "[2001:db8::1]:1".parse().unwrap());
}

#[tokio::test]
async fn other_peers_name_nobody() {
    for header in [V1.to_vec(), v2(0)] {
        let bytes = [&header, REQUEST].concat();
        let (read, addr) = read(&trusting(), [8, 8, 8, 8], &bytes).await;
        // The server gets the header, which is no HTTP.
        assert_eq!(read.unwrap(), bytes);
        assert_eq!(addr, ([8, 8, 8, 8], 4711).into());
    }
}

#[tokio::test]
async fn a_header_that_is_cut_short_is_an_error() {
    for header in [V1.to_vec(), v2(20)] {
        for length in 0..header.len() {
            let (read, addr) = read(&trusting(), PROXY, &header[..length]).await;
            assert!(read.is_err(), "{length}");
            assert_eq!(addr, (PROXY, 4711).into());
        }
    }
}

#[tokio::test]
async fn a_header_that_is_too_long_is_refused_before_it_is_read() {
    let (mut ours, mut stream, _) = open(&trusting(), PROXY);
    // The length alone, and none of what it announces.
    ours.write_all(&v2(65_000)[..16]).await.unwrap();
    let error = stream.read_u8().await.unwrap_err();
    assert_eq!(error.to_string(), "a PROXY header is too long");

    let endless = [b"PROXY TCP4 ".as_slice(), &[b'1'; 4096]].concat();
    let (read, _) = read(&trusting(), PROXY, &endless).await;
    assert_eq!(read.unwrap_err().to_string(), "a PROXY header is too long");
}

#[tokio::test]
async fn a_header_that_is_none_is_an_error() {
    for bytes in [
        REQUEST,
        b"PROXY TCP4 evil 10.0.0.1 1 2\r\n",
        b"PROXY TCP4 1.1.1.1 10.0.0.1 99999 2\r\n",
        b"PROXY \r\nGET / HTTP/1.1\r\n",
        b"PROXY UDP4 1.1.1.1 10.0.0.1 1 2\r\n",
        b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c............",
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x01.",
        b"\x16\x03\x01",
    ] {
        let (read, addr) = read(&trusting(), PROXY, bytes).await;
        assert!(read.is_err(), "{}", bytes.escape_ascii());
        assert_eq!(addr, (PROXY, 4711).into());
    }
}

#[tokio::test]
async fn a_header_may_be_optional() {
    let protocol = trusting().optional(true);
    let (got, addr) = read(&protocol, PROXY, REQUEST).await;
    assert_eq!(got.unwrap(), REQUEST);
    assert_eq!(addr, (PROXY, 4711).into());
    // HTTP/2 begins like version 1 does.
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    assert_eq!(read(&protocol, PROXY, preface).await.0.unwrap(), preface);
    let (_, addr) = read(&protocol, PROXY, V1).await;
    assert_eq!(addr, client());
}

#[tokio::test]
async fn a_proxy_that_speaks_for_itself_is_the_client() {
    let mut local = v2(0);
    local[12] = 0x20;
    for header in [
        local.as_slice(),
        b"PROXY UNKNOWN\r\n",
        b"PROXY UNKNOWN ::1 ::1 1 2\r\n",
    ] {
        let (read, addr) = read(&trusting(), PROXY, &[header, REQUEST].concat()).await;
        assert_eq!(read.unwrap(), REQUEST);
        assert_eq!(addr, (PROXY, 4711).into());
    }
}

#[tokio::test(start_paused = true)]
async fn a_header_that_does_not_come_in_time_is_an_error() {
    let protocol = trusting().timeout(Duration::from_secs(3));
    let (mut ours, mut stream, _) = open(&protocol, PROXY);
    ours.write_all(&V1[..20]).await.unwrap();
    let started = tokio::time::Instant::now();
    let error = stream.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(started.elapsed(), Duration::from_secs(3));
}

/// The timer is the header's: what comes later may take its time.
#[tokio::test(start_paused = true)]
async fn the_time_after_the_header_is_the_servers() {
    let (mut ours, mut stream, _) = open(&trusting(), PROXY);
    ours.write_all(V1).await.unwrap();
    let later = async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        ours.write_all(b"x").await.unwrap();
    };
    let (read, ()) = tokio::join!(stream.read_u8(), later);
    assert_eq!(read.unwrap(), b'x');
}

#[tokio::test]
async fn writes_go_through() {
    let (mut ours, mut stream, _) = open(&trusting(), PROXY);
    stream.write_all(b"hello").await.unwrap();
    let mut read = [0; 5];
    ours.read_exact(&mut read).await.unwrap();
    assert_eq!(&read, b"hello");
}

#[test]
fn the_listener_trusts_hops_and_functions_too() {
    let wrapped = |trust| {
        ProxyProtocol::new(trust)
            .wrap((), ([8, 8, 8, 8], 1).into())
            .1
    };
    assert_eq!(wrapped(Trust::all()).peer(), ([8, 8, 8, 8], 1).into());
}

proptest! {
    /// Whatever the pieces in which they come: the same header, and the same rest.
    #[test]
    fn pieces_do_not_matter(cuts in prop::collection::vec(1usize..40, 0..12), version_2: bool, rest in prop::collection::vec(any::<u8>(), 0..300)) {
        let header = if version_2 { v2(33) } else { V1.to_vec() };
        let bytes = [header, rest.clone()].concat();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (mut ours, mut stream, addr) = open(&trusting(), PROXY);
            let send = async move {
                let mut left = &bytes[..];
                for cut in cuts {
                    let (piece, after) = left.split_at(cut.min(left.len()));
                    ours.write_all(piece).await.unwrap();
                    tokio::task::yield_now().await;
                    left = after;
                }
                ours.write_all(left).await.unwrap();
            };
            let mut read = Vec::new();
            let (result, ()) = tokio::join!(stream.read_to_end(&mut read), send);
            result.unwrap();
            assert_eq!(read, rest);
            assert_eq!(addr.client(), client());
        });
    }

    #[test]
    fn any_bytes_are_a_header_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200), prefix in 0usize..3) {
        let prefix: &[u8] = [b"".as_slice(), b"PROXY ", b"\r\n\r\n\0\r\nQUIT\n"][prefix];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _ = runtime.block_on(read(&trusting(), PROXY, &[prefix, &bytes].concat()));
    }
}
