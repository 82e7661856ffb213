//! Something goes wrong: in the service, or in the store.
#![allow(missing_docs, reason = "the names say what each test shows")]

use super::{A, App, B, Fault, Harness, Reply, USER};
use crate::Session;
use http::{StatusCode, header};
use std::time::Duration;

async fn log_in(session: Session) {
    session.rotate().expect("recorded");
    session.set(USER, &"ann".to_owned()).expect("recorded");
}

/// (4)
pub async fn a_rotation_that_ends_in_500_keeps_the_old_session<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut browser = app.visitor().await;
    let reply = browser
        .send(|session| async move {
            log_in(session).await;
            StatusCode::INTERNAL_SERVER_ERROR
        })
        .await;
    assert_eq!((reply.cookie, app.store.take_trips()), (None, 0));
    assert_eq!(app.reads(&browser, A).await, Some(1));
    let is_logged_in = browser.request(|session| async move {
        match session.get(USER).await.expect("read") {
            Some(_) => StatusCode::OK,
            None => StatusCode::UNAUTHORIZED,
        }
    });
    assert_eq!(is_logged_in.await.status, StatusCode::UNAUTHORIZED);
}

pub async fn what_a_500_recorded_is_kept_if_the_layer_says_so<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut browser = app.visitor().await;
    let layer = app.layer.clone().discard_on_server_error(false);
    let mut keeping = super::Browser::new(layer);
    keeping.cookie.clone_from(&browser.cookie);
    keeping
        .send(|session| async move {
            session.set(B, &1).expect("recorded");
            StatusCode::BAD_GATEWAY
        })
        .await;
    assert_eq!(app.reads(&keeping, B).await, Some(1));
    browser
        .send(|session| async move {
            session.set(B, &2).expect("recorded");
            StatusCode::BAD_GATEWAY
        })
        .await;
    assert_eq!(app.reads(&browser, B).await, Some(1));
}

/// (8)
pub async fn an_untouched_session_takes_no_trip_and_needs_no_store<H: Harness>(harness: H) {
    let app = App::new(harness);
    let browser = app.visitor().await;
    for fault in [Fault::None, Fault::Down, Fault::Frozen, Fault::Corrupt] {
        app.store.fail(fault);
        let reply = browser.request(|session| async move {
            drop(session.clone());
            StatusCode::OK
        });
        let reply = reply.await;
        assert_eq!((reply.status, reply.cookie), (StatusCode::OK, None));
        for name in [header::VARY, header::CACHE_CONTROL] {
            assert!(!reply.headers.contains_key(name));
        }
        assert_eq!(app.store.take_trips(), 0);
    }
}

fn says_503(reply: &Reply) {
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.headers[header::RETRY_AFTER], "1");
    assert_eq!(reply.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(reply.cookie, None);
}

/// (9), (10), (20): whatever the request wanted, and whatever its handler makes
/// of the error.
pub async fn a_store_that_fails_makes_503_and_changes_nothing<H: Harness>(harness: H) {
    let app = App::new(harness);
    let browser = app.visitor().await;
    let layer = app.layer.clone().deadline(Duration::from_millis(50));
    let mut hasty = super::Browser::new(layer.clone());
    hasty.cookie.clone_from(&browser.cookie);
    for fault in [Fault::Down, Fault::Frozen] {
        app.store.fail(fault);
        let reads = hasty.request(|session| async move {
            assert!(session.get(A).await.expect_err("no store").is_unavailable());
            // One trip is enough to wait for.
            assert!(session.get(B).await.expect_err("no store").is_unavailable());
            StatusCode::OK
        });
        says_503(&reads.await);
        assert_eq!(app.store.take_trips(), 1);
        let writes = hasty.request(|session| async move {
            session.set(A, &7).expect("recorded");
            StatusCode::OK
        });
        says_503(&writes.await);
        let new = super::Browser::new(layer.clone()).request(|session| async move {
            session.set(A, &7).expect("recorded");
            StatusCode::FOUND
        });
        says_503(&new.await);
        let logs_in = hasty.request(|session| async move {
            log_in(session).await;
            StatusCode::OK
        });
        says_503(&logs_in.await);
        let logs_out = hasty.request(|session| async move {
            let error = session.destroy().await.expect_err("no store");
            assert!(error.is_unavailable());
            StatusCode::OK
        });
        says_503(&logs_out.await);
        app.store.fail(Fault::None);
        assert_eq!(app.reads(&browser, A).await, Some(1));
        let _ = app.store.take_trips();
    }
}

pub async fn a_service_may_answer_without_a_session_if_the_layer_says_so<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut browser = super::Browser::new(app.layer.clone().tolerate_failed_reads(true));
    browser.cookie = app.visitor().await.cookie;
    app.store.fail(Fault::Down);
    let reads = browser.request(|session| async move {
        assert!(session.get(A).await.is_err());
        StatusCode::OK
    });
    let reply = reads.await;
    assert_eq!((reply.status, reply.cookie), (StatusCode::OK, None));
    let writes = browser.request(|session| async move {
        assert!(session.get(A).await.is_err());
        session.set(A, &7).expect("recorded");
        StatusCode::OK
    });
    says_503(&writes.await);
}

/// (20)
pub async fn a_corrupt_record_is_no_reason_for_a_new_session<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut browser = app.visitor().await;
    app.store.fail(Fault::Corrupt);
    let reply = browser
        .send(|session| async move {
            let error = session.get(A).await.expect_err("it cannot be read");
            assert!(!error.is_unavailable());
            session.set(B, &1).expect("recorded");
            StatusCode::OK
        })
        .await;
    assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(reply.cookie, None);
    app.store.fail(Fault::None);
    assert_eq!(app.reads(&browser, A).await, Some(1));
    assert_eq!(app.reads(&browser, B).await, None);
    // The way out for the visitor.
    app.store.fail(Fault::Corrupt);
    let logout = browser
        .send(|session| async move {
            assert!(session.get(A).await.is_err());
            session.destroy().await.expect("ended");
            StatusCode::OK
        })
        .await;
    assert_eq!((logout.status, browser.cookie), (StatusCode::OK, None));
}
