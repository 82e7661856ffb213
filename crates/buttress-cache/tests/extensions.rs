//! Extensions: the origin's never come with a hit, and those of the cache are read.

mod support;

use buttress_cache::CacheRules;
use std::time::Duration;
use support::{Setup, counting, fresh, reply};

#[derive(Clone, Debug, PartialEq)]
struct OfOrigin(u8);

#[tokio::test]
async fn a_hit_carries_none_of_the_origins_extensions() {
    let app = Setup::new().around(|_| {
        let mut response = fresh("x");
        response.extensions_mut().insert(OfOrigin(1));
        response
    });
    let first = app.start(support::End::end(support::get("/"))).await;
    assert_eq!(first.extensions().get(), Some(&OfOrigin(1)));
    support::Got::read(first).await;
    let hit = app.start(support::End::end(support::get("/"))).await;
    assert!(hit.extensions().is_empty());
}

#[tokio::test]
async fn a_handler_sets_the_lifetime_beside_the_fields() {
    let app = Setup::new().around(|_| {
        let mut response = reply([("cache-control", "max-age=5")], "x");
        let rules = CacheRules::new()
            .ttl(Duration::from_secs(600))
            .stale_while_revalidate(Duration::from_secs(60));
        response.extensions_mut().insert(rules);
        response
    });
    assert_eq!(
        app.get("/").await.header("cache-control"),
        Some("max-age=5")
    );
    app.clock.advance(Duration::from_secs(599));
    let got = app.get("/").await;
    assert_eq!((got.is_hit(), got.header("age")), (true, Some("599")));
    app.clock.advance(Duration::from_secs(30));
    app.get("/").await;
    assert_eq!(app.cache.stats().stale, 1);
}

#[tokio::test]
async fn what_the_fields_forbid_stays_forbidden() {
    for forbids in ["private", "no-store"] {
        let app = Setup::new().around(move |_| {
            let mut response = reply([("cache-control", forbids)], "x");
            let rules = CacheRules::new().ttl(Duration::from_secs(600));
            response.extensions_mut().insert(rules);
            response
        });
        app.get("/").await;
        app.get("/").await;
        assert_eq!(app.calls.count(), 2, "{forbids}");
    }
}

#[tokio::test]
async fn a_handler_keeps_a_response_out() {
    let origin = counting([("cache-control", "max-age=60")]);
    let app = Setup::new().around(move |asked| {
        let mut response = origin(asked);
        response
            .extensions_mut()
            .insert(CacheRules::new().no_store());
        response
    });
    app.get("/").await;
    assert_eq!(app.get("/").await.body, "1");
}
