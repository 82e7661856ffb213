//! What clients ask of the cache.

use crate::{
    case::{ask, not_modified, ok},
    proxy::Proxy,
};

const FRESH: &str = "Cache-Control: max-age=3600";

#[tokio::test]
async fn what_a_client_does_not_want_is_asked_for() {
    let proxy = Proxy::start().await;
    for (response, request) in [
        (&[FRESH][..], "cache-control: no-cache"),
        (&[FRESH], "cache-control: max-age=0"),
        (&[FRESH], "cache-control: no-store"),
        (&[FRESH], "pragma: no-cache"),
        (&[FRESH, "Age: 1800"], "cache-control: max-age=600"),
        (&[FRESH], "cache-control: min-fresh=4000"),
        (&[FRESH, "Age: 3000"], "cache-control: min-fresh=1000"),
    ] {
        let steps = || {
            vec![
                ask(&[]).gets(ok(response)),
                ask(&[request]).gets(ok(response)),
            ]
        };
        proxy.case(&format!("{response:?}, {request}"), steps).await;
    }
    for request in [
        "cache-control: foo",
        "pragma: foo",
        "cache-control: max-stale=5, max-age=1000",
    ] {
        let steps = || vec![ask(&[]).gets(ok(&[FRESH])), ask(&[request]).cached()];
        proxy.case(request, steps).await;
    }
}

#[tokio::test]
async fn no_cache_validates_what_has_a_validator() {
    let proxy = Proxy::start().await;
    for line in [
        "ETag: \"a\"",
        "Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT",
    ] {
        let lines = [FRESH, line];
        let steps = || {
            vec![
                ask(&[]).gets(ok(&lines)),
                ask(&["cache-control: no-cache"])
                    .validated_by(not_modified(&lines))
                    .text("body"),
            ]
        };
        proxy.case(line, steps).await;
    }
}

#[tokio::test]
async fn max_stale_is_answered_from_the_store() {
    let proxy = Proxy::start().await;
    let stale = ["Cache-Control: max-age=1500", "Age: 2000", "ETag: \"a\""];
    let steps = || {
        vec![
            ask(&[]).gets(ok(&stale)),
            ask(&["cache-control: max-stale=1000"]).cached(),
        ]
    };
    proxy.case("enough", steps).await;
    let steps = || {
        vec![
            ask(&[]).gets(ok(&stale)),
            ask(&["cache-control: max-stale=100"]).validated_by(ok(&stale)),
        ]
    };
    proxy.case("too little", steps).await;
}

#[tokio::test]
async fn only_if_cached_is_504_without_something_stored() {
    let proxy = Proxy::start().await;
    let only = || ask(&["cache-control: only-if-cached"]);
    let steps = || {
        vec![
            only().cached().status(504),
            ask(&[]).gets(ok(&[FRESH])),
            only().cached(),
        ]
    };
    proxy.case("only-if-cached", steps).await;
}
