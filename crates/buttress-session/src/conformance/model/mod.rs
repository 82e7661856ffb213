//! Random requests in random interleavings, beside a model of what has to come
//! of them.
//!
//! A model that knows nothing of ids and trips: a session is a table of numbers,
//! which each request changes as a whole when its head leaves, if it still is
//! there. Requests of several visitors begin, read, wait and end in any order.

mod reference;

use super::{
    Faulty, Harness,
    app::{Browser, Reply},
};
use crate::{Key, Session, SessionLayer, SessionStore};
use http::StatusCode;
use proptest::prelude::*;
use reference::{Model, Request};
use std::{future::Future, pin::Pin, time::Duration};
use tokio::sync::{mpsc, oneshot};

const KEYS: [Key<u32>; 3] = [Key::new("a"), Key::new("b"), Key::new("c")];

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Step {
    /// A request of a visitor begins.
    Begin(usize),
    /// The request that began as the n-th of those that run does something.
    Do(usize, Act),
    /// It answers with this status.
    End(usize, u16),
}

/// What a handler does.
#[derive(Clone, Debug)]
pub enum Act {
    /// Reads an entry.
    Get(usize),
    /// Sets an entry.
    Set(usize, u32),
    /// Removes an entry.
    Remove(usize),
    /// Removes all.
    Clear,
    /// Adds one to an entry, by compare-and-set.
    Add(usize),
    /// Asks for a new id.
    Rotate,
    /// Commits what there is so far.
    Commit,
    /// Ends the session.
    Destroy,
}

/// Any number of steps, up to `most`.
pub fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let key = 0..KEYS.len();
    let act = prop_oneof![
        4 => key.clone().prop_map(Act::Get),
        4 => (key.clone(), 0u32..100).prop_map(|(key, value)| Act::Set(key, value)),
        2 => key.clone().prop_map(Act::Remove),
        1 => Just(Act::Clear),
        3 => key.prop_map(Act::Add),
        1 => Just(Act::Rotate),
        1 => Just(Act::Commit),
        1 => Just(Act::Destroy),
    ];
    let status = prop_oneof![4 => Just(200u16), 1 => Just(303), 1 => Just(500)];
    let step = prop_oneof![
        3 => (0usize..2).prop_map(Step::Begin),
        6 => (0usize..4, act).prop_map(|(request, act)| Step::Do(request, act)),
        3 => (0usize..4, status).prop_map(|(request, status)| Step::End(request, status)),
    ];
    proptest::collection::vec(step, 1..most)
}

/// Does the steps, and panics where the model says something else. For stores
/// that promise atomic commits, compare-and-set, rotations and not to resurrect;
/// with others it does nothing.
pub async fn check<H: Harness>(harness: H, steps: Vec<Step>) {
    let store = Faulty::new(harness.store());
    let promises = store.capabilities();
    if !(promises.atomic_commits && promises.compare_and_set && promises.never_resurrects) {
        return;
    }
    let layer = SessionLayer::new(store)
        .grace(Duration::ZERO)
        .deadline(Duration::from_secs(60));
    let layer = match H::id_format() {
        Some(format) => layer.id_format(format),
        None => layer,
    };
    let mut world = World::new(&layer);
    for step in steps {
        world.step(step).await;
    }
    world.end_all().await;
    world.compare().await;
}

struct World {
    model: Model,
    visitors: Vec<Visitor>,
    running: Vec<Running>,
}

struct Visitor {
    browser: Browser,
    /// The session whose id the browser has.
    session: Option<usize>,
}

/// A request that has not answered, and the model of it.
struct Running {
    visitor: usize,
    acts: mpsc::UnboundedSender<(Order, oneshot::Sender<Option<u32>>)>,
    reply: Pin<Box<dyn Future<Output = Reply>>>,
    model: Request,
}

enum Order {
    Act(Act),
    End(u16),
}

