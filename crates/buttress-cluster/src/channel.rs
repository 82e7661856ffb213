//! Messages between supervisor and worker, with descriptors beside them.

use rustix::{
    cmsg_space,
    io::{Errno, IoSlice, IoSliceMut},
    net::{
        AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
        SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
    },
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    io,
    mem::MaybeUninit,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::net::UnixDatagram as StdUnixDatagram,
    },
    task::{Context, Poll, ready},
};
use tokio::{io::Interest, net::UnixDatagram};

/// Settings are the longest, and bounded by less.
pub(crate) const MAX_MESSAGE: usize = 32 * 1024;
/// The sockets of one slot: one for each address and two more.
pub(crate) const MAX_DESCRIPTORS: usize = 20;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum ToWorker {
    /// Accept connections.
    Serve,
    /// With one end of a connection, over which a request comes.
    Probe,
    /// Say "not ready" to load balancers.
    Announce,
    /// End in order; `last` if nobody will have the sockets.
    Drain {
        last: bool,
    },
    /// End without waiting for what is in flight.
    Cut,
    Settings(crate::settings::Values),
    /// With the sockets of one more slot: listeners of these addresses, then the
    /// two ends of its inbox.
    Slot {
        places: Vec<usize>,
    },
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum ToSupervisor {
    /// It could serve.
    Ready,
    /// It drains of its own accord.
    Leaving,
}

/// A socket that keeps messages apart.
#[derive(Debug)]
pub(crate) struct Channel(UnixDatagram);

/// Two ends that do not wait and that no child inherits.
pub(crate) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        flags,
        None,
    )?)
}

impl Channel {
    /// Must be called within a runtime.
    pub(crate) fn new(socket: OwnedFd) -> io::Result<Self> {
        listen(socket).map(Self)
    }

    /// Sends at once, or fails: whoever does not read has no use for more.
    pub(crate) fn send(&self, message: &impl Serialize, with: &[BorrowedFd<'_>]) -> io::Result<()> {
        let bytes = serde_json::to_vec(message)?;
        send(self.0.as_fd(), &bytes, with)
    }

    /// The next message; `None` once the other end is closed.
    pub(crate) async fn receive<T: DeserializeOwned>(
        &self,
    ) -> io::Result<Option<(T, Vec<OwnedFd>)>> {
        let mut buffer = vec![0; MAX_MESSAGE];
        let (length, descriptors) =
            std::future::poll_fn(|cx| poll_receive(&self.0, &mut buffer, cx)).await?;
        if length == 0 {
            return Ok(None);
        }
        Ok(Some((
            serde_json::from_slice(&buffer[..length])?,
            descriptors,
        )))
    }
}

/// To wait for messages. To tokio it is a socket that keeps messages apart, like one
/// of datagrams; that its end is noticed makes no difference.
pub(crate) fn listen(socket: OwnedFd) -> io::Result<UnixDatagram> {
    UnixDatagram::from_std(StdUnixDatagram::from(socket))
}

pub(crate) fn poll_receive(
    socket: &UnixDatagram,
    buffer: &mut [u8],
    cx: &mut Context<'_>,
) -> Poll<io::Result<(usize, Vec<OwnedFd>)>> {
    loop {
        ready!(socket.poll_recv_ready(cx))?;
        match socket.try_io(Interest::READABLE, || receive(socket.as_fd(), buffer)) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            received => return Poll::Ready(received),
        }
    }
}

pub(crate) fn send(
    socket: BorrowedFd<'_>,
    bytes: &[u8],
    with: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !with.is_empty() && !control.push(SendAncillaryMessage::ScmRights(with)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    sendmsg(socket, &[IoSlice::new(bytes)], &mut control, flags)?;
    Ok(())
}

/// One message and what came with it, without waiting.
pub(crate) fn receive(
    socket: BorrowedFd<'_>,
    buffer: &mut [u8],
) -> io::Result<(usize, Vec<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT;
    let received = loop {
        match recvmsg(socket, &mut [IoSliceMut::new(buffer)], &mut control, flags) {
            Err(Errno::INTR) => {}
            // The other end is gone, with messages from us unread.
            Err(Errno::CONNRESET) => return Ok((0, Vec::new())),
            received => break received?,
        }
    };
    let mut descriptors = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            descriptors.extend(rights);
        }
    }
    Ok((received.bytes, descriptors))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn messages_and_descriptors_arrive_together_and_then_the_end() {
        let (ours, theirs) = pair().unwrap();
        let (ours, theirs) = (Channel::new(ours).unwrap(), Channel::new(theirs).unwrap());
        let (given, _kept) = pair().unwrap();
        let message = ToWorker::Slot { places: vec![0] };
        ours.send(&message, &[given.as_fd()]).unwrap();
        ours.send(&ToWorker::Cut, &[]).unwrap();
        drop(ours);
        let (first, with) = theirs.receive::<ToWorker>().await.unwrap().unwrap();
        assert!(matches!(first, ToWorker::Slot { .. }));
        assert_eq!(with.len(), 1);
        let (second, with) = theirs.receive::<ToWorker>().await.unwrap().unwrap();
        assert!(matches!(second, ToWorker::Cut) && with.is_empty());
        assert!(theirs.receive::<ToWorker>().await.unwrap().is_none());
    }
}
