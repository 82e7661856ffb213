use super::{
    BEAT, SLOW_BEAT, balance,
    link::{Link, Order},
    source::{Accepted, HeldSlot, Source},
    stream::Stream,
};
use crate::{
    Origin,
    hello::Lasting,
    page::{self, Count, Page, Row},
};
use buttress_drain::Listener;
use std::{
    collections::VecDeque,
    future::poll_fn,
    io, mem,
    net::SocketAddr,
    os::fd::OwnedFd,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Interval, MissedTickBehavior, interval},
};

/// How many connections of a blocked peer are taken at a time, so that others
/// have their part.
const RESCUED: usize = 16;

/// How long connections may be on their way from a peer.
const HANDED_ON: Duration = Duration::from_millis(50);

/// Where a worker's connections come from: its own sockets, those of slots that
/// have no worker, those that peers hand on, and the sockets of peers that are
/// blocked or gone.
///
/// A [`Listener`] for [`serve`](buttress_drain::serve); made by
/// [`Worker::listener`](crate::Worker::listener).
#[derive(Debug)]
pub struct Sockets {
    slot: usize,
    page: Page,
    row: Row,
    /// Every slot's.
    held: Vec<HeldSlot>,
    /// Those of all workers, until they are listened to.
    shared: Vec<(usize, OwnedFd)>,
    /// Those that are listened to.
    sources: Vec<Source>,
    /// Which of them is asked first.
    next: usize,
    /// Accepted and not yet given out.
    waiting: VecDeque<Accepted>,
    orders: mpsc::Receiver<Order>,
    is_serving: bool,
    tick: Interval,
    link: Arc<Link>,
}

impl Sockets {
    pub(super) fn new(
        slot: usize,
        page: Page,
        row: Row,
        held: Vec<HeldSlot>,
        shared: Vec<(usize, OwnedFd)>,
        orders: mpsc::Receiver<Order>,
        link: Arc<Link>,
    ) -> io::Result<Self> {
        let tick = ticks(pace(&page));
        Ok(Self {
            slot,
            page,
            row,
            held,
            shared,
            sources: Vec::new(),
            next: 0,
            waiting: VecDeque::new(),
            orders,
            is_serving: false,
            tick,
            link,
        })
    }

