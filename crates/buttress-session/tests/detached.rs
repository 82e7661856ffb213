//! Handles in tasks and WebSockets, which outlive their response.
#![cfg(feature = "conformance")]

use buttress_session::{
    Error, Key, MemoryStore, Session, SessionLayer,
    conformance::{
        Fault, Faulty,
        app::{Browser, Reply},
    },
};
use http::StatusCode;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::oneshot;

const A: Key<u32> = Key::new("a");

struct App {
    memory: MemoryStore,
    store: Faulty<MemoryStore>,
    browser: Browser,
}

impl App {
    fn new() -> Self {
        let memory = MemoryStore::new();
        let store = Faulty::new(memory.clone());
        let layer = SessionLayer::new(store.clone()).deadline(Duration::from_millis(100));
        Self {
            memory,
            store,
            browser: Browser::new(layer),
        }
    }

    async fn detached(&mut self) -> Session {
        let place = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&place);
        self.browser
            .send(|session| async move {
                session.set(A, &1).unwrap();
                *kept.lock().unwrap() = Some(session.detached().await.unwrap());
                StatusCode::OK
            })
            .await;
        place.lock().unwrap().take().unwrap()
    }
}

/// The deadline is that of a trip, not of the life of a socket.
#[tokio::test(start_paused = true)]
async fn a_detached_handle_outlives_many_deadlines_and_an_outage() {
    let mut app = App::new();
    let socket = app.detached().await;
    for fault in [Fault::Frozen, Fault::Down] {
        app.store.fail(fault);
        socket.set(A, &2).unwrap();
        assert!(socket.commit().await.unwrap_err().is_unavailable());
    }
    // One whose task went away meanwhile.
    app.store.fail(Fault::Frozen);
    socket.set(A, &3).unwrap();
    let given_up = tokio::time::timeout(Duration::from_millis(10), socket.commit());
    assert!(given_up.await.is_err());

    app.store.fail(Fault::Slow);
    socket.set(A, &4).unwrap();
    socket.commit().await.unwrap();
    assert_eq!(socket.get(A).await.unwrap(), Some(4));
}

async fn commit_across_the_head(
    app: &mut App,
    record: impl FnOnce(&Session) + Send + 'static,
) -> (Result<(), Error>, Reply) {
    let (sender, receiver) = oneshot::channel();
    app.store.fail(Fault::Slow);
    let reply = app
        .browser
        .send(|session| async move {
            tokio::spawn(async move {
                record(&session);
                let _ = sender.send(session.commit().await);
            });
            // The task is in the middle of its trip when the head leaves.
            tokio::task::yield_now().await;
            StatusCode::OK
        })
        .await;
    (receiver.await.unwrap(), reply)
}

#[tokio::test]
async fn a_task_learns_that_its_new_session_came_too_late_for_a_cookie() {
    let mut app = App::new();
    let record = |session: &Session| session.set(A, &1).unwrap();
    let (outcome, reply) = commit_across_the_head(&mut app, record).await;
    assert!(outcome.unwrap_err().is_late());
    assert_eq!(reply.cookie, None);
    assert_eq!(app.memory.len(), 1);
}

#[tokio::test]
async fn a_task_learns_that_its_rotation_came_too_late_for_a_cookie() {
    let mut app = App::new();
    drop(app.detached().await);
    let record = |session: &Session| session.rotate().unwrap();
    let (outcome, reply) = commit_across_the_head(&mut app, record).await;
    assert!(outcome.unwrap_err().is_late());
    assert_eq!(reply.cookie, None);
}

#[tokio::test]
async fn a_task_commits_across_the_head_what_needs_no_cookie() {
    let mut app = App::new();
    drop(app.detached().await);
    let record = |session: &Session| session.set(A, &1).unwrap();
    let (outcome, _) = commit_across_the_head(&mut app, record).await;
    outcome.unwrap();
}
