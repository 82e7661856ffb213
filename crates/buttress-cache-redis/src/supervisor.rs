//! What keeps the connection: one task, from the first use to the store's end.

use crate::{
    command,
    link::{Link, State},
    session::Session,
};
use buttress_cache::{Purge, Scope, policy::Timestamp};
use std::{
    sync::{Arc, Weak, atomic::Ordering},
    time::{Duration, SystemTime},
};
use tokio::{
    runtime::Handle,
    time::{Instant, sleep, timeout},
};

/// How often an idle connection is tried, and how long it may take to answer: so
/// a connection that is lost without a sign is noticed within twice as long.
const BEAT: Duration = Duration::from_secs(1);
/// The pauses between attempts to connect double from here
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// to here.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Link {
    /// Sees to it that somebody keeps the connection. Outside a tokio runtime
    /// nobody can, and nobody can use it: then it answers false.
    pub(crate) fn supervise(self: &Arc<Self>) -> bool {
        let Ok(runtime) = Handle::try_current() else {
            return false;
        };
        if !self.is_supervised.swap(true, Ordering::SeqCst) {
            let watch = Watch(Arc::downgrade(self));
            runtime.spawn(async move { watch.keep().await });
        }
        true
    }
}

/// Dropped with its runtime, it leaves the store to another one.
struct Watch(Weak<Link>);

impl Watch {
    async fn keep(&self) {
        let (mut pause, mut trusted) = (FIRST_PAUSE, Instant::now());
        while let Some(link) = self.0.upgrade() {
            match link.open().await {
                Ok(session) => {
                    tracing::info!("Redis is there");
                    link.set(State::Up(session.clone()));
                    drop(link);
                    self.watch(&session).await;
                    (pause, trusted) = (FIRST_PAUSE, Instant::now());
                    self.say_down("the connection to Redis has ended");
                }
                Err(error) => {
                    tracing::debug!(%error, "Redis is not there");
                    link.set(State::Down);
                    distrust(&link, &mut trusted);
                    drop(link);
                    sleep(pause).await;
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
            }
        }
    }

    /// Returns when the connection or the store has ended.
    async fn watch(&self, session: &Session) {
        loop {
            tokio::select! {
                () = session.ended() => return,
                () = sleep(BEAT) => {}
            }
            if self.0.strong_count() == 0 {
                return;
            }
            let answer = timeout(BEAT, command::ping(session)).await;
            if !matches!(answer, Ok(Ok(()))) {
                return;
            }
        }
    }

    fn say_down(&self, why: &str) {
        if let Some(link) = self.0.upgrade() {
            if !link.is_down() {
                tracing::warn!("{why}; requests go on without it");
                link.set(State::Down);
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(link) = self.0.upgrade() {
            link.set(State::Unknown);
            link.is_supervised.store(false, Ordering::SeqCst);
        }
    }
}

/// Without Redis nobody tells what other processes purge. So from time to time
/// all is made stale: it still answers where a stale response may, and the origin
/// is asked whether it holds.
fn distrust(link: &Link, trusted: &mut Instant) {
    if trusted.elapsed() >= link.settings.distrust_after {
        *trusted = Instant::now();
        let now = Timestamp::from(SystemTime::now());
        link.tell_hooks(&Purge::soft(Scope::All, now));
    }
}
