use super::plan::{Plan, Settled, Target};
use crate::{
    Error, Id,
    error::Kind,
    store::{
        BoxFuture, Commit, Committed, Created, DynSessionStore, Entries, Rotated, SessionStore,
        Snapshot,
    },
    within::{Timed, within},
};
use std::{sync::Arc, time::Duration};

/// A store as the layer needs it: all trips that settle a request in one box.
pub(crate) trait Backend: DynSessionStore {
    fn settle(
        self: Arc<Self>,
        plan: Plan,
        left: Duration,
    ) -> BoxFuture<'static, Timed<Result<Settled, Error>>>;
}

impl<S: SessionStore> Backend for S {
    fn settle(
        self: Arc<Self>,
        plan: Plan,
        left: Duration,
    ) -> BoxFuture<'static, Timed<Result<Settled, Error>>> {
        Box::pin(async move { within(left, settle(&*self, plan)).await })
    }
}

/// So often a compare-and-set is tried, or an id made. The deadline is the real
/// bound.
const ATTEMPTS: usize = 10_000;

async fn settle<S: SessionStore>(store: &S, plan: Plan) -> Result<Settled, Error> {
    match &plan.target {
        Target::New => create(store, &plan, None).await,
        Target::At(id) => {
            let id = id.clone();
            change(store, plan, &id, false).await
        }
        Target::Move(id) => {
            let id = id.clone();
            change(store, plan, &id, true).await
        }
    }
}

async fn create<S: SessionStore>(
    store: &S,
    plan: &Plan,
    old: Option<&Id>,
) -> Result<Settled, Error> {
    let nothing = Snapshot::new(Entries::default(), 0, (plan.config.clock)());
    let mut commit = plan.commit(Some(&nothing));
    commit.expect = None;
    for _ in 0..ATTEMPTS {
        let id = match old {
            Some(old) => plan.config.format.successor(old)?,
            None => plan.config.format.generate()?,
        };
        match store.create(&plan.key(&id), &commit).await? {
            Created::Created => {
                return Ok(Settled::Applied {
                    snapshot: plan.after(Some(&nothing), &commit, 1),
                    new_id: Some(id),
                });
            }
            Created::Exists => {}
        }
    }
    Err(Kind::Contended.into())
}

async fn change<S: SessionStore>(
    store: &S,
    mut plan: Plan,
    id: &Id,
    moves: bool,
) -> Result<Settled, Error> {
    let key = plan.key(id);
    let (has_looked, mut base) = (plan.base.is_some(), plan.base.take());
    let turns = Arc::clone(&plan.config.turns);
    let mut turn = None;
    for _ in 0..ATTEMPTS {
        let commit = plan.commit(base.as_ref());
        let (outcome, new_id) = match moves {
            true => moved(store, &plan, id, &commit).await?,
            false => (stayed(store.commit(&key, &commit).await?), None),
        };
        match outcome {
            Rotated::Applied { version } => {
                return Ok(Settled::Applied {
                    snapshot: plan.after(base.as_ref(), &commit, version),
                    new_id,
                });
            }
            Rotated::Exists => {}
            // Who moves a session without having looked at it wants a session
            // (that is a login), and has nothing of the old one in mind.
            Rotated::Gone if moves && !has_looked && plan.leaves_something() => {
                return create(store, &plan, Some(id)).await;
            }
            Rotated::Gone => return Ok(Settled::Gone),
            Rotated::Conflict => {
                if turn.is_none() {
                    turn = Some(turns.of(&key).lock().await);
                }
                let Some(now) = store.load(&key, None).await? else {
                    return Ok(Settled::Gone);
                };
                plan.changes.rerun(&now.entries)?;
                base = Some(now);
            }
        }
    }
    Err(Kind::Contended.into())
}

async fn moved<S: SessionStore>(
    store: &S,
    plan: &Plan,
    old: &Id,
    commit: &Commit,
) -> Result<(Rotated, Option<Id>), Error> {
    let new = plan.config.format.successor(old)?;
    let (from, to) = (plan.key(old), plan.key(&new));
    let rotated = store.rotate(&from, &to, commit, plan.config.grace).await?;
    Ok((rotated, Some(new)))
}

fn stayed(committed: Committed) -> Rotated {
    match committed {
        Committed::Applied { version } => Rotated::Applied { version },
        Committed::Conflict => Rotated::Conflict,
        Committed::Gone => Rotated::Gone,
    }
}
