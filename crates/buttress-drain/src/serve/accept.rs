//! Accepts connections until the drain lingers, and waits for their end.

use super::{
    App, Listener,
    connection::Connection,
    listener::concerns_one,
    peer::{Peer, Shared},
    state::State,
};
use crate::Outcome;
use std::{future::Future, io, pin::pin, sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::{sleep, timeout},
};

/// Accepts connections, and keeps their tasks.
pub(super) struct Acceptor<L: Listener, S> {
    listener: L,
    service: S,
    shared: Arc<Shared<L::Addr>>,
    /// For so many more connections.
    room: Arc<Semaphore>,
    /// Dropped with this, and then it ends the connections.
    tasks: JoinSet<()>,
}

impl<L: Listener, S: App> Acceptor<L, S> {
    pub(super) fn new(
        listener: L,
        service: S,
        shared: Arc<Shared<L::Addr>>,
        connections: usize,
    ) -> Self {
        Self {
            listener,
            service,
            shared,
            // More than that, no semaphore can count.
            room: Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS))),
            tasks: JoinSet::new(),
        }
    }

    pub(super) async fn run(mut self) -> Outcome {
        let drain = self.shared.drain.clone();
        self.accept_until(drain.lingering()).await;
        let on_their_way = self.listener.turn_away();
        if !on_their_way.is_zero() {
            // A limit of its own: the deadline may come before it.
            let arrived = timeout(on_their_way, drain.overdue());
            self.accept_until(async { drop(arrived.await) }).await;
        }
        self.close().await
    }

    /// Empties the queue, and waits for the end of all.
    async fn close(self) -> Outcome {
        let Self {
            mut listener,
            service,
            shared,
            mut tasks,
            ..
        } = self;
        let mut backoff = Backoff::default();
        loop {
            // The queue is bounded by the backlog, so its connections need no room.
            let closed =
                listener.close(|io, addr| serve(&mut tasks, &service, &shared, io, addr, None));
            let Err((still_open, error)) = closed else {
                break;
            };
            listener = still_open;
            tokio::select! {
                () = shared.drain.overdue() => break,
                () = backoff.wait(&error) => {}
            }
        }
        finish(tasks, &shared).await
    }

    async fn accept_until(&mut self, end: impl Future<Output = ()>) {
        let mut end = pin!(end);
        let mut backoff = Backoff::default();
        loop {
            let accepted = tokio::select! {
                biased;
                () = end.as_mut() => return,
                accepted = accept(&mut self.listener, &self.room) => accepted,
                Some(_) = self.tasks.join_next() => continue,
            };
            while self.tasks.try_join_next().is_some() {}
            match accepted {
                Ok((io, addr, permit)) => {
                    backoff = Backoff::default();
                    let (tasks, permit) = (&mut self.tasks, Some(permit));
                    serve(tasks, &self.service, &self.shared, io, addr, permit);
                }
                Err(error) if concerns_one(&error) => {}
                Err(error) => tokio::select! {
                    () = end.as_mut() => return,
                    () = backoff.wait(&error) => {}
                },
            }
        }
    }
}

/// Waits for room, then for a connection.
async fn accept<L: Listener>(
    listener: &mut L,
    room: &Arc<Semaphore>,
) -> io::Result<(L::Io, L::Addr, OwnedSemaphorePermit)> {
    let permit = room.clone().acquire_owned().await;
    // Nobody closes the semaphore.
    let permit = permit.map_err(io::Error::other)?;
    let (io, addr) = listener.accept().await?;
    Ok((io, addr, permit))
}

fn serve<I, S, A>(
    tasks: &mut JoinSet<()>,
    service: &S,
    shared: &Arc<Shared<A>>,
    io: I,
    addr: A,
    permit: Option<OwnedSemaphorePermit>,
) where
    I: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    S: App,
    A: Send + Sync + 'static,
{
    let peer = Arc::new(Peer {
        shared: shared.clone(),
        addr,
        state: State::new(),
    });
    let triggered = shared.drain.triggered();
    tasks.spawn(Connection::new(
        io,
        service.clone(),
        peer,
        triggered,
        permit,
    ));
}

/// Waits for the connections and for what else is in flight, or cuts them.
async fn finish<A>(mut tasks: JoinSet<()>, shared: &Shared<A>) -> Outcome {
    let drain = &shared.drain;
    let ended = async {
        while tasks.join_next().await.is_some() {}
        drain.emptied().await;
    };
    tokio::select! {
        biased;
        () = ended => Outcome::new(0),
        () = drain.overdue() => {
            let outcome = Outcome::new(drain.in_flight());
            if !outcome.is_clean() {
                tracing::warn!(cut = outcome.cut(), "cut what was still in flight");
            }
            tasks.abort_all();
            // Not for ever: a handler that blocks its thread cannot be ended.
            let _ = timeout(CUT, async { while tasks.join_next().await.is_some() {} }).await;
            outcome
        }
    }
}

/// How long the sockets may take to close when they are cut.
const CUT: Duration = Duration::from_millis(100);

/// How long to wait after errors that would come again at once: too many open
/// files, or no memory.
struct Backoff {
    next: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            next: Duration::from_millis(5),
        }
    }
}

impl Backoff {
    const MAX: Duration = Duration::from_secs(1);

    async fn wait(&mut self, error: &io::Error) {
        tracing::warn!(
            error = error as &dyn std::error::Error,
            "cannot accept connections"
        );
        sleep(self.next).await;
        self.next = (self.next * 2).min(Self::MAX);
    }
}
