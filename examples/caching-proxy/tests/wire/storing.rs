//! What is kept, and from whom.

use crate::{
    case::{ask, ok},
    proxy::Proxy,
};

const FRESH: &str = "Cache-Control: max-age=3600";

#[tokio::test]
async fn what_is_forbidden_is_not_stored() {
    let proxy = Proxy::start().await;
    for lines in [
        &["Cache-Control: no-store"][..],
        &["Cache-Control: No-StOrE", FRESH],
        &["Cache-Control: max-age=3600, no-store"],
        &["Cache-Control: private, max-age=3600"],
        &["Cache-Control: Private", FRESH],
        &[FRESH, "Vary: *"],
        &[FRESH, "Vary: *, *"],
        &[FRESH, "Vary: , *"],
        &[FRESH, "Vary:", "Vary: *"],
        &[FRESH, "Vary: Foo, *"],
        &[FRESH, "Set-Cookie: a=b"],
    ] {
        let steps = || {
            vec![
                ask(&["foo: 1"]).gets(ok(lines)),
                ask(&["foo: 1"]).gets(ok(lines)),
            ]
        };
        proxy.case(&format!("{lines:?}"), steps).await;
    }
}

#[tokio::test]
async fn a_cookie_is_shared_only_if_the_operator_says_so() {
    let proxy = Proxy::start_with(&["--share-set-cookie"]).await;
    let steps = || {
        vec![
            ask(&[]).gets(ok(&[FRESH, "Set-Cookie: a=b"])),
            ask(&[]).cached().has("set-cookie", "a=b"),
        ]
    };
    proxy.case("with the flag", steps).await;
    let heuristic = [
        "Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT",
        "Set-Cookie: a=b",
    ];
    let steps = || vec![ask(&[]).gets(ok(&heuristic)), ask(&[]).gets(ok(&heuristic))];
    proxy.case("without explicit freshness", steps).await;
}

#[tokio::test]
async fn a_cookie_in_the_request_does_not_matter() {
    let proxy = Proxy::start().await;
    let steps = || {
        vec![
            ask(&["cookie: a=b"]).gets(ok(&[FRESH])),
            ask(&["cookie: a=c"]).cached(),
        ]
    };
    proxy.case("cookie", steps).await;
}

#[tokio::test]
async fn an_authorized_response_is_reused_only_if_it_is_for_all() {
    let proxy = Proxy::start().await;
    let asks = || ask(&["authorization: Basic eDp5"]);
    let steps = || {
        vec![
            asks()
                .gets(ok(&[FRESH]))
                .sends("authorization", "Basic eDp5"),
            ask(&[]).gets(ok(&["Cache-Control: no-store"])),
            asks().gets(ok(&["Cache-Control: no-store"])),
        ]
    };
    proxy.case("for one user", steps).await;
    for line in [
        "max-age=3600, public",
        "max-age=3600, must-revalidate",
        "s-maxage=3600",
    ] {
        let line = format!("Cache-Control: {line}");
        let steps = || {
            vec![
                asks().gets(ok(&[&line])),
                ask(&[]).cached(),
                asks().cached(),
            ]
        };
        proxy.case(&line, steps).await;
    }
}

#[tokio::test]
async fn queries_and_hosts_are_keys() {
    let proxy = Proxy::start().await;
    let steps = || {
        vec![
            ask(&[]).query("a=1").gets(ok(&[FRESH])),
            ask(&[]).query("a=2").gets(ok(&[FRESH])),
            ask(&[]).query("a=1").cached(),
            ask(&[]).gets(ok(&[FRESH])),
        ]
    };
    proxy.case("queries", steps).await;
}
