//! Whatever happens in whatever order, places are neither lost nor made up.

use super::*;
use proptest::prelude::*;
use std::{
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll, Waker},
};

#[derive(Clone, Debug)]
struct Item(Arc<AtomicBool>);

impl Pooled for Item {
    fn is_alive(&mut self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Ask,
    /// Who waits goes away.
    Leave(usize),
    PutBack(usize),
    Close(usize),
    Drop(usize),
    /// A connection closes, in use or idle.
    Die(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Ask),
        1 => any::<usize>().prop_map(Step::Leave),
        3 => any::<usize>().prop_map(Step::PutBack),
        1 => any::<usize>().prop_map(Step::Close),
        1 => any::<usize>().prop_map(Step::Drop),
        1 => any::<usize>().prop_map(Step::Die),
    ]
}

type Asked = Pin<Box<dyn Future<Output = Result<Lease<Item>, Error>>>>;

struct Model {
    pool: Arc<Pool<Item>>,
    asked: Vec<Asked>,
    leases: Vec<Lease<Item>>,
    items: Vec<Item>,
}

impl Model {
    fn take(&mut self, step: Step) {
        let some = |index: usize, length: usize| (length > 0).then(|| index % length);
        match step {
            Step::Ask => {
                let pool = self.pool.clone();
                self.asked.push(Box::pin(async move { pool.lease().await }));
            }
            Step::Leave(index) => {
                let index = some(index, self.asked.len());
                if let Some(index) = index {
                    drop(self.asked.remove(index));
                }
            }
            Step::Die(index) => {
                let index = some(index, self.items.len());
                if let Some(index) = index {
                    let item = self.items.remove(index);
                    item.0.store(false, Ordering::Relaxed);
                }
            }
            Step::PutBack(index) | Step::Close(index) | Step::Drop(index) => {
                let Some(index) = some(index, self.leases.len()) else {
                    return;
                };
                let mut lease = self.leases.remove(index);
                match step {
                    Step::PutBack(_) => lease.put_back(),
                    Step::Close(_) => {
                        lease.close();
                        self.open(lease);
                    }
                    _ => drop(lease),
                }
            }
        }
    }

    fn open(&mut self, mut lease: Lease<Item>) {
        if lease.is_empty() {
            let item = Item(Arc::new(AtomicBool::new(true)));
            self.items.push(item.clone());
            lease.open(item);
        }
        self.leases.push(lease);
    }

    fn poll(&mut self) {
        let mut cx = Context::from_waker(Waker::noop());
        let mut waiting = Vec::new();
        for mut asked in std::mem::take(&mut self.asked) {
            match asked.as_mut().poll(&mut cx) {
                Poll::Ready(Ok(lease)) => self.open(lease),
                Poll::Ready(Err(error)) => assert!(error.is_busy()),
                Poll::Pending => waiting.push(asked),
            }
        }
        self.asked = waiting;
    }

    fn check(&self) {
        let state = self.pool.lock();
        let bounds = &self.pool.bounds;
        assert_eq!(state.open, self.leases.len() + state.idle.len());
        assert!(state.open <= bounds.open && state.idle.len() <= bounds.idle);
        assert!(self.asked.len() <= bounds.waiting);
        // Nobody waits while there is something to have.
        assert!(self.asked.is_empty() || self.leases.len() == bounds.open);
    }
}

proptest! {
    #[test]
    fn places_are_neither_lost_nor_made_up(
        steps in prop::collection::vec(step(), 0..60),
        open in 1_usize..4,
        idle in 0_usize..4,
        waiting in 0_usize..3,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let _entered = runtime.enter();
        let long = Duration::from_secs(600);
        let bounds = Bounds { open, idle, idle_timeout: long, waiting, wait: long };
        let mut model = Model {
            pool: Pool::new(bounds),
            asked: Vec::new(),
            leases: Vec::new(),
            items: Vec::new(),
        };
        for step in steps {
            model.take(step);
            model.poll();
            model.check();
        }
        model.asked.clear();
        model.leases.clear();
        model.check();
    }
}
