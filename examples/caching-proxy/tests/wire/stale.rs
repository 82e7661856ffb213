//! Stale responses.

use crate::{
    case::{answer, ask, not_modified, ok},
    origin::Answer,
    proxy::Proxy,
};

/// Stale when it comes, so that no test has to wait.
const OLD: &str = "Age: 100";

fn closed() -> (u16, Answer) {
    (502, Answer::Close(Vec::new()))
}

#[tokio::test]
async fn while_revalidate_is_served_and_refreshed() {
    let proxy = Proxy::start().await;
    let lines = [
        "Cache-Control: max-age=60, stale-while-revalidate=3600",
        OLD,
        "ETag: \"a\"",
    ];
    let steps = || {
        vec![
            ask(&[]).gets(answer(200, &lines, "one")),
            ask(&[])
                .refreshed_by(not_modified(&["ETag: \"a\"", "Age: 0"]))
                .text("one"),
        ]
    };
    proxy.case("refreshed", steps).await;
    let window = [
        "Cache-Control: max-age=60, stale-while-revalidate=30",
        OLD,
        "ETag: \"a\"",
    ];
    let steps = || {
        vec![
            ask(&[]).gets(ok(&window)),
            ask(&[]).validated_by(not_modified(&["ETag: \"a\""])),
        ]
    };
    proxy.case("after the window", steps).await;
}

#[tokio::test]
async fn if_error_stands_in_for_an_origin_that_fails() {
    let proxy = Proxy::start().await;
    let lines = ["Cache-Control: max-age=60, stale-if-error=3600", OLD];
    let steps = || {
        vec![
            ask(&[]).gets(ok(&lines)),
            ask(&[]).gets(closed()).status(200).text("body"),
            ask(&[])
                .gets(answer(503, &[], "no"))
                .status(200)
                .text("body"),
            ask(&[]).gets(answer(404, &[], "gone")).text("gone"),
        ]
    };
    proxy.case("stale-if-error", steps).await;
}

#[tokio::test]
async fn without_leave_nothing_stale_is_served() {
    let proxy = Proxy::start().await;
    for directives in [
        "max-age=60",
        "max-age=60, stale-if-error=3600, must-revalidate",
        "max-age=60, stale-if-error=3600, proxy-revalidate",
        "max-age=60, stale-if-error=3600, no-cache",
        "max-age=60, s-maxage=60",
    ] {
        let lines = [&*format!("Cache-Control: {directives}"), OLD, "ETag: \"a\""];
        let steps = || {
            vec![
                ask(&[]).gets(ok(&lines)),
                ask(&[]).validated_by(closed()).status(502),
                ask(&[]).validated_by(answer(503, &[], "no")).text("no"),
            ]
        };
        proxy.case(directives, steps).await;
    }
}

#[tokio::test]
async fn no_cache_is_stored_and_validated_each_time() {
    let proxy = Proxy::start().await;
    for directives in [
        "no-cache",
        "max-age=3600, no-cache",
        "max-age=3600, No-CaChE",
    ] {
        let lines = [&*format!("Cache-Control: {directives}"), "ETag: \"a\""];
        let validated = || {
            ask(&[])
                .validated_by(not_modified(&lines))
                .text("body")
                .has("etag", "\"a\"")
        };
        let steps = || vec![ask(&[]).gets(ok(&lines)), validated(), validated()];
        proxy.case(directives, steps).await;
    }
}

#[tokio::test]
async fn what_became_stale_is_validated_by_whatever_it_has() {
    let proxy = Proxy::start().await;
    let modified = "Wed, 01 Jan 2020 00:00:00 GMT";
    for (line, name, value) in [
        ("ETag: \"a\"".to_owned(), "if-none-match", "\"a\""),
        ("ETag: W/\"a\"".to_owned(), "if-none-match", "W/\"a\""),
        (
            format!("Last-Modified: {modified}"),
            "if-modified-since",
            modified,
        ),
    ] {
        let lines = ["Cache-Control: max-age=60, must-revalidate", OLD, &line];
        let steps = || {
            vec![
                ask(&[]).gets(ok(&lines)),
                ask(&[])
                    .validated_by(not_modified(&[&line]))
                    .sends(name, value),
            ]
        };
        proxy.case(&line, steps).await;
    }
}
