use super::{
    plan::{Plan, Settled},
    settle::Backend,
    state::{Loaded, Phase, State},
};
use crate::{
    Error, Id,
    config::{Config, Place},
    cookie::Cookies,
    error::{Kind, is_passing},
    store::{StoreError, StoreErrorKind, StoreKey},
    within::{Timed, within},
};
use std::{
    error::Error as _,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The session of one request: what its handles and its response share.
pub(crate) struct Scope {
    pub(crate) config: Arc<Config>,
    cookies: Cookies,
    slot: Mutex<Slot>,
    /// Trips are made one after another, so that two readings at once are one.
    turn: tokio::sync::Mutex<()>,
}

pub(super) enum Slot {
    Untouched { is_late: bool },
    Touched(Box<State>),
}

impl Scope {
    pub(crate) fn new(config: Arc<Config>, cookies: Cookies) -> Self {
        Self {
            config,
            cookies,
            slot: Mutex::new(Slot::Untouched { is_late: false }),
            turn: tokio::sync::Mutex::const_new(()),
        }
    }

    /// A scope that belongs to no response.
    pub(super) fn detached(&self, state: State) -> Self {
        let scope = Self::new(Arc::clone(&self.config), Cookies::default());
        *scope.slot() = Slot::Touched(Box::new(state));
        scope
    }

    pub(super) fn slot(&self) -> MutexGuard<'_, Slot> {
        // An updater of the app may have panicked in here. What it was to
        // change has not changed.
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Touches the session, without a trip.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        let mut slot = self.slot();
        if let Slot::Untouched { is_late } = *slot {
            let mut state = State::new(&self.config, &self.cookies);
            if is_late {
                state.phase = Phase::Late;
            }
            *slot = Slot::Touched(Box::new(state));
        }
        match &mut *slot {
            Slot::Touched(state) => look(state),
            Slot::Untouched { .. } => unreachable!("it was touched above"),
        }
    }

    /// Asks the store for the session, unless that was done before.
    pub(crate) async fn load(&self) -> Result<(), Error> {
        let _turn = match self.turn.try_lock() {
            Ok(turn) => turn,
            Err(_) => self.turn.lock().await,
        };
        let Some((store, key, left)) = self.with(|state| {
            if state.is_known_or_open()? {
                return Ok(None);
            }
            state.check()?;
            let place = state.id.as_ref().and_then(|id| self.at(id));
            Ok::<_, Error>(place.map(|(store, key)| (store, key, state.left(&self.config))))
        })?
        else {
            return Ok(());
        };
        let timed = within(left, store.load_boxed(&key, Some(self.config.ttl))).await;
        self.with(|state| {
            let found = state.timed(timed)?;
            state.found(found);
            Ok(())
        })
    }

    /// Commits what was recorded, now.
    pub(crate) async fn commit(&self) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        let Place::Store { store, .. } = &self.config.place else {
            // It goes with the head, and fails if that has left.
            return self.with(|state| state.open().map(|_| ()));
        };
        let Some((plan, left)) = self.with(|state| self.plan(state))? else {
            return Ok(());
        };
        let interrupted = Interrupted(self);
        let timed = Arc::clone(store).settle(plan, left).await;
        std::mem::forget(interrupted);
        self.with(|state| {
            let settled = state.timed(timed)?;
            let makes_id = matches!(
                &settled,
                Settled::Applied {
                    new_id: Some(_),
                    ..
                }
            );
            state.settled(settled)?;
            match makes_id && state.phase == Phase::Late {
                // In a task of its own: the head left without the new id.
                true => Err(Kind::Late.into()),
                false => Ok(()),
            }
        })
    }

    fn plan(&self, state: &mut State) -> Result<Option<(Plan, Duration)>, Error> {
        let state = state.open()?;
        if state.rotates && state.phase == Phase::Detached {
            return Err(Kind::Late.into());
        }
        state.check()?;
        let plan = state.take_plan(&self.config);
        Ok(plan.map(|plan| (plan, state.left(&self.config))))
    }

    /// Ends the session, now.
    pub(crate) async fn destroy(&self) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        let place = self.with(|state| {
            let id = state.id.clone();
            state.open().map(|_| id.and_then(|id| self.at(&id)))
        })?;
        if let Some((store, key)) = place {
            self.trip(store.delete_boxed(&key)).await?;
        }
        let has_cookie = self.cookies.has(self.config.cookie.name());
        self.with(|state| {
            let was_sent = state.is_stale;
            state.destroyed();
            state.is_removed = has_cookie || was_sent;
        });
        Ok(())
    }

    /// One trip, within what is left of the time for all of this request.
    pub(super) async fn trip<T>(
        &self,
        trip: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, Error> {
        let left = self.with(|state| state.check().map(|()| state.left(&self.config)))?;
        let timed = within(left, trip).await;
        self.with(|state| state.timed(timed))
    }

    /// Where the session of this id is, if it is in a store.
    pub(super) fn at(&self, id: &Id) -> Option<(Arc<dyn Backend>, StoreKey)> {
        match &self.config.place {
            Place::Store { store, raw_ids } => Some((Arc::clone(store), id.store_key(*raw_ids))),
            Place::Cookie(_) => None,
        }
    }
}

impl State {
    /// Whether there is no need to ask the store. There is no way to do so once
    /// the head has left: the response cannot be made private any more.
    fn is_known_or_open(&mut self) -> Result<bool, Error> {
        self.was_read = true;
        match self.loaded {
            Loaded::Present(_) | Loaded::Absent => Ok(true),
            Loaded::Unknown => self.open().map(|_| false),
        }
    }

    /// Fails if a trip of this request has failed: one is enough to wait for.
    fn check(&self) -> Result<(), Error> {
        match self.failure {
            Some(kind) if is_passing(kind) => Err(Kind::Failed(kind).into()),
            // A record that cannot be read can still be deleted.
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn left(&self, config: &Config) -> Duration {
        config.deadline.saturating_sub(self.waited)
    }

    /// Takes note of how a trip went.
    pub(super) fn timed<T, E: Into<Error>>(
        &mut self,
        timed: Timed<Result<T, E>>,
    ) -> Result<T, Error> {
        let is_detached = self.phase == Phase::Detached;
        if !is_detached {
            self.waited += timed.waited;
        }
        let result = match timed.output {
            Some(result) => result.map_err(Into::into),
            None => Err(StoreError::unavailable("it did not answer within the deadline").into()),
        };
        if let Some((error, kind)) = failure(&result) {
            let source = error.source().map(tracing::field::display);
            tracing::error!(%error, source, "a trip to the session store failed");
            // A detached handle answers no request, and may live for hours: each of
            // its trips stands for itself.
            self.failure = (!is_detached).then_some(kind);
        }
        result
    }
}

fn failure<T>(result: &Result<T, Error>) -> Option<(&Error, StoreErrorKind)> {
    let error = result.as_ref().err()?;
    Some((error, error.store_kind()?))
}

/// A commit that nobody waits for any more may have been made or not: the
/// request must not say that it was.
struct Interrupted<'a>(&'a Scope);

impl Drop for Interrupted<'_> {
    fn drop(&mut self) {
        self.0.with(|state| {
            if state.phase != Phase::Detached {
                state.failure = Some(StoreErrorKind::Unavailable);
            }
        });
    }
}
