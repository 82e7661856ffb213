//! The sockets that a worker has, and those of them that it listens to.

use super::stream::Socket;
use crate::channel;
use buttress_drain::{Exclusive, Listener};
use std::{
    io,
    net::{TcpListener as StdListener, TcpStream as StdStream},
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::{UnixListener as StdUnixListener, UnixStream as StdUnixStream},
    },
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::net::{TcpListener, TcpStream, UnixDatagram, UnixListener, UnixStream};

/// A connection and the address it came to.
pub(super) type Accepted = (Socket, usize);

/// The sockets of one slot, not listened to.
#[derive(Debug)]
pub(super) struct HeldSlot {
    listeners: Vec<(usize, StdListener)>,
    inbox: OwnedFd,
    outbox: OwnedFd,
}

/// A socket that is listened to.
#[derive(Debug)]
pub(super) struct Source {
    place: usize,
    /// Whose it is; None for one that all share.
    pub(super) slot: Option<usize>,
    kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Tcp(Exclusive<TcpListener>),
    Unix(Exclusive<UnixListener>),
    Inbox(UnixDatagram),
}

impl HeldSlot {
    pub(super) fn new(
        listeners: Vec<(usize, OwnedFd)>,
        inbox: OwnedFd,
        outbox: OwnedFd,
    ) -> io::Result<Self> {
        let listeners = listeners
            .into_iter()
            .map(|(place, socket)| (place, StdListener::from(socket)));
        Ok(Self {
            listeners: listeners.collect(),
            inbox,
            outbox,
        })
    }

    /// One that came over the channel.
    pub(super) fn received(places: &[usize], mut with: Vec<OwnedFd>) -> Option<Self> {
        if with.len() != places.len() + 2 {
            return None;
        }
        let (outbox, inbox) = (with.pop()?, with.pop()?);
        Self::new(places.iter().copied().zip(with).collect(), inbox, outbox).ok()
    }

    /// Listens to them as well. Must be called within a runtime.
    pub(super) fn sources(&self, slot: usize) -> io::Result<Vec<Source>> {
        let mut sources = Vec::new();
        for (place, listener) in &self.listeners {
            let listener = TcpListener::from_std(listener.try_clone()?)?;
            let kind = Kind::Tcp(Exclusive::new(listener));
            sources.push(Source {
                place: *place,
                slot: Some(slot),
                kind,
            });
        }
        let inbox = channel::listen(self.inbox.try_clone()?)?;
        sources.push(Source {
            place: 0,
            slot: Some(slot),
            kind: Kind::Inbox(inbox),
        });
        Ok(sources)
    }

    /// Takes up to so many connections that wait here.
    pub(super) fn rescue(&self, most: usize, mut take: impl FnMut(Accepted)) {
        for (place, listener) in &self.listeners {
            let waiting = std::iter::from_fn(|| listener.accept().ok());
            for (stream, _) in waiting.take(most) {
                if let Ok(stream) = adopt_tcp(stream) {
                    take((stream, *place));
                }
            }
        }
        for _ in 0..most {
            match receive(&self.inbox) {
                Ok(Some(accepted)) => take(accepted),
                _ => break,
            }
        }
    }

    /// Puts a connection into its inbox; gives it back if that is full.
    pub(super) fn hand_on(&self, (socket, place): Accepted) -> Result<(), Accepted> {
        let (kind, descriptor) = match &socket {
            Socket::Tcp(tcp) => (b't', tcp.as_fd()),
            Socket::Unix(unix) => (b'u', unix.as_fd()),
        };
        // There are fewer addresses than a byte counts.
        let message = [kind, u8::try_from(place).unwrap_or(u8::MAX)];
        match channel::send(self.outbox.as_fd(), &message, &[descriptor]) {
            Ok(()) => Ok(()),
            Err(_) => Err((socket, place)),
        }
    }
}

impl Source {
    /// A socket that all workers listen to. Until then it is as it was made: a program
    /// that gets it may want it to block.
    pub(super) fn shared(place: usize, socket: OwnedFd) -> io::Result<Self> {
        let options = socket2::SockRef::from(&socket);
        options.set_nonblocking(true)?;
        let is_unix = options.domain()? == socket2::Domain::UNIX;
        let kind = if is_unix {
            Kind::Unix(Exclusive::new(UnixListener::from_std(
                StdUnixListener::from(socket),
            )?))
        } else {
            Kind::Tcp(Exclusive::new(TcpListener::from_std(StdListener::from(
                socket,
            ))?))
        };
        Ok(Self {
            place,
            slot: None,
            kind,
        })
    }

    pub(super) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        let socket = match &self.kind {
            Kind::Tcp(listener) => Socket::Tcp(ready!(listener.get_ref().poll_accept(cx))?.0),
            Kind::Unix(listener) => Socket::Unix(ready!(listener.get_ref().poll_accept(cx))?.0),
            Kind::Inbox(inbox) => return poll_inbox(inbox, cx),
        };
        Poll::Ready(Ok((socket, self.place)))
    }

    pub(super) fn is_inbox(&self) -> bool {
        matches!(self.kind, Kind::Inbox(_))
    }

    pub(super) fn turn_away(&mut self) -> Duration {
        match &mut self.kind {
            Kind::Tcp(listener) => listener.turn_away(),
            Kind::Unix(listener) => listener.turn_away(),
            Kind::Inbox(_) => Duration::ZERO,
        }
    }

    /// Empties its queue, and closes it.
    pub(super) fn close(self, mut take: impl FnMut(Accepted)) -> Result<(), (Self, io::Error)> {
        let Self { place, slot, kind } = self;
        let again = |kind| Self { place, slot, kind };
        match kind {
            Kind::Tcp(listener) => listener
                .close(|stream, _| take((Socket::Tcp(stream), place)))
                .map_err(|(listener, error)| (again(Kind::Tcp(listener)), error)),
            Kind::Unix(listener) => listener
                .close(|stream, _| take((Socket::Unix(stream), place)))
                .map_err(|(listener, error)| (again(Kind::Unix(listener)), error)),
            Kind::Inbox(inbox) => {
                while let Ok(Some(accepted)) = receive(&inbox) {
                    take(accepted);
                }
                Ok(())
            }
        }
    }
}

fn poll_inbox(inbox: &UnixDatagram, cx: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
    loop {
        let mut message = [0; 2];
        let (length, with) = ready!(channel::poll_receive(inbox, &mut message, cx))?;
        // What is unreadable is of no worker of this version.
        if let Some(accepted) = read(&message[..length], with)? {
            return Poll::Ready(Ok(accepted));
        }
    }
}

/// The next connection of an inbox, without waiting.
fn receive(inbox: impl AsFd) -> io::Result<Option<Accepted>> {
    let mut message = [0; 2];
    let (length, with) = channel::receive(inbox.as_fd(), &mut message)?;
    read(&message[..length], with)
}

fn read(message: &[u8], descriptors: Vec<OwnedFd>) -> io::Result<Option<Accepted>> {
    let (Some(descriptor), &[kind, place]) = (descriptors.into_iter().next(), message) else {
        return Ok(None);
    };
    let socket = match kind {
        b't' => adopt_tcp(StdStream::from(descriptor))?,
        _ => {
            let stream = StdUnixStream::from(descriptor);
            stream.set_nonblocking(true)?;
            Socket::Unix(UnixStream::from_std(stream)?)
        }
    };
    Ok(Some((socket, place.into())))
}

fn adopt_tcp(stream: StdStream) -> io::Result<Socket> {
    stream.set_nonblocking(true)?;
    TcpStream::from_std(stream).map(Socket::Tcp)
}
