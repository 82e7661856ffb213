//! The listening sockets, which the supervisor makes and keeps.

use crate::{
    activation::{self, Given, Kept},
    channel,
    hello::{Inherited, InheritedSlot, Lasting},
    place::Place,
};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::{
    fs, io,
    net::{SocketAddr, TcpListener},
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
        unix::{
            fs::FileTypeExt,
            net::{UnixListener, UnixStream},
        },
    },
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// As long as Linux lets an accept queue be by default (`net.core.somaxconn`).
const BACKLOG: i32 = 4096;
/// Beyond which an address is in use. Until then it may be that of our
/// predecessor, whose workers are closing it.
const PATIENCE: Duration = Duration::from_secs(3);
/// Fits with a slot's other sockets into one message.
pub(crate) const MAX_PLACES: usize = channel::MAX_DESCRIPTORS - 2;

#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) place: usize,
    pub(crate) socket: OwnedFd,
}

/// What belongs to one slot. Connections go to the worker that serves it.
#[derive(Debug)]
pub(crate) struct SlotSockets {
    /// One for each TCP address, which the kernel spreads connections over.
    pub(crate) listeners: Vec<Held>,
    /// Connections that other workers hand on.
    pub(crate) inbox: OwnedFd,
    pub(crate) outbox: OwnedFd,
}

#[derive(Debug)]
pub(crate) struct Listeners {
    pub(crate) places: Vec<Place>,
    /// Sockets that all workers accept from: of Unix there is one only.
    pub(crate) shared: Vec<Held>,
    pub(crate) slots: Vec<SlotSockets>,
    pub(crate) lasting: Lasting,
    /// Whether TCP sockets are shared, too.
    is_sharing: bool,
}

impl Listeners {
    /// Takes what was given, and binds the rest; slots come with [`open`](Self::open).
    pub(crate) fn new(
        places: Vec<Place>,
        is_sharing: bool,
        given: Vec<Given>,
        kept: Vec<Kept>,
    ) -> io::Result<Self> {
        let mut listeners = Self {
            places,
            shared: Vec::new(),
            slots: Vec::new(),
            lasting: match (given.is_empty(), activation::may_be_kept()) {
                (false, _) => Lasting::Yes,
                (true, true) => Lasting::Perhaps,
                (true, false) => Lasting::No,
            },
            is_sharing,
        };
        for given in given {
            listeners.take(given);
        }
        listeners.restore(kept)?;
        for place in 0..listeners.places.len() {
            if !listeners.is_there(place) {
                let bound = listeners.bind(place);
                bound.map_err(|error| {
                    let place = &listeners.places[place];
                    io::Error::new(error.kind(), format!("cannot listen on {place}: {error}"))
                })?;
            }
        }
        if listeners.places.len() > MAX_PLACES {
            let error = format!("more than {MAX_PLACES} addresses to listen on");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
        }
        Ok(listeners)
    }

    /// One socket of the service manager, which stands for the place of the same
    /// address, or for one more.
    fn take(&mut self, given: Given) {
        let place = self.places.iter().position(|place| *place == given.place);
        let place = place.unwrap_or_else(|| {
            self.places.push(given.place);
            self.places.len() - 1
        });
        self.shared.push(Held {
            place,
            socket: given.socket,
        });
    }

    /// Sockets of a supervisor before us, which may have had other addresses.
    fn restore(&mut self, kept: Vec<Kept>) -> io::Result<()> {
        let (kept, strange): (Vec<_>, Vec<_>) = kept.into_iter().partition(|it| self.is_wanted(it));
        strange.iter().for_each(activation::discard);
        let slots = kept
            .iter()
            .filter_map(|it| it.slot)
            .max()
            .map_or(0, |slot| slot + 1);
        for _ in 0..slots {
            self.slots.push(SlotSockets::new()?);
        }
        for Kept {
            place,
            address,
            slot,
            socket,
        } in kept
        {
            // Of port 0 it is the one that was free.
            self.places[place] = address;
            let held = Held { place, socket };
            match slot {
                Some(slot) => self.slots[slot].listeners.push(held),
                None => self.shared.push(held),
            }
        }
        Ok(())
    }

    fn is_wanted(&self, kept: &Kept) -> bool {
        // One of a socket unit is given anew at each start.
        let is_given = self.shared.iter().any(|held| held.place == kept.place);
        let is_same = match (self.places.get(kept.place), &kept.address) {
            (Some(Place::Tcp(wanted)), Place::Tcp(is)) if wanted.port() == 0 => {
                wanted.ip() == is.ip()
            }
            (wanted, is) => wanted == Some(is),
        };
        is_same && !is_given
    }

    fn is_there(&self, place: usize) -> bool {
        let of_slots = self.slots.iter().flat_map(|slot| &slot.listeners);
        of_slots.chain(&self.shared).any(|held| held.place == place)
    }

