use super::{
    plan::Settled,
    scope::{Scope, Slot},
    state::{Phase, State},
};
use crate::{
    Error,
    config::{Config, Place},
    error::{Kind, is_passing},
    head::Edits,
    store::{BoxFuture, StoreErrorKind},
    within::Timed,
};
use http::StatusCode;
use std::sync::Arc;

/// What the response waits for, and what becomes of it.
pub(crate) enum Closed {
    /// Nothing, and nothing.
    Untouched,
    /// Its head is changed.
    Edited(Edits),
    /// A trip, whose outcome goes to [`Scope::settled`].
    Trip(BoxFuture<'static, Timed<Result<Settled, Error>>>),
    /// Another one is sent in its place.
    Failed(StoreErrorKind, Error),
}

impl Scope {
    /// The response is there. Nothing can be recorded any more.
    pub(crate) fn close(&self, status: StatusCode) -> Closed {
        match &mut *self.slot() {
            Slot::Untouched { is_late } => {
                *is_late = true;
                Closed::Untouched
            }
            Slot::Touched(state) => {
                state.phase = Phase::Late;
                self.close_touched(state, status)
            }
        }
    }

    /// There will be no response.
    pub(crate) fn give_up(&self) {
        match &mut *self.slot() {
            Slot::Untouched { is_late } => *is_late = true,
            Slot::Touched(state) => {
                state.phase = Phase::Late;
                state.discard();
            }
        }
    }

    pub(crate) fn settled(&self, timed: Timed<Result<Settled, Error>>) -> Closed {
        let settled = |state: &mut State| {
            let settled = state.timed(timed)?;
            state.settled(settled)?;
            Ok(())
        };
        self.with(|state| match settled(state) {
            Ok(()) => Closed::Edited(state.edits(&self.config)),
            Err(error) => self.unsettled(state, error),
        })
    }

    fn close_touched(&self, state: &mut State, status: StatusCode) -> Closed {
        let config = &self.config;
        if let Some(kind) = state.failure {
            if answers_failure(config, kind, status) {
                return Closed::Failed(kind, Kind::Failed(kind).into());
            }
        }
        if status.is_server_error() && config.discards {
            state.discard();
        }
        match &config.place {
            Place::Cookie(seal) => match state.sealed_edits(config, seal) {
                Ok(edits) => Closed::Edited(edits),
                Err(error) => self.unsettled(state, error),
            },
            Place::Store { store, .. } => match state.take_plan(config) {
                Some(plan) => Closed::Trip(Arc::clone(store).settle(plan, state.left(config))),
                None => Closed::Edited(state.edits(config)),
            },
        }
    }

    fn unsettled(&self, state: &State, error: Error) -> Closed {
        if error.is_gone() {
            tracing::debug!("the session ended meanwhile: what the request did to it is dropped");
            return Closed::Edited(state.edits(&self.config));
        }
        let kind = error.store_kind().unwrap_or(StoreErrorKind::TooLarge);
        Closed::Failed(kind, error)
    }
}

/// Whether a failure that the service knew of is answered in its place.
///
/// What it said for a reason of its own stands where the failure is for good; one
/// that passes is a 503, whatever the service made of it: a visitor who could not
/// be read is not logged out, and should come again.
fn answers_failure(config: &Config, kind: StoreErrorKind, status: StatusCode) -> bool {
    let is_error = status.is_server_error() || status.is_client_error();
    match is_passing(kind) {
        true if status.is_server_error() => status != StatusCode::SERVICE_UNAVAILABLE,
        true => !config.tolerates,
        false => !is_error && !config.tolerates,
    }
}
