//! How many trips each kind of request takes, and what the store holds after.
#![allow(missing_docs, reason = "the names say what each test shows")]

use super::{A, App, B, Browser, Fault, Harness, USER};
use crate::Session;
use http::StatusCode;
use std::future::Future;

async fn takes<H, F, Answer>(app: &App<H>, browser: &mut Browser, trips: usize, handler: F)
where
    H: Harness,
    F: FnOnce(Session) -> Answer,
    Answer: Future<Output = ()>,
{
    let _ = app.store.take_trips();
    let reply = browser
        .send(|session| async move {
            handler(session).await;
            StatusCode::OK
        })
        .await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(app.store.take_trips(), trips);
}

pub async fn a_reading_takes_one<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut visitor = app.visitor().await;
    takes(&app, &mut visitor, 1, |session| async move {
        assert_eq!(session.get(A).await.expect("read"), Some(1));
        assert_eq!(session.get(B).await.expect("read"), None);
        assert!(session.exists().await.expect("read"));
    })
    .await;
    takes(&app, &mut visitor, 1, |session| async move {
        let (a, b) = tokio::join!(session.get(A), session.get(B));
        assert_eq!((a.expect("read"), b.expect("read")), (Some(1), None));
    })
    .await;
    takes(&app, &mut app.browser(), 0, |session| async move {
        assert_eq!(session.get(A).await.expect("read"), None);
        assert!(!session.exists().await.expect("read"));
    })
    .await;
}

pub async fn a_writing_takes_one_and_with_a_reading_two<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut visitor = app.visitor().await;
    takes(&app, &mut visitor, 1, |session| async move {
        session.set(A, &2).expect("recorded");
        session.set(B, &2).expect("recorded");
        assert_eq!(session.get(A).await.expect("read"), Some(2));
    })
    .await;
    takes(&app, &mut visitor, 2, |session| async move {
        assert_eq!(session.get(B).await.expect("read"), Some(2));
        session.set(A, &3).expect("recorded");
    })
    .await;
    takes(&app, &mut visitor, 1, |session| async move {
        assert_eq!(session.get(A).await.expect("read"), Some(3));
        session.set(A, &3).expect("recorded");
    })
    .await;
    takes(&app, &mut visitor, 2, |session| async move {
        session
            .update(A, |a| a.unwrap_or(0) + 1)
            .await
            .expect("updated");
    })
    .await;
    takes(&app, &mut app.browser(), 1, |session| async move {
        session.set(A, &1).expect("recorded");
    })
    .await;
}

pub async fn a_login_takes_one_and_with_a_reading_two<H: Harness>(harness: H) {
    let app = App::new(harness);
    let log_in = |session: Session| {
        session.rotate().expect("recorded");
        session.set(USER, &"ann".to_owned()).expect("recorded");
    };
    let mut visitor = app.visitor().await;
    takes(
        &app,
        &mut visitor,
        1,
        |session| async move { log_in(session) },
    )
    .await;
    takes(&app, &mut visitor, 2, |session| async move {
        assert_eq!(session.get(A).await.expect("read"), Some(1));
        log_in(session);
    })
    .await;
    takes(&app, &mut app.browser(), 1, |session| async move {
        log_in(session)
    })
    .await;
    // By a cookie whose session is over.
    let old = visitor.clone();
    takes(&app, &mut visitor, 1, |session| async move {
        session.destroy().await.expect("ended");
    })
    .await;
    let mut old_again = old.clone();
    takes(
        &app,
        &mut old_again,
        2,
        |session| async move { log_in(session) },
    )
    .await;
    assert_ne!(old_again.cookie, old.cookie);
    takes(&app, &mut old_again, 1, |session| async move {
        assert!(session.get(USER).await.expect("read").is_some());
        assert_eq!(session.get(A).await.expect("read"), None);
    })
    .await;
}

/// (12)
pub async fn an_explicit_commit_writes_once<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut visitor = app.visitor().await;
    takes(&app, &mut visitor, 2, |session| async move {
        assert_eq!(session.get(A).await.expect("read"), Some(1));
        session.set(A, &2).expect("recorded");
        session.commit().await.expect("committed");
        session.commit().await.expect("nothing to do");
        assert_eq!(session.get(A).await.expect("read"), Some(2));
    })
    .await;
    // Also where nobody looked, so that the head could not tell what is written.
    takes(&app, &mut visitor, 1, |session| async move {
        session.set(A, &3).expect("recorded");
        session.commit().await.expect("committed");
    })
    .await;
    let mut new = app.browser();
    takes(&app, &mut new, 2, |session| async move {
        session.set(A, &1).expect("recorded");
        session.commit().await.expect("committed");
        session.set(B, &1).expect("recorded");
    })
    .await;
    assert_eq!(app.reads(&new, A).await, Some(1));
    assert_eq!(app.reads(&new, B).await, Some(1));
}

/// (13)
pub async fn nothing_is_stored_where_nothing_is_left<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut new = app.browser();
    takes(&app, &mut new, 0, |session| async move {
        session.remove(A).expect("recorded");
        session.clear().expect("recorded");
    })
    .await;
    takes(&app, &mut new, 0, |session| async move {
        session.set(A, &1).expect("recorded");
        session.rotate().expect("recorded");
        session.remove(A).expect("recorded");
    })
    .await;
    assert_eq!(new.cookie, None);
    let mut visitor = app.visitor().await;
    takes(&app, &mut visitor, 1, |session| async move {
        session.load().await.expect("loaded");
        session.remove(B).expect("recorded");
    })
    .await;
    takes(&app, &mut visitor, 1, |session| async move {
        session.remove(B).expect("recorded");
    })
    .await;
}

/// (11)
pub async fn the_target_of_a_redirect_sees_what_was_written<H: Harness>(harness: H) {
    let app = App::new(harness);
    app.store.fail(Fault::Slow);
    let mut browser = app.browser();
    for round in 0..5 {
        browser
            .send(|session| async move {
                session.set(A, &round).expect("recorded");
                StatusCode::SEE_OTHER
            })
            .await;
        assert_eq!(app.reads(&browser, A).await, Some(round));
    }
}

pub async fn a_logout_takes_one<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut visitor = app.visitor().await;
    let old = visitor.clone();
    takes(&app, &mut visitor, 1, |session| async move {
        session.set(A, &9).expect("recorded");
        session.destroy().await.expect("ended");
        assert_eq!(session.get(A).await.expect("read"), None);
    })
    .await;
    assert_eq!(visitor.cookie, None);
    assert_eq!(app.reads(&old, A).await, None);
    takes(&app, &mut app.browser(), 0, |session| async move {
        session.destroy().await.expect("there is none");
    })
    .await;
}