    fn bind(&mut self, place: usize) -> io::Result<()> {
        match &self.places[place] {
            Place::Tcp(addr) => {
                // Without the option that lets others share the port: else two
                // clusters by mistake would get half of the connections each.
                let probe = patiently(|| listen(*addr, Use::Shared))?;
                let addr = local_addr(&probe)?;
                self.places[place] = Place::Tcp(addr);
                if self.is_sharing {
                    let socket = probe;
                    self.shared.push(Held { place, socket });
                    return Ok(());
                }
                drop(probe);
                if self.slots.is_empty() {
                    self.slots.push(SlotSockets::new()?);
                }
                let socket = listen(addr, Use::OneSlot)?;
                self.slots[0].listeners.push(Held { place, socket });
            }
            Place::Unix(path) => {
                let socket = patiently(|| bind_unix(path))?;
                self.shared.push(Held { place, socket });
            }
            Place::Given => {}
        }
        Ok(())
    }

    /// Sees to it that the slot has all of its sockets.
    pub(crate) fn open(&mut self, slot: usize) -> io::Result<&SlotSockets> {
        while self.slots.len() <= slot {
            self.slots.push(SlotSockets::new()?);
        }
        for (place, it) in self.places.iter().enumerate() {
            let is_shared = self.shared.iter().any(|held| held.place == place);
            let listeners = &mut self.slots[slot].listeners;
            let is_there = is_shared || listeners.iter().any(|held| held.place == place);
            if let (Place::Tcp(addr), false) = (it, is_there) {
                listeners.push(Held {
                    place,
                    socket: listen(*addr, Use::OneSlot)?,
                });
            }
        }
        Ok(&self.slots[slot])
    }

    pub(crate) fn inherited(&self) -> (Vec<Inherited>, Vec<InheritedSlot>) {
        let listener = |held: &Held| Inherited {
            place: held.place,
            fd: held.socket.as_raw_fd(),
        };
        let slot = |slot: &SlotSockets| InheritedSlot {
            listeners: slot.listeners.iter().map(listener).collect(),
            inbox: slot.inbox.as_raw_fd(),
            outbox: slot.outbox.as_raw_fd(),
        };
        (
            self.shared.iter().map(listener).collect(),
            self.slots.iter().map(slot).collect(),
        )
    }

    /// Takes the files of Unix sockets away, unless they will be used again.
    pub(crate) fn remove_files(&self) {
        for place in &self.places {
            if let (Place::Unix(path), Lasting::No) = (place, self.lasting) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

impl SlotSockets {
    fn new() -> io::Result<Self> {
        let (inbox, outbox) = channel::pair()?;
        Ok(Self {
            listeners: Vec::new(),
            inbox,
            outbox,
        })
    }

    pub(crate) fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        let listeners = self.listeners.iter().map(|held| held.socket.as_fd());
        listeners
            .chain([self.inbox.as_fd(), self.outbox.as_fd()])
            .collect()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Use {
    /// By all workers: it is theirs to say whether it blocks.
    Shared,
    OneSlot,
}

fn listen(addr: SocketAddr, usage: Use) -> io::Result<OwnedFd> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(usage == Use::OneSlot)?;
    socket.set_nonblocking(usage == Use::OneSlot)?;
    socket.bind(&SockAddr::from(addr))?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn local_addr(socket: &OwnedFd) -> io::Result<SocketAddr> {
    TcpListener::from(socket.try_clone()?).local_addr()
}

fn bind_unix(path: &Path) -> io::Result<OwnedFd> {
    let bound = UnixListener::bind(path);
    let listener = match bound {
        // The file of one who is gone.
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_deserted(path) => {
            fs::remove_file(path)?;
            UnixListener::bind(path)?
        }
        bound => bound?,
    };
    Ok(listener.into())
}

/// Whether a socket is there that nobody listens to. Of a file that is none, connecting
/// says the same; but that is somebody's.
pub(crate) fn is_deserted(path: &Path) -> bool {
    if !fs::symlink_metadata(path).is_ok_and(|it| it.file_type().is_socket()) {
        return false;
    }
    let connected = UnixStream::connect(path);
    connected.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

fn patiently<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let begun = Instant::now();
    loop {
        match attempt() {
            Err(error)
                if error.kind() == io::ErrorKind::AddrInUse && begun.elapsed() < PATIENCE =>
            {
                thread::sleep(Duration::from_millis(20));
            }
            bound => return bound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_socket_that_nobody_listens_to_is_deserted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        assert!(!is_deserted(&path), "nothing is there");
        let listener = UnixListener::bind(&path).unwrap();
        assert!(!is_deserted(&path), "somebody listens");
        drop(listener);
        assert!(is_deserted(&path));
        let file = folder.path().join("file");
        fs::write(&file, "somebody's").unwrap();
        assert!(!is_deserted(&file), "no socket");
    }
}
