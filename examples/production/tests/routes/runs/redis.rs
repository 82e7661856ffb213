//! A Redis for sessions and for the cache that goes away under load.

use super::asks::{Ask, with_sessions, without_sessions};
use super::load::Load;
use super::row::Row;
use super::{start, times};
use crate::app::App;
use crate::sessions::login;
use buttress_testing::Redis;

/// Two loads: requests that use no session, and those that do.
struct Run {
    app: App,
    row: Row,
    plain: Load,
    sessions: Load,
}

impl Run {
    async fn begin(name: &'static str, redis: &Redis) -> Self {
        let app = start(&["--redis", &redis.url()]).await;
        let cookie = login(&app, "ann").await;
        let asks = with_sessions(&cookie).into_iter();
        let sessions = asks.map(|ask| ask.may(503)).collect();
        let run = Self {
            row: Row::begin(name, &app),
            plain: Load::of(app.addr, without_sessions(&cookie)).clients(8),
            sessions: Load::of(app.addr, sessions).clients(4),
            app,
        };
        run.goes_well().await;
        run
    }

    async fn goes_well(&self) {
        self.plain.succeeds(200 * times()).await;
        self.sessions.succeeds(50 * times()).await;
    }

    /// While the fault lasts.
    async fn goes_on(&self) {
        self.plain.succeeds(400 * times()).await;
        self.sessions.goes_on(8).await;
        // Whoever has a session is told, and in the form of all errors.
        let me = self.app.get("/me").await;
        assert_eq!(me.status(), 200, "without a cookie no trip is made");
    }

    async fn end(self) {
        let (plain, mut sum) = (self.plain.stop().await, self.sessions.stop().await);
        assert_eq!(plain.expected, 0);
        sum.answered += plain.answered;
        sum.unexpected.extend(plain.unexpected);
        self.row.end(&self.app, &sum, "").await;
    }
}

/// A Redis that still has everything after it was killed.
fn lasting() -> Redis {
    Redis::start_with(&["--appendonly", "yes", "--appendfsync", "always"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_killed_and_started_again_fails_only_those_with_sessions() {
    let mut redis = lasting();
    let run = Run::begin("Redis killed, and started again", &redis).await;
    redis.kill();
    run.goes_on().await;
    redis.restart();
    run.goes_well().await;
    run.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_frozen_fails_only_those_with_sessions() {
    let redis = lasting();
    let run = Run::begin("Redis frozen, and thawed", &redis).await;
    redis.freeze();
    run.goes_on().await;
    redis.thaw();
    run.goes_well().await;
    run.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_restarted_again_and_again_loses_nobodys_session() {
    let mut redis = lasting();
    let run = Run::begin("Redis restarted again and again", &redis).await;
    for _ in 0..3 * times() {
        redis.restart();
        run.goes_well().await;
    }
    run.end().await;
}

/// The slow route, which is cached in both tiers, while the second one is frozen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_cached_is_answered_while_redis_is_frozen() {
    let redis = lasting();
    let app = start(&["--redis", &redis.url()]).await;
    let asks = |from: usize| {
        (from..from + 20)
            .map(|id| Ask::get(format!("/cached/{id}")))
            .collect()
    };
    let row = Row::begin("the cache while Redis is frozen", &app);
    let known = Load::of(app.addr, asks(0)).clients(4);
    known.succeeds(40).await;
    redis.freeze();
    let new = Load::of(app.addr, asks(100)).clients(4);
    known.succeeds(200 * times()).await;
    new.succeeds(100 * times()).await;
    redis.thaw();
    let (known, mut sum) = (known.stop().await, new.stop().await);
    sum.answered += known.answered;
    sum.unexpected.extend(known.unexpected);
    row.end(&app, &sum, "").await;
}
