//! Requests of one session that run at the same time.
#![allow(missing_docs, reason = "the names say what each test shows")]

use super::{A, App, B, Fault, Harness, USER};
use http::StatusCode;
use std::future::Future;
use tokio::sync::oneshot;

/// Two ends: a handler waits at one until the test opens the other.
fn gate() -> (oneshot::Sender<()>, impl Future<Output = ()> + Send) {
    let (open, wait) = oneshot::channel();
    (open, async { wait.await.expect("the test opens the gate") })
}

/// A request of `browser` that has read its session, and writes `b` once the
/// gate opens.
macro_rules! slow_write {
    ($browser:expr) => {{
        let (open, wait) = gate();
        let (ready, is_ready) = oneshot::channel();
        let request = $browser.request(move |session| async move {
            assert_eq!(session.get(A).await.expect("read"), Some(1));
            let _ = ready.send(());
            wait.await;
            session.set(B, &2).expect("recorded");
            StatusCode::OK
        });
        let mut request = Box::pin(request);
        tokio::select! {
            _ = &mut request => panic!("it waits for the gate"),
            ready = is_ready => ready.expect("it reads first"),
        }
        (open, request)
    }};
}

/// (1)
pub async fn two_keys_set_at_once_both_survive<H: Harness>(harness: H) {
    let app = App::new(harness);
    let browser = app.visitor().await;
    let (open, slow) = slow_write!(browser);
    let fast = browser.request(|session| async move {
        assert_eq!(session.get(A).await.expect("read"), Some(1));
        session.set(A, &5).expect("recorded");
        StatusCode::OK
    });
    assert_eq!(fast.await.status, StatusCode::OK);
    open.send(()).expect("it waits");
    assert_eq!(slow.await.status, StatusCode::OK);
    assert_eq!(app.reads(&browser, B).await, Some(2));
    let last_writer_wins = !app.promises().atomic_commits;
    let a = app.reads(&browser, A).await;
    assert!(a == Some(5) || (last_writer_wins && a == Some(1)), "{a:?}");
}

/// (2)
pub async fn a_logout_during_a_slow_write_is_not_undone<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut browser = app.visitor().await;
    let old = browser.clone();
    let (open, slow) = slow_write!(old);
    let logout = browser
        .send(|session| async move {
            session.destroy().await.expect("ended");
            StatusCode::OK
        })
        .await;
    assert_eq!((logout.status, browser.cookie), (StatusCode::OK, None));
    open.send(()).expect("it waits");
    let reply = slow.await;
    if app.promises().never_resurrects {
        assert_eq!((reply.status, reply.cookie), (StatusCode::OK, None));
        assert_eq!(app.reads(&old, A).await, None);
        assert_eq!(app.reads(&old, B).await, None);
    }
}

/// (3)
pub async fn no_cookie_of_before_a_login_overwrites_that_of_the_login<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut browser = app.visitor().await;
    let old = browser.clone();
    let (open, slow) = slow_write!(old);
    let login = browser
        .send(|session| async move {
            session.rotate().expect("recorded");
            session.set(USER, &"ann".to_owned()).expect("recorded");
            StatusCode::OK
        })
        .await;
    assert!(login.cookie.is_some());
    assert_ne!(old.cookie, browser.cookie);
    open.send(()).expect("it waits");
    let reply = slow.await;
    assert_eq!((reply.status, reply.cookie), (StatusCode::OK, None));
    if app.promises().grace {
        // A request with the old cookie that begins only now.
        let late = old.request(|session| async move {
            assert_eq!(session.get(A).await.expect("read"), Some(1));
            assert_eq!(session.get(USER).await.expect("read"), None);
            session.set(B, &3).expect("recorded");
            StatusCode::OK
        });
        assert_eq!(late.await.cookie, None);
    }
    assert_eq!(app.reads(&browser, A).await, Some(1));
    assert_eq!(app.reads(&browser, B).await, None);
}

/// (6)
pub async fn a_removed_key_does_not_return<H: Harness>(harness: H) {
    let app = App::new(harness);
    let browser = app.visitor().await;
    let (open, slow) = slow_write!(browser);
    let remove = browser.request(|session| async move {
        session.remove(A).expect("recorded");
        StatusCode::OK
    });
    assert_eq!(remove.await.status, StatusCode::OK);
    assert_eq!(app.reads(&browser, A).await, None);
    open.send(()).expect("it waits");
    slow.await;
    if app.promises().atomic_commits {
        assert_eq!(app.reads(&browser, A).await, None);
    }
    assert_eq!(app.reads(&browser, B).await, Some(2));
}

/// (18)
pub async fn a_thousand_updates_at_once_lose_none<H: Harness>(harness: H) {
    let app = App::new(harness);
    if !app.promises().compare_and_set {
        return;
    }
    let browser = app.visitor().await;
    app.store.fail(Fault::Slow);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..1_000 {
        let request = browser.request(|session| async move {
            let now = session.update(A, |a| a.unwrap_or(0) + 1).await;
            assert!(now.expect("updated") > 1);
            StatusCode::OK
        });
        tasks.spawn(request);
    }
    while let Some(reply) = tasks.join_next().await {
        assert_eq!(reply.expect("answered").status, StatusCode::OK);
    }
    assert_eq!(app.reads(&browser, A).await, Some(1_001));
}

pub async fn an_update_of_a_session_that_ended_does_not_revive_it<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut browser = app.visitor().await;
    let old = browser.clone();
    let (open, wait) = gate();
    let (ready, is_ready) = oneshot::channel();
    let slow = tokio::spawn(old.request(move |session| async move {
        session
            .update(A, |a| a.unwrap_or(0) + 1)
            .await
            .expect("updated");
        let _ = ready.send(());
        wait.await;
        StatusCode::OK
    }));
    is_ready.await.expect("the handler comes so far");
    browser
        .send(|session| async move {
            session.destroy().await.expect("ended");
            StatusCode::OK
        })
        .await;
    open.send(()).expect("it waits");
    assert_eq!(slow.await.expect("answered").cookie, None);
    if app.promises().never_resurrects {
        assert_eq!(app.reads(&old, A).await, None);
    }
}