    /// The sockets that all workers share, for a program of its own.
    pub(super) fn into_shared(self) -> Vec<OwnedFd> {
        self.shared.into_iter().map(|(_, socket)| socket).collect()
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Stream, Origin)>> {
        loop {
            if let Some(accepted) = self.waiting.pop_front() {
                return Poll::Ready(Ok(counted(accepted, self.row)));
            }
            while let Poll::Ready(Some(order)) = self.orders.poll_recv(cx) {
                match order {
                    Order::Probe(end) => {
                        let origin = Origin {
                            peer: None,
                            listener: None,
                        };
                        return Poll::Ready(Ok((Stream::probe(end), origin)));
                    }
                    Order::Slot(slot) => self.held.push(slot),
                    Order::Serve => {
                        self.is_serving = true;
                        for (place, socket) in mem::take(&mut self.shared) {
                            self.sources.push(Source::shared(place, socket)?);
                        }
                        self.look_around()?;
                    }
                }
            }
            if !self.is_serving {
                return Poll::Pending;
            }
            if self.tick.poll_tick(cx).is_ready() {
                self.look_around()?;
                continue;
            }
            match self.poll_sources(cx) {
                Poll::Ready(Ok((accepted, is_handed))) => {
                    if let Some(accepted) = self.hand_on(accepted, is_handed) {
                        return Poll::Ready(Ok(counted(accepted, self.row)));
                    }
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// From one source after the other, so that none has to wait for long.
    fn poll_sources(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Accepted, bool)>> {
        for offset in 0..self.sources.len() {
            let at = (self.next + offset) % self.sources.len();
            let source = &self.sources[at];
            if let Poll::Ready(accepted) = source.poll_accept(cx) {
                self.next = at + 1;
                return Poll::Ready(accepted.map(|it| (it, source.is_inbox())));
            }
        }
        Poll::Pending
    }

    /// Gives a connection to a peer that has far fewer; what is left is ours.
    fn hand_on(&mut self, accepted: Accepted, is_handed: bool) -> Option<Accepted> {
        // What was handed on once is kept, or it could go round and round.
        if is_handed || self.held.len() < 2 {
            return Some(accepted);
        }
        let now = page::now();
        let others = (0..self.held.len()).filter(|slot| *slot != self.slot);
        let peers = others.filter_map(|slot| {
            let peer = self.page.fresh(slot, now)?;
            Some((slot, peer.get(Count::Open)))
        });
        let Some(target) = balance::target(self.row.get(Count::Open), peers) else {
            return Some(accepted);
        };
        match self.held[target].hand_on(accepted) {
            Ok(()) => {
                self.row.add(Count::HandedOn);
                None
            }
            Err(accepted) => Some(accepted),
        }
    }

    /// Listens to what is ours by now, and takes what waits at peers that are
    /// blocked or gone.
    fn look_around(&mut self) -> io::Result<()> {
        let now = page::now();
        for slot in 0..self.held.len() {
            let owner = self.page.owner(slot);
            let is_ours = owner == self.slot;
            let is_listened_to = self.sources.iter().any(|source| source.slot == Some(slot));
            if is_ours && !is_listened_to {
                self.sources.extend(self.held[slot].sources(slot)?);
            } else if !is_ours && is_listened_to {
                self.sources.retain(|source| source.slot != Some(slot));
            }
            if !is_ours && self.page.fresh(owner, now).is_none() {
                self.rescue(slot);
            }
        }
        let pace = pace(&self.page);
        if self.tick.period() != pace {
            self.tick = ticks(pace);
            self.tick.reset();
        }
        Ok(())
    }

    fn rescue(&mut self, slot: usize) {
        let (row, waiting) = (self.row, &mut self.waiting);
        self.held[slot].rescue(RESCUED, |accepted| {
            row.add(Count::Rescued);
            waiting.push_back(accepted);
        });
    }

    /// At the end of all, sockets that nobody looks after are ours as well.
    fn take_deserted(&mut self) {
        let now = page::now();
        for slot in 0..self.held.len() {
            let is_listened_to = self.sources.iter().any(|source| source.slot == Some(slot));
            if is_listened_to || self.page.fresh(self.page.owner(slot), now).is_some() {
                continue;
            }
            // What cannot be listened to would be lost without us, too.
            self.sources
                .extend(self.held[slot].sources(slot).unwrap_or_default());
        }
    }
}

impl Listener for Sockets {
    type Io = Stream;
    type Addr = Origin;

    async fn accept(&mut self) -> io::Result<(Stream, Origin)> {
        self.link.ready();
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Only where nobody comes after us: else others have the sockets.
    fn turn_away(&mut self) -> Duration {
        if !self.link.is_last() {
            // What comes from now on is for others.
            self.sources.clear();
            self.is_serving = false;
            return Duration::ZERO;
        }
        if self.page.is_served_by(self.slot, self.row) {
            // So that peers, which may not know yet, hand nothing on to us.
            self.page.serve(self.slot, None);
        }
        self.take_deserted();
        if self.link.lasting() == Lasting::Yes {
            self.sources.retain(Source::is_inbox);
        }
        // What turns clients away stays with a socket, and a successor may have it.
        let is_ours = self.link.lasting() == Lasting::No;
        let sources = self.sources.iter_mut().filter(|_| is_ours);
        let windows = sources.map(Source::turn_away);
        windows.max().unwrap_or_default().max(HANDED_ON)
    }

    fn close(mut self, mut take: impl FnMut(Stream, Origin)) -> Result<(), (Self, io::Error)> {
        let row = self.row;
        let mut take = |accepted| {
            let (stream, origin) = counted(accepted, row);
            take(stream, origin);
        };
        mem::take(&mut self.waiting).into_iter().for_each(&mut take);
        while let Some(source) = self.sources.pop() {
            if let Err((source, error)) = source.close(&mut take) {
                self.sources.push(source);
                return Err((self, error));
            }
        }
        Ok(())
    }

    fn peer(origin: &Origin) -> Option<SocketAddr> {
        origin.peer
    }
}

fn counted((socket, place): Accepted, row: Row) -> (Stream, Origin) {
    let origin = Origin {
        peer: socket.peer(),
        listener: Some(place),
    };
    (Stream::counted(socket, row), origin)
}

/// Whoever is alone has nobody to look after.
fn pace(page: &Page) -> Duration {
    if page.is_alone() { SLOW_BEAT } else { BEAT }
}

fn ticks(pace: Duration) -> Interval {
    let mut ticks = interval(pace);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
