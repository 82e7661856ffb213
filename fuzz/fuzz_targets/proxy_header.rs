//! The first byte says how a trusted peer begins, the rest is what it sends. A header is
//! read, or there is an error; what follows it arrives as it was, however it was cut.
#![no_main]

use buttress_trust_proxy::{ProxyProtocol, Trust};
use libfuzzer_sys::fuzz_target;
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, Waker},
};
use tokio::io::{AsyncRead, ReadBuf};

/// Bytes that come in pieces of so many.
struct Pieces<'a>(&'a [u8], usize);

impl AsyncRead for Pieces<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let length = self.0.len().min(self.1).min(buffer.remaining());
        let (piece, rest) = self.0.split_at(length);
        buffer.put_slice(piece);
        self.0 = rest;
        Poll::Ready(Ok(()))
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else {
        return;
    };
    let begin: &[u8] = match choice % 3 {
        0 => b"",
        1 => b"PROXY ",
        _ => b"\r\n\r\n\0\r\nQUIT\n",
    };
    let bytes = [begin, bytes].concat();
    let whole = read(&bytes, bytes.len().max(1));
    assert_eq!(whole, read(&bytes, 1));
    assert_eq!(whole, read(&bytes, 7));
    if let Some((rest, _)) = whole {
        assert!(bytes.ends_with(&rest));
    }
});

/// What follows the header, and who the client is; nothing if there was an error.
fn read(bytes: &[u8], piece: usize) -> Option<(Vec<u8>, SocketAddr)> {
    let peer = SocketAddr::from(([10, 0, 0, 1], 1));
    let protocol = ProxyProtocol::new(Trust::all());
    let (mut stream, addr) = protocol.wrap(Pieces(bytes, piece), peer);
    let mut cx = Context::from_waker(Waker::noop());
    let mut read = Vec::new();
    loop {
        let mut space = [0; 64];
        let mut buffer = ReadBuf::new(&mut space);
        match Pin::new(&mut stream).poll_read(&mut cx, &mut buffer) {
            Poll::Ready(Ok(())) if buffer.filled().is_empty() => return Some((read, addr.client())),
            Poll::Ready(Ok(())) => read.extend_from_slice(buffer.filled()),
            Poll::Ready(Err(_)) => return None,
            Poll::Pending => panic!("the bytes are there"),
        }
    }
}
