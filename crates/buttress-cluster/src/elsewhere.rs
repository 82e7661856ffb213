//! Where processes cannot be given sockets: one worker, in the process itself.

use crate::{Origin, Settings, place::Place, timing::Timing};
use buttress_drain::{App, Drain, Exclusive, Listener, Readiness, Serve, serve};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A connection.
pub type Stream = TcpStream;

/// The one worker.
#[derive(Debug)]
pub struct Worker {
    drain: Drain,
    settings: watch::Receiver<Settings>,
    sockets: Sockets,
}

/// Where its connections come from.
#[derive(Debug)]
pub struct Sockets(Exclusive<TcpListener>);

impl Worker {
    pub(crate) async fn start(
        places: &[Place],
        settings: Settings,
        timing: Timing,
    ) -> io::Result<Self> {
        let addr = places.iter().find_map(|place| match place {
            Place::Tcp(addr) => Some(*addr),
            Place::Unix(_) => None,
        });
        let unbound = || io::Error::new(io::ErrorKind::InvalidInput, "no TCP address to listen on");
        let listener = buttress_drain::bind(addr.ok_or_else(unbound)?).await?;
        let drain = timing.drain();
        drain.on_signals()?;
        // Nobody changes them, and the receiver keeps what it has.
        let (_, settings) = watch::channel(settings);
        Ok(Self {
            drain,
            settings,
            sockets: Sockets(listener),
        })
    }

    /// The place that it has: 0.
    #[must_use]
    pub fn slot(&self) -> usize {
        0
    }

    /// Which version of the app it is: 1.
    #[must_use]
    pub fn generation(&self) -> u64 {
        1
    }

    /// The end of this worker.
    #[must_use]
    pub fn drain(&self) -> Drain {
        self.drain.clone()
    }

    /// Whether load balancers should send requests here.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        self.drain.readiness()
    }

    /// Values that were set at the start.
    #[must_use]
    pub fn settings(&self) -> watch::Receiver<Settings> {
        self.settings.clone()
    }

    /// Nobody waits for it here.
    pub fn ready(&self) {}

    /// Where connections come from.
    #[must_use]
    pub fn listener(self) -> Sockets {
        self.sockets
    }

    /// Serves `app` until the worker is to end.
    pub fn serve<S: App>(self, app: S) -> Serve<Sockets, S> {
        serve(self.sockets, app).drain(self.drain)
    }
}

impl Listener for Sockets {
    type Io = Stream;
    type Addr = Origin;

    async fn accept(&mut self) -> io::Result<(Stream, Origin)> {
        let (stream, addr) = self.0.accept().await?;
        Ok((stream, origin(addr)))
    }

    fn turn_away(&mut self) -> Duration {
        self.0.turn_away()
    }

    fn close(self, mut take: impl FnMut(Stream, Origin)) -> Result<(), (Self, io::Error)> {
        let closed = self.0.close(|stream, addr| take(stream, origin(addr)));
        closed.map_err(|(listener, error)| (Self(listener), error))
    }

    fn peer(origin: &Origin) -> Option<SocketAddr> {
        origin.peer
    }
}

fn origin(addr: SocketAddr) -> Origin {
    Origin {
        peer: Some(addr),
        listener: Some(0),
    }
}
