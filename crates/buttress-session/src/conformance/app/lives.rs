//! How long sessions live, whose they are, and what follows them.
#![allow(missing_docs, reason = "the names say what each test shows")]

use super::{A, App, B, Browser, Harness, USER};
use http::StatusCode;

/// (18)
pub async fn the_absolute_end_beats_the_idle_one<H: Harness>(harness: H) {
    let mut app = App::new(harness);
    if !app.promises().absolute_expiry || !app.promises().touch_on_load {
        return;
    }
    app.layer = app.layer.absolute(H::TICK * 25);
    let browser = app.visitor().await;
    for _ in 0..3 {
        app.harness.advance(H::TICK * 6).await;
        assert_eq!(app.reads(&browser, A).await, Some(1));
    }
    app.harness.advance(H::TICK * 8).await;
    assert_eq!(app.reads(&browser, A).await, None);
}

pub async fn an_idle_session_ends<H: Harness>(harness: H) {
    let app = App::new(harness);
    let browser = app.visitor().await;
    app.harness.advance(H::TICK * 6).await;
    assert_eq!(app.reads(&browser, A).await, Some(1));
    app.harness.advance(H::TICK * 11).await;
    assert_eq!(app.reads(&browser, A).await, None);
}

pub async fn after_an_explicit_commit_the_old_id_has_its_grace<H: Harness>(harness: H) {
    let app = App::new(harness);
    let browser = app.visitor().await;
    let reply = browser.request(|session| async move {
        session.rotate().expect("recorded");
        session.set(USER, &"ann".to_owned()).expect("recorded");
        session.commit().await.expect("committed");
        StatusCode::INTERNAL_SERVER_ERROR
    });
    let reply = reply.await;
    let mut follows = browser.clone();
    follows.keep(&reply);
    assert_ne!(
        follows.cookie, browser.cookie,
        "it is committed, whatever comes"
    );
    assert_eq!(app.reads(&follows, A).await, Some(1));
    if app.promises().grace {
        // The client that never saw the answer.
        assert_eq!(app.reads(&browser, A).await, Some(1));
        app.harness.advance(H::TICK * 6).await;
        assert_eq!(app.reads(&browser, A).await, None);
        assert_eq!(app.reads(&follows, A).await, Some(1));
    }
}

/// (14)
pub async fn what_comes_after_the_head_is_an_error<H: Harness>(harness: H) {
    let app = App::new(harness);
    let browser = app.visitor().await;
    let (sender, receiver) = std::sync::mpsc::channel();
    let (loads, touches) = (sender.clone(), sender);
    let request = browser.request(move |session| async move {
        session.load().await.expect("loaded");
        loads.send(session).expect("the test waits");
        StatusCode::OK
    });
    request.await;
    let loaded = receiver.recv().expect("sent");
    assert!(loaded.set(B, &1).expect_err("late").is_late());
    assert!(loaded.remove(B).expect_err("late").is_late());
    assert!(loaded.clear().expect_err("late").is_late());
    assert!(loaded.rotate().expect_err("late").is_late());
    assert!(loaded.flash("info", "x").expect_err("late").is_late());
    assert!(loaded.commit().await.expect_err("late").is_late());
    assert!(loaded.destroy().await.expect_err("late").is_late());
    assert!(loaded.update(B, |_| 1).await.expect_err("late").is_late());
    assert_eq!(loaded.get(A).await.expect("it was loaded"), Some(1));

    let request = browser.request(move |session| async move {
        touches.send(session).expect("the test waits");
        StatusCode::OK
    });
    request.await;
    let untouched = receiver.recv().expect("sent");
    assert!(untouched.get(A).await.expect_err("late").is_late());
    assert!(untouched.set(A, &2).expect_err("late").is_late());
    assert_eq!(app.reads(&browser, A).await, Some(1));
}

pub async fn a_detached_handle_works_after_the_head<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut browser = app.browser();
    let (sender, receiver) = std::sync::mpsc::channel();
    browser
        .send(move |session| async move {
            assert!(session.detached().await.expect_err("no session").is_gone());
            session.set(A, &1).expect("recorded");
            sender
                .send(session.detached().await.expect("committed"))
                .expect("the test waits");
            StatusCode::OK
        })
        .await;
    let detached = receiver.recv().expect("sent");
    detached.set(B, &2).expect("recorded");
    assert_eq!(app.reads(&browser, B).await, None);
    detached.commit().await.expect("committed");
    assert_eq!(app.reads(&browser, B).await, Some(2));
    detached
        .update(B, |b| b.unwrap_or(0) + 1)
        .await
        .expect("updated");
    detached.commit().await.expect("committed");
    assert_eq!(app.reads(&browser, B).await, Some(3));
    detached.rotate().expect("recorded");
    assert!(
        detached
            .commit()
            .await
            .expect_err("no cookie would follow")
            .is_late()
    );
    browser
        .send(|session| async move {
            session.destroy().await.expect("ended");
            StatusCode::OK
        })
        .await;
}

async fn log_in(app: &App<impl Harness>, name: &'static str) -> Browser {
    let mut browser = app.visitor().await;
    browser
        .send(move |session| async move {
            session.rotate().expect("recorded");
            session.bind_owner(name).expect("recorded");
            StatusCode::OK
        })
        .await;
    browser
}

pub async fn a_logout_everywhere_ends_all_sessions_of_the_owner<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut browser = app.visitor().await;
    if !app.promises().owners {
        browser
            .send(|session| async move {
                session.bind_owner("ann").expect("recorded");
                let error = session.log_out_everywhere().await.expect_err("no owners");
                assert!(error.is_unsupported());
                StatusCode::OK
            })
            .await;
        return;
    }
    let (phone, mut laptop, bob) = (
        log_in(&app, "ann").await,
        log_in(&app, "ann").await,
        log_in(&app, "bob").await,
    );
    laptop
        .send(|session| async move {
            assert_eq!(
                session.bound_owner().await.expect("read").as_deref(),
                Some("ann")
            );
            assert_eq!(session.sessions_of_owner(9).await.expect("listed").len(), 2);
            session.log_out_elsewhere().await.expect("ended");
            assert_eq!(session.sessions_of_owner(9).await.expect("listed").len(), 1);
            StatusCode::OK
        })
        .await;
    assert_eq!(app.reads(&phone, A).await, None);
    assert_eq!(app.reads(&laptop, A).await, Some(1));
    let again = log_in(&app, "ann").await;
    laptop
        .send(|session| async move {
            session.log_out_everywhere().await.expect("ended");
            StatusCode::OK
        })
        .await;
    assert_eq!(laptop.cookie, None);
    assert_eq!(app.reads(&again, A).await, None);
    assert_eq!(app.reads(&bob, A).await, Some(1));
}

pub async fn flashes_are_shown_once_and_in_order<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut browser = app.browser();
    for text in ["one", "two"] {
        browser
            .send(move |session| async move {
                session.flash("info", text).expect("recorded");
                session.flash("error", text).expect("recorded");
                StatusCode::SEE_OTHER
            })
            .await;
    }
    let flashes = |expected: &'static [&'static str]| {
        move |session: crate::Session| async move {
            let flashes = session.flashes().await.expect("read");
            let shown: Vec<_> = flashes
                .iter()
                .map(|it| format!("{}:{}", it.level, it.text))
                .collect();
            assert_eq!(shown, expected);
            StatusCode::OK
        }
    };
    browser
        .send(flashes(&["info:one", "error:one", "info:two", "error:two"]))
        .await;
    browser.send(flashes(&[])).await;
}
