//! Preconditions of clients.

use crate::{
    case::{ask, date, dated, not_modified, ok},
    proxy::Proxy,
};

const FRESH: &str = "Cache-Control: max-age=3600";

#[tokio::test]
async fn a_client_that_has_it_gets_304_from_the_store() {
    let proxy = Proxy::start().await;
    let tag = "ETag: \"abcdef\"";
    for request in [
        "\"abcdef\"",
        "W/\"abcdef\"",
        "\"abcdef\", \"1234\"",
        "\"1\", \"abcdef\", \"5\"",
        "\"1\", \"abcdef\"",
        "*",
    ] {
        let line = format!("if-none-match: {request}");
        let steps = || {
            vec![
                ask(&[]).gets(ok(&[FRESH, tag])),
                ask(&[&line])
                    .cached()
                    .status(304)
                    .text("")
                    .has("etag", "\"abcdef\""),
                ask(&[]).cached().text("body"),
                ask(&["if-none-match: \"other\""]).cached().text("body"),
            ]
        };
        proxy.case(request, steps).await;
    }
    let weak = ["Cache-Control: max-age=3600", "ETag: W/\"abcdef\""];
    let steps = || {
        vec![
            ask(&[]).gets(ok(&weak)),
            ask(&["if-none-match: W/\"abcdef\""]).cached().status(304),
        ]
    };
    proxy.case("weak", steps).await;
    let unicode = ["Cache-Control: max-age=3600", "ETag: \"abcdef\u{fc}\""];
    let steps = || {
        vec![
            ask(&[]).gets(ok(&unicode)),
            ask(&["if-none-match: \"abcdef\u{fc}\""])
                .cached()
                .status(304),
        ]
    };
    proxy.case("obs-text", steps).await;
}

#[tokio::test]
async fn a_date_is_a_precondition_as_well() {
    let proxy = Proxy::start().await;
    let modified = dated("Last-Modified", -3000);
    let since = |offset| dated("if-modified-since", offset);
    for (offset, status) in [(-3000, 304), (-2000, 304), (-4000, 200)] {
        let steps = || {
            vec![
                ask(&[]).gets(ok(&[FRESH, &modified])),
                ask(&[&since(offset)]).cached().status(status),
            ]
        };
        proxy.case(&format!("since {offset}"), steps).await;
    }
    let both = || {
        vec![
            ask(&[]).gets(ok(&[FRESH, &modified, "ETag: \"a\""])),
            ask(&["if-none-match: \"a\"", &since(-1_000_000)])
                .cached()
                .status(304),
            ask(&["if-none-match: \"b\"", &since(0)])
                .cached()
                .status(200),
        ]
    };
    proxy.case("both", both).await;
    let rfc850 = "if-modified-since: Wednesday, 01-Jan-20 00:00:00 GMT";
    let steps = || {
        vec![
            ask(&[]).gets(ok(&[FRESH, "Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT"])),
            ask(&[rfc850]).cached().status(304),
        ]
    };
    proxy.case("RFC 850", steps).await;
}

#[tokio::test]
async fn what_is_stale_is_validated_for_a_client_that_has_it() {
    let proxy = Proxy::start().await;
    let modified = dated("Last-Modified", -3000);
    let lines = ["Cache-Control: max-age=60", "Age: 60", &modified];
    let fresh = ["Cache-Control: max-age=60", &modified];
    let since = format!("if-modified-since: {}", date(-3000));
    let steps = || {
        vec![
            ask(&[]).gets(ok(&lines)),
            ask(&[&since])
                .validated_by(not_modified(&fresh))
                .status(304),
            ask(&[]).cached().text("body"),
        ]
    };
    proxy.case("stale", steps).await;
}

#[tokio::test]
async fn a_304_for_one_client_is_not_given_to_another() {
    let proxy = Proxy::start().await;
    let steps = || {
        vec![
            ask(&["if-none-match: \"a\""])
                .gets(not_modified(&[FRESH, "ETag: \"a\""]))
                .sends("if-none-match", "\"a\"")
                .status(304),
            ask(&[]).gets(ok(&[FRESH, "ETag: \"a\""])).text("body"),
            ask(&[]).cached().text("body"),
        ]
    };
    // The step counts the client's own precondition for one of the cache's.
    proxy.case("a miss", steps).await;
}

#[tokio::test]
async fn if_match_is_for_the_origin() {
    let proxy = Proxy::start().await;
    let steps = || {
        vec![
            ask(&[]).gets(ok(&[FRESH, "ETag: \"a\""])),
            ask(&["if-match: \"b\""])
                .gets(crate::case::answer(412, &[FRESH], ""))
                .sends("if-match", "\"b\""),
            ask(&[]).cached().status(200),
        ]
    };
    proxy.case("if-match", steps).await;
}
