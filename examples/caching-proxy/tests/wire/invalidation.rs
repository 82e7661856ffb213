//! Unsafe requests.

use crate::{
    case::{answer, ask, ask_by, ok},
    proxy::Proxy,
};

const FRESH: &str = "Cache-Control: max-age=3600";

#[tokio::test]
async fn an_unsafe_request_makes_what_is_stored_stale() {
    let proxy = Proxy::start().await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "M-SEARCH", "FOO"] {
        let steps = || {
            vec![
                ask(&[]).gets(ok(&[FRESH])),
                ask_by(method, &[]).body("abc").gets(ok(&[])),
                ask(&[]).gets(ok(&[FRESH])),
                ask_by(method, &[]).body("abc").gets(answer(500, &[], "no")),
                ask(&[]).cached(),
            ]
        };
        proxy.case(method, steps).await;
    }
}

#[tokio::test]
async fn unsafe_requests_are_each_sent_and_their_answers_not_stored() {
    let proxy = Proxy::start().await;
    let steps = || {
        vec![
            ask_by("POST", &[])
                .body("a")
                .gets(ok(&[FRESH]))
                .text("body"),
            ask_by("POST", &[])
                .body("a")
                .gets(ok(&[FRESH]))
                .text("body"),
            ask(&[]).gets(ok(&[FRESH])),
        ]
    };
    proxy.case("post", steps).await;
}

#[tokio::test]
async fn so_are_the_locations_that_it_names() {
    let proxy = Proxy::start().await;
    for name in ["Location", "Content-Location"] {
        for method in ["POST", "M-SEARCH"] {
            let line = format!("{name}: ?target");
            let steps = || {
                vec![
                    ask(&[]).query("target").gets(ok(&[FRESH])),
                    ask(&[]).query("other").gets(ok(&[FRESH])),
                    ask_by(method, &[]).body("abc").gets(ok(&[&line])),
                    ask(&[]).query("target").gets(ok(&[FRESH])),
                    ask(&[]).query("other").cached(),
                ]
            };
            proxy.case(&format!("{name} of {method}"), steps).await;
        }
    }
}

#[tokio::test]
async fn a_group_goes_together() {
    let proxy = Proxy::start().await;
    let steps = || {
        vec![
            ask(&[])
                .query("one")
                .gets(ok(&[FRESH, "Cache-Groups: \"a\", \"b\""])),
            ask(&[])
                .query("two")
                .gets(ok(&[FRESH, "Cache-Groups: \"c\""])),
            ask_by("POST", &[])
                .body("abc")
                .gets(ok(&["Cache-Group-Invalidation: \"b\""])),
            ask(&[]).query("one").gets(ok(&[FRESH])),
            ask(&[]).query("two").cached(),
        ]
    };
    proxy.case("groups", steps).await;
}
