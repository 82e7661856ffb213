//! (17): cookies that the app signed, and those that somebody made up.
#![cfg(feature = "conformance")]

use buttress_session::{
    Id, Key, KeyRing, MemoryStore, SessionLayer,
    conformance::{Faulty, app::Browser},
};
use http::StatusCode;

const A: Key<u32> = Key::new("a");

fn ring(secrets: &[&str]) -> KeyRing {
    let ring = KeyRing::new(secrets[0].repeat(32)).unwrap();
    let older = secrets[1..].iter();
    older.fold(ring, |ring, it| ring.accept(it.repeat(32)).unwrap())
}

async fn writes(browser: &mut Browser) {
    browser
        .send(|session| async move {
            session.set(A, &1).unwrap();
            StatusCode::OK
        })
        .await;
}

async fn reads(browser: &mut Browser) -> bool {
    let reply = browser
        .send(|session| async move {
            match session.get(A).await.unwrap() {
                Some(_) => StatusCode::OK,
                None => StatusCode::UNAUTHORIZED,
            }
        })
        .await;
    reply.status == StatusCode::OK
}

#[tokio::test]
async fn an_older_key_is_accepted_signed_anew_and_later_refused() {
    let store = MemoryStore::new();
    let layer = SessionLayer::new(store);
    let with = |secrets: &[&str], cookie: &Option<String>| {
        let mut browser = Browser::new(layer.clone().keys(ring(secrets)));
        browser.cookie.clone_from(cookie);
        browser
    };
    let mut old = with(&["a"], &None);
    writes(&mut old).await;
    let signed_by_a = old.cookie.clone();

    let mut both = with(&["b", "a"], &signed_by_a);
    assert!(reads(&mut both).await);
    let signed_by_b = both.cookie.clone();
    assert_ne!(signed_by_b, signed_by_a);
    let id = |cookie: &Option<String>| cookie.as_deref().unwrap()[..39].to_owned();
    assert_eq!(
        id(&signed_by_b),
        id(&signed_by_a),
        "the same id, signed anew"
    );
    // Without a look, too.
    let mut blind = with(&["b", "a"], &signed_by_a);
    writes(&mut blind).await;
    assert_eq!(blind.cookie, signed_by_b);

    assert!(reads(&mut with(&["b"], &signed_by_b)).await);
    assert!(!reads(&mut with(&["b"], &signed_by_a)).await);
    assert!(reads(&mut with(&["c", "b", "a"], &signed_by_a)).await);
}

#[tokio::test]
async fn a_forged_id_takes_no_trip_and_does_not_hide_the_real_one() {
    let store = Faulty::new(MemoryStore::new());
    let mut browser = Browser::new(SessionLayer::new(store.clone()).keys(ring(&["a"])));
    writes(&mut browser).await;
    let real = browser.cookie.clone().unwrap();
    let tag = &real[real.len() - 24..];
    let made_up = Id::generate().unwrap().expose().to_owned();
    let forged = [
        made_up.clone(),
        format!("{made_up}{tag}"),
        format!("{made_up}{}", "A".repeat(24)),
    ];
    let _ = store.take_trips();
    for value in &forged {
        browser.cookie = Some(format!("__Host-sid={value}"));
        assert!(!reads(&mut browser).await);
        assert_eq!(store.take_trips(), 0);
        // A cookie that some subdomain tossed over.
        browser.cookie = Some(format!("__Host-sid={value}; {real}"));
        assert!(reads(&mut browser).await);
        assert_eq!(store.take_trips(), 1);
    }
}
