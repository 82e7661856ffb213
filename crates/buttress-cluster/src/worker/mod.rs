//! The process that serves.

mod balance;
mod foreign;
mod link;
mod meter;
mod ports;
mod sockets;
mod source;
mod stream;

pub use foreign::{Foreign, ReadyWhen};
pub use meter::{Metered, MeteredFuture};
pub use sockets::Sockets;
pub use stream::Stream;

use crate::{
    exec,
    hello::{Hello, Inherited},
    last_words,
    page::{self, Count, Page, Row},
    settings::Settings,
    timing::Timing,
};
use buttress_drain::{App, Drain, Readiness, Serve, serve};
use link::Link;
use source::HeldSlot;
use std::{io, os::fd::OwnedFd, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    time::{MissedTickBehavior, interval},
};

/// How often a worker shows that it runs, and looks after its peers.
const BEAT: Duration = Duration::from_millis(5);
/// The same, while it is alone.
const SLOW_BEAT: Duration = Duration::from_millis(100);

/// One worker of a [`Cluster`](crate::Cluster), given to what it
/// [runs](crate::Cluster::run).
#[derive(Debug)]
pub struct Worker {
    slot: usize,
    generation: u64,
    row: Row,
    drain: Drain,
    link: Arc<Link>,
    settings: watch::Receiver<Settings>,
    sockets: Sockets,
}

impl Worker {
    /// Takes over what the supervisor gave. Must be called within a runtime.
    pub(crate) fn start(hello: Hello, timing: Timing) -> io::Result<Self> {
        let page = Page::of(exec::take(hello.page)?)?;
        let row = page.row(hello.row);
        row.set(Count::Beat, page::now());
        last_words::remember_panics(row);
        let slots = hello.slots.iter().map(|slot| {
            let listeners = slot.listeners.iter().map(|it| take(*it));
            let (inbox, outbox) = (exec::take(slot.inbox)?, exec::take(slot.outbox)?);
            HeldSlot::new(listeners.collect::<io::Result<_>>()?, inbox, outbox)
        });
        let slots = slots.collect::<io::Result<Vec<_>>>()?;
        let shared = hello
            .shared
            .iter()
            .map(|it| take(*it))
            .collect::<io::Result<Vec<_>>>()?;
        let drain = timing.drain();
        let (orders, order) = mpsc::channel(link::ORDERS);
        let (values, settings) = watch::channel(Settings::new(hello.settings));
        let channel = exec::take(hello.channel)?;
        let link = Link::start(
            channel,
            hello.supervisor,
            hello.lasting,
            &drain,
            orders,
            values,
        )?;
        let sockets = Sockets::new(
            hello.slot,
            page.clone(),
            row,
            slots,
            shared,
            order,
            link.clone(),
        )?;
        tokio::spawn(beat(page, row, drain.clone()));
        let (slot, generation) = (hello.slot, hello.generation);
        Ok(Self {
            slot,
            generation,
            row,
            drain,
            link,
            settings,
            sockets,
        })
    }

    /// The place that it has, from 0 on. A successor has the same.
    #[must_use]
    pub fn slot(&self) -> usize {
        self.slot
    }

    /// Which version of the app it is: a reload counts on.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The end of this worker. What else it does should end by it, too; to trigger
    /// it asks for a fresh worker, which is started at once.
    #[must_use]
    pub fn drain(&self) -> Drain {
        self.drain.clone()
    }

    /// Whether load balancers should send requests here: no, once the whole
    /// cluster ends. That one worker is replaced by another does not matter to them.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let link = self.link.clone();
        // One that is never triggered: only the check counts.
        Drain::new().readiness().check(move || !link.is_ending())
    }

    /// Values that can change while it runs.
    #[must_use]
    pub fn settings(&self) -> watch::Receiver<Settings> {
        self.settings.clone()
    }

    /// Says that the worker could serve. [`serve`](Self::serve) does so by itself;
    /// who does something else than to serve HTTP has to.
    pub fn ready(&self) {
        self.link.ready();
    }

    /// Where connections come from, to be wrapped for TLS, say. The worker is ready
    /// when it is first asked for one.
    #[must_use]
    pub fn listener(self) -> Sockets {
        self.sockets
    }

    /// Serves `app` until the worker is to end. The worker is ready as soon as
    /// what this returns is awaited.
    pub fn serve<S: App>(self, app: S) -> Serve<Sockets, Metered<S>> {
        let app = Metered::new(app, self.row, self.drain.clone());
        serve(self.sockets, app).drain(self.drain)
    }
}

fn take(inherited: Inherited) -> io::Result<(usize, OwnedFd)> {
    Ok((inherited.place, exec::take(inherited.fd)?))
}

/// Shows that the runtime runs what it is given.
async fn beat(page: Page, row: Row, drain: Drain) {
    let mut fast = interval(BEAT);
    let mut slow = interval(SLOW_BEAT);
    fast.set_missed_tick_behavior(MissedTickBehavior::Delay);
    slow.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        if page.is_alone() {
            slow.tick().await;
        } else {
            fast.tick().await;
        }
        row.set(Count::Beat, page::now());
        row.set(Count::InFlight, drain.in_flight() as u64);
    }
}
