//! The whole session in the cookie.
#![cfg(feature = "conformance")]

use buttress_session::{Key, KeyRing, SessionLayer, conformance::app::Browser};
use http::StatusCode;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

const A: Key<u32> = Key::new("a");
const TEXT: Key<String> = Key::new("text");

fn layer(secret: &str) -> SessionLayer {
    SessionLayer::sealed(KeyRing::new(secret.repeat(32)).unwrap())
}

async fn sets(browser: &mut Browser, value: u32) {
    let reply = browser
        .send(move |session| async move {
            session.set(A, &value).unwrap();
            StatusCode::OK
        })
        .await;
    assert_eq!(reply.status, StatusCode::OK);
}

async fn read(browser: &mut Browser) -> Option<u32> {
    let (sender, receiver) = std::sync::mpsc::channel();
    browser
        .send(move |session| async move {
            sender.send(session.get(A).await.unwrap()).unwrap();
            StatusCode::OK
        })
        .await;
    receiver.recv().unwrap()
}

#[tokio::test]
async fn what_is_set_comes_back_and_is_not_to_be_read_by_others() {
    let mut browser = Browser::new(layer("a"));
    assert_eq!(read(&mut browser).await, None);
    assert_eq!(browser.cookie, None);
    sets(&mut browser, 7).await;
    assert_eq!(read(&mut browser).await, Some(7));
    let first = browser.cookie.clone();
    assert_eq!(read(&mut browser).await, Some(7));
    assert_eq!(browser.cookie, first, "nothing changed");
    sets(&mut browser, 8).await;
    assert_ne!(browser.cookie, first);

    let mut other_ring = Browser::new(layer("b"));
    other_ring.cookie.clone_from(&browser.cookie);
    assert_eq!(read(&mut other_ring).await, None);
    let mut cut = Browser::new(layer("a"));
    for length in 0..browser.cookie.as_deref().unwrap().len() {
        cut.cookie = browser.cookie.as_deref().map(|it| it[..length].to_owned());
        assert_eq!(read(&mut cut).await, None);
    }
}

#[tokio::test]
async fn a_key_that_is_older_is_accepted_and_sealed_anew() {
    let mut browser = Browser::new(layer("a"));
    sets(&mut browser, 7).await;
    let ring = KeyRing::new("b".repeat(32)).unwrap();
    let ring = ring.accept("a".repeat(32)).unwrap();
    let mut both = Browser::new(SessionLayer::sealed(ring));
    both.cookie.clone_from(&browser.cookie);
    assert_eq!(read(&mut both).await, Some(7));
    assert_ne!(both.cookie, browser.cookie);
    let mut new = Browser::new(layer("b"));
    new.cookie.clone_from(&both.cookie);
    assert_eq!(read(&mut new).await, Some(7));
}

#[tokio::test]
async fn what_does_not_fit_into_a_cookie_is_an_error_and_changes_nothing() {
    let mut browser = Browser::new(layer("a"));
    sets(&mut browser, 7).await;
    let before = browser.cookie.clone();
    let reply = browser
        .send(|session| async move {
            session.set(TEXT, &"x".repeat(4000)).unwrap();
            StatusCode::OK
        })
        .await;
    assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(browser.cookie, before);
}

#[tokio::test]
async fn a_logout_and_an_empty_session_remove_the_cookie() {
    for ends in [true, false] {
        let mut browser = Browser::new(layer("a"));
        sets(&mut browser, 7).await;
        browser
            .send(move |session| async move {
                match ends {
                    true => session.destroy().await.unwrap(),
                    false => session.remove(A).unwrap(),
                }
                StatusCode::OK
            })
            .await;
        assert_eq!(browser.cookie, None);
    }
}

#[tokio::test]
async fn a_500_leaves_the_cookie_as_it_was() {
    let mut browser = Browser::new(layer("a"));
    sets(&mut browser, 7).await;
    let before = browser.cookie.clone();
    browser
        .send(|session| async move {
            session.set(A, &8).unwrap();
            session.rotate().unwrap();
            StatusCode::INTERNAL_SERVER_ERROR
        })
        .await;
    assert_eq!(browser.cookie, before);
}

#[tokio::test]
async fn what_a_cookie_cannot_do_says_so() {
    let mut browser = Browser::new(layer("a"));
    browser
        .send(|session| async move {
            assert!(session.bind_owner("ann").unwrap_err().is_unsupported());
            assert!(session.detached().await.unwrap_err().is_unsupported());
            assert_eq!(session.update(A, |a| a.unwrap_or(0) + 1).await.unwrap(), 1);
            StatusCode::OK
        })
        .await;
    assert_eq!(read(&mut browser).await, Some(1));
}

/// Seconds that have passed for the test below.
static PASSED: AtomicU64 = AtomicU64::new(0);

fn clock() -> SystemTime {
    let passed = Duration::from_secs(PASSED.load(Ordering::SeqCst));
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600) + passed
}

#[tokio::test]
async fn the_absolute_end_beats_the_idle_one() {
    let pass = |seconds| PASSED.fetch_add(seconds, Ordering::SeqCst);
    let layer = layer("a").clock(clock).idle(Duration::from_secs(100));
    let mut browser = Browser::new(layer.absolute(Duration::from_secs(250)));
    sets(&mut browser, 7).await;
    for _ in 0..4 {
        pass(60);
        assert_eq!(read(&mut browser).await, Some(7), "it was used");
    }
    pass(20);
    assert_eq!(read(&mut browser).await, None);
    sets(&mut browser, 8).await;
    pass(101);
    assert_eq!(read(&mut browser).await, None);
}
