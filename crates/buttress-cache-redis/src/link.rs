//! The connection to Redis, and whether there is one.

use crate::{
    command,
    error::Failure,
    message::Heard,
    names::Names,
    pending::Pending,
    session::{Session, subscribe},
    settings::Settings,
};
use buttress_cache::{Purge, Scope, store::RemotePurge};
use redis::Client;
use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{error::Elapsed, timeout},
};

/// What a store knows of its Redis. `supervisor` opens, watches and renews the
/// connection; everybody else uses it while it is there.
pub(crate) struct Link {
    pub(crate) client: Client,
    pub(crate) names: Names,
    pub(crate) settings: Settings,
    state: watch::Sender<State>,
    /// The number of the last purge that this process has heard of; 0 before it
    /// has heard of any.
    heard: AtomicU64,
    /// Somebody went to the origin before the first connection.
    went_blind: AtomicBool,
    pub(crate) is_supervised: AtomicBool,
    hooks: Mutex<Vec<RemotePurge>>,
    pending: Mutex<Pending>,
    /// The name of this process among those that purge.
    pub(crate) sender: String,
    /// How many purges it has made.
    purges: AtomicU64,
}

/// Whether Redis can be asked: the breaker.
#[derive(Clone)]
pub(crate) enum State {
    /// Nobody has tried yet, or the first try is under way.
    Unknown,
    /// Closed.
    Up(Arc<Session>),
    /// Open. The supervisor tries again and again; no request does.
    Down,
}

impl Link {
    pub(crate) fn new(client: Client, names: Names, settings: Settings) -> Self {
        Self {
            client,
            names,
            settings,
            state: watch::Sender::new(State::Unknown),
            heard: AtomicU64::new(0),
            went_blind: AtomicBool::new(false),
            is_supervised: AtomicBool::new(false),
            hooks: Mutex::default(),
            pending: Mutex::default(),
            sender: format!("{:016x}", RandomState::new().hash_one(0)),
            purges: AtomicU64::new(0),
        }
    }

    pub(crate) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    pub(crate) fn is_down(&self) -> bool {
        matches!(*self.state.borrow(), State::Down)
    }

    pub(crate) fn set(&self, state: State) {
        self.state.send_replace(state);
    }

    /// The connection, once it is known whether there is one.
    pub(crate) async fn session(&self) -> Option<Arc<Session>> {
        let mut states = self.state.subscribe();
        let known = states.wait_for(|state| !matches!(state, State::Unknown));
        match &*known.await.ok()? {
            State::Up(session) => Some(session.clone()),
            _ => None,
        }
    }

    /// Opens a connection, hears what was missed, and tells what Redis has missed.
    pub(crate) async fn open(self: &Arc<Self>) -> Result<Arc<Session>, Failure> {
        const LIMIT: Duration = Duration::from_secs(2);
        let opened = async {
            let session = subscribe(self).await?;
            let last = self.catch_up(&session).await?;
            self.tell_pending(&session).await?;
            // Messages that came meanwhile may have gone further.
            self.heard.fetch_max(last, Ordering::SeqCst);
            Ok(session)
        };
        timeout(LIMIT, opened).await.unwrap_or(Err(Failure::Late))
    }

    async fn catch_up(&self, session: &Session) -> Result<u64, Failure> {
        let heard = self.heard();
        let missed = command::hello(self, session, heard).await?;
        match missed.purges {
            Some(purges) => purges.iter().for_each(|purge| self.tell_hooks(purge)),
            // Redis has been emptied, or too much has happened: of what is in the
            // first tiers nobody knows.
            None if heard != 0 || self.went_blind.load(Ordering::SeqCst) => {
                tracing::warn!("purges may have been missed; all first tiers begin anew");
                self.tell_hooks(&Purge::hard(Scope::All));
            }
            None => {}
        }
        if missed.last < heard {
            // Another Redis, or one that has lost its memory: it counts anew.
            self.heard.store(missed.last, Ordering::SeqCst);
        }
        Ok(missed.last)
    }

    async fn tell_pending(&self, session: &Session) -> Result<(), Failure> {
        loop {
            let Some((count, purge)) = self.pending().first() else {
                return Ok(());
            };
            command::purge(self, session, count, &purge).await?;
            self.pending().done(count);
        }
    }

    /// A message of the channel.
    pub(crate) fn hear(&self, text: &[u8]) {
        let Some(heard) = Heard::parse(text) else {
            return;
        };
        // This process has made its own before it told Redis.
        if heard.sender != self.sender {
            self.tell_hooks(&heard.purge);
        }
        // Last: what is stored from here on knows of it.
        self.heard.fetch_max(heard.number, Ordering::SeqCst);
    }

    pub(crate) fn heard(&self) -> u64 {
        self.heard.load(Ordering::SeqCst)
    }

    /// A request went to the origin without knowing what Redis knows.
    pub(crate) fn go_blind(&self) {
        self.went_blind.store(true, Ordering::SeqCst);
    }

    pub(crate) fn add_hook(&self, hook: RemotePurge) {
        self.hooks().push(hook);
    }

    pub(crate) fn tell_hooks(&self, purge: &Purge) {
        // Cloned, since a hook may do anything.
        let hooks = self.hooks().clone();
        hooks.iter().for_each(|hook| hook(purge));
    }

    /// How many purges were made here so far.
    pub(crate) fn purges(&self) -> u64 {
        self.purges.load(Ordering::SeqCst)
    }

    /// Writes a purge down before it is made, and gives its number here.
    pub(crate) fn begin_purge(&self, purge: &Purge) -> u64 {
        let count = self.purges.fetch_add(1, Ordering::SeqCst) + 1;
        self.pending().add(count, purge.clone());
        count
    }

    pub(crate) fn end_purge(&self, count: u64) {
        self.pending().done(count);
    }

    /// Takes note of how a command has gone: of failures in a row, which end the
    /// connection, and of an answer, which ends the row.
    pub(crate) fn result<T>(
        &self,
        session: &Arc<Session>,
        result: Result<Result<T, Failure>, Elapsed>,
    ) -> Result<T, Failure> {
        let result = result.unwrap_or(Err(Failure::Late));
        let is_over = match &result {
            Err(Failure::Late) => session.gives_up(),
            Err(Failure::Lost(_)) => true,
            Ok(_) | Err(_) => {
                session.has_answered();
                false
            }
        };
        if let (true, Err(failure)) = (is_over, &result) {
            self.give_up(session, failure);
        }
        result
    }

    /// Ends the connection, if there is one: the next one begins with the purges
    /// that this one did not make.
    pub(crate) fn distrust_redis(&self, failure: &Failure) {
        if let State::Up(session) = self.state() {
            self.give_up(&session, failure);
        }
    }

    fn give_up(&self, session: &Arc<Session>, failure: &Failure) {
        let went_down = self.state.send_if_modified(|state| {
            let is_it = matches!(state, State::Up(up) if Arc::ptr_eq(up, session));
            if is_it {
                *state = State::Down;
            }
            is_it
        });
        if went_down {
            tracing::warn!(error = %failure, "Redis does not answer; requests go on without it");
        }
        session.end();
    }

    fn hooks(&self) -> MutexGuard<'_, Vec<RemotePurge>> {
        self.hooks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without the address, which may hold a password.
impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("names", &self.names)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
