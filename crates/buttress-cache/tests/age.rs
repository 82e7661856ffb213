//! `Age` tells how old a response is, and is added to.

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use support::{Setup, counting};

#[tokio::test]
async fn age_is_made_and_grows() {
    let app = Setup::new().around(counting([("cache-control", "max-age=600")]));
    assert_eq!(app.get("/").await.header("age"), None);
    for (passes, age) in [(0, "0"), (7, "7"), (30, "37")] {
        app.clock.advance(Duration::from_secs(passes));
        assert_eq!(app.get("/").await.header("age"), Some(age));
    }
}

#[tokio::test]
async fn the_age_that_a_response_comes_with_is_added_to() {
    let fields = [("cache-control", "max-age=600"), ("age", "100")];
    let app = Setup::new().around(counting(fields));
    assert_eq!(app.get("/").await.header("age"), Some("100"));
    app.clock.advance(Duration::from_secs(20));
    assert_eq!(app.get("/").await.header("age"), Some("120"));
    app.clock.advance(Duration::from_secs(480));
    assert_eq!(
        app.get("/").await.body,
        "1",
        "600 seconds old, and still served"
    );
}

#[tokio::test]
async fn a_date_is_kept_and_made_where_there_is_none() {
    let date = "Wed, 31 Dec 2025 23:59:50 GMT";
    let fields = [("cache-control", "max-age=600"), ("date", date)];
    let app = Setup::new().around(counting(fields));
    app.get("/").await;
    let got = app.get("/").await;
    assert_eq!(
        (got.header("date"), got.header("age")),
        (Some(date), Some("10"))
    );

    let app = Setup::new().around(counting([("cache-control", "max-age=600")]));
    app.get("/").await;
    app.clock.advance(Duration::from_secs(5));
    let got = app.get("/").await;
    assert_eq!(got.header("date"), Some("Thu, 01 Jan 2026 00:00:00 GMT"));
}

#[tokio::test]
async fn after_a_clock_has_gone_back_nothing_is_younger_than_it_was() {
    let app = Setup::new();
    let (clock, back) = (app.clock.clone(), Arc::new(AtomicU64::new(0)));
    let app = app
        .with(|layer| {
            let back = back.clone();
            layer.clock(move || {
                clock.system_time() - Duration::from_secs(back.load(Ordering::SeqCst))
            })
        })
        .around(counting([("cache-control", "max-age=60")]));
    assert_eq!(app.get("/").await.body, "0");
    back.store(10, Ordering::SeqCst);
    let got = app.get("/").await;
    assert_eq!((got.header("age"), &*got.body), (Some("10"), &b"0"[..]));
    back.store(3600, Ordering::SeqCst);
    assert_eq!(app.get("/").await.body, "1", "fresh for an hour too long");
}
