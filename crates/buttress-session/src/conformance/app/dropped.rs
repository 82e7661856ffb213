//! (5): clients go away in the middle of things.
#![allow(missing_docs, reason = "the names say what each test shows")]

use super::{A, App, B, Browser, Fault, Harness, USER};
use crate::Session;
use http::StatusCode;
use std::{future::Future, task::Poll};

/// How many polls a request is cut off after, at most.
const POLLS: usize = 40;

/// What a visitor may have: `a`, `b`, and whether somebody is logged in.
type Seen = (Option<u32>, Option<u32>, bool);

async fn seen(browser: &Browser) -> Seen {
    let (sender, receiver) = std::sync::mpsc::channel();
    let request = browser.request(move |session| async move {
        let user = session.get(USER).await.expect("read");
        let a = session.get(A).await.expect("read");
        let b = session.get(B).await.expect("read");
        sender.send((a, b, user.is_some())).expect("the test waits");
        StatusCode::OK
    });
    request.await;
    receiver.recv().expect("sent above")
}

/// Cuts a request off after each number of polls. By the old cookie, the state
/// is one of `states`.
async fn cut_off<H, F, Answer>(harness: H, handler: F, states: &[Seen])
where
    H: Harness,
    F: Fn(Session) -> Answer,
    Answer: Future<Output = StatusCode>,
{
    let app = App::new(harness);
    for polls in 0..POLLS {
        app.store.fail(Fault::Slow);
        let browser = app.visitor().await;
        let mut request = Box::pin(browser.request(&handler));
        let mut is_done = false;
        for _ in 0..polls {
            is_done =
                std::future::poll_fn(|cx| Poll::Ready(request.as_mut().poll(cx).is_ready())).await;
            if is_done {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(request);
        app.store.fail(Fault::None);
        let state = seen(&browser).await;
        assert!(states.contains(&state), "{state:?} after {polls} polls");
        if is_done {
            return;
        }
    }
}

pub async fn a_write_that_is_cut_off_is_whole_or_nothing<H: Harness>(harness: H) {
    let handler = |session: Session| async move {
        session.get(A).await.expect("read");
        session.set(A, &2).expect("recorded");
        session.set(B, &2).expect("recorded");
        StatusCode::OK
    };
    cut_off(
        harness,
        handler,
        &[(Some(1), None, false), (Some(2), Some(2), false)],
    )
    .await;
}

pub async fn a_login_that_is_cut_off_is_whole_or_nothing<H: Harness>(harness: H) {
    let handler = |session: Session| async move {
        session.get(A).await.expect("read");
        session.rotate().expect("recorded");
        session.set(USER, &"ann".to_owned()).expect("recorded");
        session.set(B, &2).expect("recorded");
        StatusCode::OK
    };
    // The old id shows nothing of the login, whether it has its grace or not.
    cut_off(
        harness,
        handler,
        &[(Some(1), None, false), (None, None, false)],
    )
    .await;
}

pub async fn an_update_that_is_cut_off_is_whole_or_nothing<H: Harness>(harness: H) {
    let handler = |session: Session| async move {
        session
            .update(A, |a| a.unwrap_or(0) + 1)
            .await
            .expect("updated");
        session.set(B, &2).expect("recorded");
        session.commit().await.expect("committed");
        StatusCode::OK
    };
    cut_off(
        harness,
        handler,
        &[(Some(1), None, false), (Some(2), Some(2), false)],
    )
    .await;
}

pub async fn a_logout_that_is_cut_off_is_whole_or_nothing<H: Harness>(harness: H) {
    let handler = |session: Session| async move {
        session.set(B, &2).expect("recorded");
        session.destroy().await.expect("ended");
        StatusCode::OK
    };
    cut_off(
        harness,
        handler,
        &[(Some(1), None, false), (None, None, false)],
    )
    .await;
}

/// A commit that the handler itself gave up may have been made or not, and the
/// answer must not say that it was.
pub async fn a_commit_that_the_handler_gives_up_is_no_success<H: Harness>(harness: H) {
    let app = App::new(harness);
    let browser = app.visitor().await;
    app.store.fail(Fault::Frozen);
    let request = browser.request(|session| async move {
        session.set(A, &2).expect("recorded");
        let commit = std::pin::pin!(session.commit());
        let mut commit = Some(commit);
        std::future::poll_fn(|cx| {
            let polled = commit.as_mut().map(|it| it.as_mut().poll(cx).is_pending());
            assert_eq!(polled, Some(true));
            Poll::Ready(())
        })
        .await;
        StatusCode::OK
    });
    assert_eq!(request.await.status, StatusCode::SERVICE_UNAVAILABLE);
    app.store.fail(Fault::None);
    assert_eq!(app.reads(&browser, A).await, Some(1));
}