impl World {
    fn new(layer: &SessionLayer) -> Self {
        let visitor = || Visitor {
            browser: Browser::new(layer.clone()),
            session: None,
        };
        Self {
            model: Model::default(),
            visitors: vec![visitor(), visitor()],
            running: Vec::new(),
        }
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Begin(visitor) if self.running.len() < 4 => self.begin(visitor),
            Step::Begin(_) => {}
            Step::Do(request, act) if request < self.running.len() => {
                self.act(request, act).await;
            }
            Step::End(request, status) if request < self.running.len() => {
                let running = self.running.remove(request);
                self.end(running, status).await;
            }
            Step::Do(..) | Step::End(..) => {}
        }
    }

    fn begin(&mut self, visitor: usize) {
        let (acts, mut orders) = mpsc::unbounded_channel();
        let reply = self.visitors[visitor]
            .browser
            .request(move |session| async move {
                loop {
                    let (order, done): (Order, oneshot::Sender<_>) =
                        orders.recv().await.expect("the test ends each request");
                    match order {
                        Order::Act(act) => {
                            let value = perform(&session, act).await;
                            done.send(value).expect("the test waits");
                        }
                        Order::End(status) => {
                            return StatusCode::from_u16(status).expect("a status");
                        }
                    }
                }
            });
        self.running.push(Running {
            visitor,
            acts,
            reply: Box::pin(reply),
            model: Request::new(self.visitors[visitor].session),
        });
    }

    async fn act(&mut self, request: usize, act: Act) {
        let running = &mut self.running[request];
        let (done, value) = oneshot::channel();
        running
            .acts
            .send((Order::Act(act.clone()), done))
            .expect("the request runs");
        let value = tokio::select! {
            _ = &mut running.reply => panic!("nobody told it to answer"),
            value = value => value.expect("it is done"),
        };
        let expected = self.model.act(&mut running.model, &act);
        assert_eq!(value, expected, "of {act:?}");
    }

    async fn end(&mut self, mut running: Running, status: u16) {
        let (done, _) = oneshot::channel();
        running
            .acts
            .send((Order::End(status), done))
            .expect("the request runs");
        let reply = running.reply.as_mut().await;
        assert_eq!(reply.status.as_u16(), status);
        if status < 500 {
            self.model.commit(&mut running.model);
        }
        let visitor = &mut self.visitors[running.visitor];
        visitor.browser.keep(&reply);
        assert_eq!(
            reply.cookie.is_some(),
            running.model.cookie.is_some(),
            "a cookie"
        );
        if let Some(session) = running.model.cookie {
            visitor.session = session;
        }
    }

    async fn end_all(&mut self) {
        while let Some(running) = self.running.pop() {
            self.end(running, 200).await;
        }
    }

    /// Each browser reads what the model has.
    async fn compare(&mut self) {
        for visitor in 0..self.visitors.len() {
            self.begin(visitor);
            for key in 0..KEYS.len() {
                self.act(0, Act::Get(key)).await;
            }
            self.end_all().await;
        }
    }
}

async fn perform(session: &Session, act: Act) -> Option<u32> {
    match act {
        Act::Get(key) => return session.get(KEYS[key]).await.expect("read"),
        Act::Set(key, value) => session.set(KEYS[key], &value).expect("recorded"),
        Act::Remove(key) => session.remove(KEYS[key]).expect("recorded"),
        Act::Clear => session.clear().expect("recorded"),
        Act::Add(key) => {
            let added = session.update(KEYS[key], add_one).await;
            return Some(added.expect("updated"));
        }
        Act::Rotate => session.rotate().expect("recorded"),
        Act::Destroy => session.destroy().await.expect("ended"),
        Act::Commit => match session.commit().await {
            Ok(()) => {}
            Err(error) => assert!(error.is_gone(), "{error}"),
        },
    }
    None
}

fn add_one(value: Option<u32>) -> u32 {
    value.map_or(1, |value| value.saturating_add(1))
}
