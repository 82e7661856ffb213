//! What the supervisor says, and what the worker says to it.

use super::source::HeldSlot;
use crate::{
    channel::{Channel, ToSupervisor, ToWorker},
    hello::Lasting,
    policy::MAX_WORKERS,
    settings::Settings,
};
use buttress_drain::Drain;
use rustix::process::getppid;
use std::{
    io,
    os::{fd::OwnedFd, unix::net::UnixStream as StdStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};
use tokio::{
    net::UnixStream,
    signal::unix::{Signal, SignalKind, signal},
    sync::{mpsc, watch},
};

/// How many orders may wait while no connection is asked for. The supervisor sends one a
/// slot, a probe for each check of the worker's health, and one to serve.
pub(super) const ORDERS: usize = 2 * MAX_WORKERS;

/// For the sockets.
#[derive(Debug)]
pub(super) enum Order {
    Serve,
    Probe(UnixStream),
    Slot(HeldSlot),
}

#[derive(Debug)]
pub(super) struct Link {
    channel: Channel,
    supervisor: i32,
    lasting: Lasting,
    /// Whether nobody will have the sockets after us.
    is_last: AtomicBool,
    is_ending: AtomicBool,
    has_said_ready: AtomicBool,
    /// Whether the supervisor knows that we drain.
    is_known_to_drain: AtomicBool,
    drain: Drain,
}

impl Link {
    pub(super) fn start(
        channel: OwnedFd,
        supervisor: i32,
        lasting: Lasting,
        drain: &Drain,
        orders: mpsc::Sender<Order>,
        settings: watch::Sender<Settings>,
    ) -> io::Result<Arc<Self>> {
        let link = Arc::new(Self {
            channel: Channel::new(channel)?,
            supervisor,
            lasting,
            is_last: AtomicBool::new(false),
            is_ending: AtomicBool::new(false),
            has_said_ready: AtomicBool::new(false),
            is_known_to_drain: AtomicBool::new(false),
            drain: drain.clone(),
        });
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        tokio::spawn(link.clone().listen(orders, settings));
        tokio::spawn(link.clone().heed(terminate, interrupt));
        tokio::spawn(link.clone().tell());
        Ok(link)
    }

    /// Says once that the worker could serve.
    pub(super) fn ready(&self) {
        if !self.has_said_ready.swap(true, SeqCst) {
            self.say(&ToSupervisor::Ready);
        }
    }

    /// Whether no worker of this cluster comes after this one.
    pub(super) fn is_last(&self) -> bool {
        self.is_last.load(SeqCst)
    }

    /// Whether the listening sockets go on without this cluster.
    pub(super) fn lasting(&self) -> Lasting {
        self.lasting
    }

    /// Whether load balancers should look elsewhere.
    pub(super) fn is_ending(&self) -> bool {
        self.is_ending.load(SeqCst) || self.is_last.load(SeqCst)
    }

    fn say(&self, message: &ToSupervisor) {
        // One that is gone needs no word: its end is noticed.
        if let Err(error) = self.channel.send(message, &[]) {
            tracing::debug!(%error, "the supervisor does not listen");
        }
    }

    async fn listen(
        self: Arc<Self>,
        orders: mpsc::Sender<Order>,
        settings: watch::Sender<Settings>,
    ) {
        loop {
            match self.channel.receive().await {
                Ok(Some((message, with))) => self.obey(message, with, &orders, &settings),
                Ok(None) => break,
                Err(error) => {
                    tracing::error!(%error, "cannot hear the supervisor");
                    break;
                }
            }
        }
        if self.drain.phase() == buttress_drain::Phase::Serving {
            tracing::warn!("the supervisor has ended, so this worker drains");
        }
        self.end(true);
    }

    fn obey(
        &self,
        message: ToWorker,
        with: Vec<OwnedFd>,
        orders: &mpsc::Sender<Order>,
        settings: &watch::Sender<Settings>,
    ) {
        let order = match message {
            ToWorker::Serve => Some(Order::Serve),
            ToWorker::Probe => with
                .into_iter()
                .next()
                .and_then(|end| probe(end).ok())
                .map(Order::Probe),
            ToWorker::Slot { places } => HeldSlot::received(&places, with).map(Order::Slot),
            ToWorker::Announce => {
                self.is_ending.store(true, SeqCst);
                None
            }
            ToWorker::Drain { last } => {
                self.end(last);
                None
            }
            ToWorker::Cut => {
                self.is_known_to_drain.store(true, SeqCst);
                self.drain.cut();
                None
            }
            ToWorker::Settings(values) => {
                settings.send_replace(Settings::new(values));
                None
            }
        };
        if let Some(order) = order {
            // Once the sockets are closed, nobody takes it. A probe that finds no room finds
            // a worker that is not well.
            let _ = orders.try_send(order);
        }
    }

    /// Drains, and need not say so.
    fn end(&self, last: bool) {
        self.is_last.fetch_or(last, SeqCst);
        self.is_known_to_drain.store(true, SeqCst);
        self.drain.trigger();
    }

    /// The first signal drains, the second cuts. That the kernel sends one for each
    /// thread of a supervisor that ends is no reason to hurry.
    async fn heed(self: Arc<Self>, mut terminate: Signal, mut interrupt: Signal) {
        let mut is_second = false;
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            let parent = getppid().map(|pid| pid.as_raw_nonzero().get());
            if parent != Some(self.supervisor) {
                self.end(true);
            } else if is_second {
                self.drain.cut();
            } else {
                self.drain.trigger();
            }
            is_second = true;
        }
    }

    /// Asks for a successor when the drain was triggered by anybody else.
    async fn tell(self: Arc<Self>) {
        self.drain.triggered().await;
        if !self.is_known_to_drain.load(SeqCst) {
            self.say(&ToSupervisor::Leaving);
        }
    }
}

fn probe(end: OwnedFd) -> io::Result<UnixStream> {
    let end = StdStream::from(end);
    end.set_nonblocking(true)?;
    UnixStream::from_std(end)
}
