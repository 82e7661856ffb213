use super::header::Reader;
use pin_project_lite::pin_project;
use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// The most that is read of a header at a time.
const PIECE: usize = 512;

pin_project! {
    /// A connection whose PROXY header, if one is expected, is read before anything else.
    ///
    /// Made by [`ProxyProtocol::wrap`](crate::ProxyProtocol::wrap). Where the header is
    /// malformed, late or missing, reading fails, and what is read is nothing.
    #[derive(Debug)]
    pub struct ProxyStream<Io> {
        #[pin]
        io: Io,
        state: State,
    }
}

#[derive(Debug)]
enum State {
    /// The header is awaited, from the first read on with a timer.
    Header(Box<Header>),
    /// What was read in vain, and is still to be given.
    Bytes(Vec<u8>, usize),
    Open,
    Failed,
}

#[derive(Debug)]
struct Header {
    reader: Reader,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<Io> ProxyStream<Io> {
    pub(super) fn new(io: Io, expected: Option<Reader>) -> Self {
        let header = |reader| {
            let timer = None;
            State::Header(Box::new(Header { reader, timer }))
        };
        let state = expected.map_or(State::Open, header);
        Self { io, state }
    }

    /// The connection inside.
    pub fn get_ref(&self) -> &Io {
        &self.io
    }
}

impl Header {
    /// Reads to the end of the header.
    fn poll<Io: AsyncRead>(
        &mut self,
        mut io: Pin<&mut Io>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while let Some(more) = self.reader.next()? {
            let mut piece = [0; PIECE];
            let mut buffer = ReadBuf::new(&mut piece[..more.min(PIECE)]);
            match io.as_mut().poll_read(cx, &mut buffer) {
                Poll::Ready(read) => read?,
                Poll::Pending => return self.poll_timer(cx).map(Err),
            }
            if buffer.filled().is_empty() {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
            self.reader.bytes.extend_from_slice(buffer.filled());
        }
        Poll::Ready(Ok(()))
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let timeout = self.reader.timeout;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(timeout)));
        ready!(timer.as_mut().poll(cx));
        let message = "a PROXY header did not come in time";
        Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, message))
    }
}

impl<Io: AsyncRead> AsyncRead for ProxyStream<Io> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut this = self.project();
        if let State::Header(header) = this.state {
            let read = ready!(header.poll(this.io.as_mut(), cx));
            let bytes = std::mem::take(&mut header.reader.bytes);
            *this.state = match &read {
                Ok(()) if bytes.is_empty() => State::Open,
                Ok(()) => State::Bytes(bytes, 0),
                Err(_) => State::Failed,
            };
            read?;
        }
        match this.state {
            State::Bytes(bytes, given) => {
                let more = buffer.remaining().min(bytes.len() - *given);
                buffer.put_slice(&bytes[*given..*given + more]);
                *given += more;
                if *given == bytes.len() {
                    *this.state = State::Open;
                }
                Poll::Ready(Ok(()))
            }
            State::Open => this.io.poll_read(cx, buffer),
            State::Header(_) | State::Failed => Poll::Ready(Err(super::header::malformed())),
        }
    }
}

impl<Io: AsyncWrite> AsyncWrite for ProxyStream<Io> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.project().io.poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().io.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().io.poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.project().io.poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
