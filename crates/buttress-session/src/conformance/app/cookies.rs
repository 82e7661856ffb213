//! Ids: whose they are, and which are believed.
#![allow(missing_docs, reason = "the names say what each test shows")]

use super::{A, App, Browser, Harness, USER};
use http::StatusCode;

fn value(browser: &Browser) -> String {
    let cookie = browser.cookie.as_deref().expect("a cookie");
    let (_, value) = cookie.split_once('=').expect("a pair");
    value.to_owned()
}

/// (7)
pub async fn an_id_that_a_client_chose_is_never_adopted<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut visitor = app.visitor().await;
    let known = visitor.cookie.clone();
    visitor
        .send(|session| async move {
            session.destroy().await.expect("ended");
            StatusCode::OK
        })
        .await;
    // Well-formed, and unknown to the store by now.
    let mut attacker = app.browser();
    attacker.cookie.clone_from(&known);
    for logs_in in [false, true] {
        let reply = attacker
            .request(|session| async move {
                assert_eq!(session.get(A).await.expect("read"), None);
                if logs_in {
                    session.rotate().expect("recorded");
                }
                session.set(USER, &"ann".to_owned()).expect("recorded");
                StatusCode::OK
            })
            .await;
        let cookie = reply.cookie.expect("a new session");
        assert!(!cookie.starts_with(known.as_deref().expect("a cookie")));
        assert_eq!(app.reads(&attacker, A).await, None);
    }
    // What is written without a look is dropped.
    let blind = attacker.request(|session| async move {
        session.set(A, &1).expect("recorded");
        StatusCode::OK
    });
    assert_eq!(blind.await.cookie, None);
    assert_eq!(app.reads(&attacker, A).await, None);
}

/// (16)
pub async fn the_first_well_formed_cookie_wins<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut visitor = app.visitor().await;
    let pair = visitor.cookie.clone().expect("a cookie");
    let name = pair.split('=').next().expect("a name").to_owned();
    let value = value(&visitor);
    let long = "x".repeat(8_000);
    for field in [
        format!("{name}=junk; {pair}"),
        format!("{name}=; {name}; =; ;{pair}; {name}=junk"),
        format!("{name}=\"{value}\""),
        format!("a=b; {name} = {value} ;c=d"),
        format!("{name}={long}; {pair}"),
        format!("other={long}; {pair}"),
        format!("x{name}={long}; {name}x={value}; {pair}"),
    ] {
        visitor.cookie = Some(field.clone());
        assert_eq!(app.reads(&visitor, A).await, Some(1), "{field}");
        assert_eq!(app.store.take_trips(), 1);
    }
    // Of two sessions as well: what somebody set for the domain comes later.
    let stranger = app.visitor().await.cookie.expect("a cookie");
    visitor.cookie = Some(format!("{pair}; {stranger}"));
    let reply = visitor.request(|session| async move {
        session.set(A, &2).expect("recorded");
        StatusCode::OK
    });
    assert_eq!(reply.await.status, StatusCode::OK);
    visitor.cookie = Some(pair);
    assert_eq!(app.reads(&visitor, A).await, Some(2));
    visitor.cookie = Some(stranger);
    assert_eq!(app.reads(&visitor, A).await, Some(1));
}

/// (16)
pub async fn junk_is_no_cookie_and_takes_no_trip<H: Harness>(harness: H) {
    let app = App::new(harness);
    let pair = app.visitor().await.cookie.expect("a cookie");
    let name = pair.split('=').next().expect("a name");
    let long = "x".repeat(8_192);
    let junk = ["", "\"", "\"\"", "é", "%00", "a b", "null", "../..", &long];
    for value in junk {
        let mut browser = app.browser();
        browser.cookie = Some(format!("{name}={value}"));
        assert_eq!(app.reads(&browser, A).await, None, "{value}");
        assert_eq!(app.store.take_trips(), 0, "{value}");
    }
}

/// (15)
pub async fn a_logout_removes_the_cookie_as_it_was_set<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut browser = app.browser();
    let attributes = |field: &str| -> Vec<String> {
        let parts = field.split("; ").skip(1);
        parts
            .filter(|it| !it.starts_with("Max-Age"))
            .map(str::to_owned)
            .collect()
    };
    let login = browser
        .send(|session| async move {
            session.set(A, &1).expect("recorded");
            StatusCode::OK
        })
        .await;
    let logout = browser
        .send(|session| async move {
            session.destroy().await.expect("ended");
            // Also where the rest goes wrong: the session has ended.
            StatusCode::INTERNAL_SERVER_ERROR
        })
        .await;
    let (set, removed) = (login.cookie.expect("set"), logout.cookie.expect("removed"));
    assert_eq!(attributes(&set), attributes(&removed));
    assert!(removed.contains("Max-Age=0"));
    assert_eq!(set.split('=').next(), removed.split('=').next());
}

pub async fn a_logout_and_what_comes_after_are_two_sessions<H: Harness>(harness: H) {
    let app = App::new(harness);
    let mut browser = app.visitor().await;
    let old = browser.clone();
    let reply = browser
        .send(|session| async move {
            session.destroy().await.expect("ended");
            session.flash("info", "goodbye").expect("recorded");
            StatusCode::OK
        })
        .await;
    assert!(reply.cookie.is_some());
    assert_ne!(browser.cookie, old.cookie);
    assert_eq!(app.reads(&old, A).await, None);
    browser
        .send(|session| async move {
            let flashes = session.flashes().await.expect("read");
            assert_eq!(flashes.len(), 1);
            assert_eq!(flashes[0].text, "goodbye");
            StatusCode::OK
        })
        .await;
}
