//! A thousand clients, most of whom leave at a random moment.

mod support;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use support::{End, Setup, fresh, get};
use tokio::task::yield_now;

/// Numbers that look random and are the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % bound
    }
}

/// How many calls the origin has now, and had at most.
#[derive(Clone, Default)]
struct Running(Arc<(AtomicUsize, AtomicUsize)>);

impl Running {
    fn begin(&self) -> Self {
        let now = self.0.0.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.1.fetch_max(now, Ordering::SeqCst);
        self.clone()
    }

    fn most(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }
}

/// A call that runs, until it is dropped.
struct Call(Running);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn storm(seed: u64) {
    let (running, mut random) = (Running::default(), Random(seed));
    let app = Setup::new().around_async({
        let running = running.clone();
        move |_| {
            let call = Call(running.begin());
            async move {
                for _ in 0..300 {
                    yield_now().await;
                }
                drop(call);
                fresh("whole")
            }
        }
    });
    let mut clients: Vec<_> = (0..1000)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move { app.send(get("/").end()).await.body })
        })
        .collect();
    let mut stayed = 0;
    while !clients.is_empty() {
        yield_now().await;
        // The first in the queue leave more often than others, since they lead.
        for place in [0, random.below(clients.len())] {
            if clients.len() > 10 && random.below(2) == 0 {
                clients.remove(place % clients.len()).abort();
            }
        }
        if clients.len() <= 10 {
            for client in clients.drain(..) {
                let body = buttress_testing::within("an answer", client).await;
                assert_eq!(body.unwrap(), "whole", "seed {seed}");
                stayed += 1;
            }
        }
    }
    assert_eq!((stayed, running.most()), (10, 1), "seed {seed}");
    let calls = app.calls.count();
    assert!(calls > 100, "leaders have left: {calls}, seed {seed}");
    // Nobody leads any more: the next one is answered, and so is one of another page.
    assert!(app.get("/").await.is_hit());
    let other = buttress_testing::within("another page", app.get("/other")).await;
    assert_eq!(other.body, "whole");
}

#[tokio::test]
async fn whoever_leaves_the_origin_has_one_call_at_a_time() {
    for seed in 0..20 {
        storm(seed).await;
    }
}
