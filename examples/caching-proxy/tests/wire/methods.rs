//! Methods that the cache takes no part in.

use crate::{
    case::{ask, ask_by, ok},
    proxy::Proxy,
};

const FRESH: &str = "Cache-Control: max-age=3600";

#[tokio::test]
async fn safe_methods_pass_and_change_nothing() {
    let proxy = Proxy::start().await;
    for method in ["OPTIONS", "TRACE", "PROPFIND", "SEARCH", "QUERY"] {
        let steps = || {
            vec![
                ask(&[]).gets(ok(&[FRESH])),
                ask_by(method, &["x: 1"]).gets(ok(&[FRESH])).sends("x", "1"),
                ask_by(method, &["x: 1"]).gets(ok(&[FRESH])),
                ask(&[]).cached(),
            ]
        };
        proxy.case(method, steps).await;
    }
}

#[tokio::test]
async fn a_get_with_a_body_passes() {
    let proxy = Proxy::start().await;
    let steps = || {
        vec![
            ask(&[]).body("abc").gets(ok(&[FRESH])),
            ask(&[]).body("abc").gets(ok(&[FRESH])),
            ask(&[]).gets(ok(&[FRESH])),
        ]
    };
    proxy.case("body", steps).await;
}
