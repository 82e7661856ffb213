//! Parts.

use crate::{
    case::{answer, ask, date, ok},
    proxy::Proxy,
};

const FRESH: &str = "Cache-Control: max-age=3600";
const LETTERS: &str = "0123456789A";

#[tokio::test]
async fn ranges_are_cut_from_a_whole_that_is_stored() {
    let proxy = Proxy::start().await;
    for (range, text) in [
        ("bytes=0-1", "01"),
        ("bytes=1-", "123456789A"),
        ("bytes=-1", "A"),
        ("bytes=0-100", LETTERS),
    ] {
        let line = format!("range: {range}");
        let steps = || {
            vec![
                ask(&[]).gets(answer(200, &[FRESH, "A: 1"], LETTERS)),
                ask(&[&line]).cached().status(206).text(text).has("a", "1"),
                ask(&[]).cached().text(LETTERS),
            ]
        };
        proxy.case(range, steps).await;
    }
    let steps = || {
        vec![
            ask(&[]).gets(answer(200, &[FRESH], LETTERS)),
            ask(&["range: bytes=50-"])
                .cached()
                .status(416)
                .has("content-range", "bytes */11"),
            ask(&["range: lines=1-2"]).cached().text(LETTERS),
        ]
    };
    proxy.case("not there", steps).await;
}

#[tokio::test]
async fn a_part_is_never_the_answer_to_a_plain_request() {
    let proxy = Proxy::start().await;
    let steps = || {
        vec![
            ask(&["range: bytes=0-1"])
                .gets(answer(206, &[FRESH, "Content-Range: bytes 0-1/11"], "01"))
                .sends("range", "bytes=0-1"),
            ask(&[])
                .gets(answer(200, &[FRESH], LETTERS))
                .text(LETTERS)
                .sends_no("range"),
            ask(&["range: bytes=1-2"]).cached().status(206).text("12"),
        ]
    };
    proxy.case("206 first", steps).await;
}

#[tokio::test]
async fn several_ranges_are_one_multipart_body() {
    let proxy = Proxy::start().await;
    let body = "x".repeat(5000);
    let steps = || {
        vec![
            ask(&[]).gets(answer(200, &[FRESH, "Content-Type: text/plain"], &body)),
            ask(&["range: bytes=0-9, 4000-4009"])
                .cached()
                .status(206)
                .lacks("content-range"),
        ]
    };
    proxy.case("multipart", steps).await;
}

#[tokio::test]
async fn if_range_wants_this_very_version() {
    let proxy = Proxy::start().await;
    let steps = || {
        vec![
            ask(&[]).gets(ok(&[FRESH, "ETag: \"a\""])),
            ask(&["range: bytes=0-1", "if-range: \"a\""])
                .cached()
                .status(206)
                .text("bo"),
            ask(&["range: bytes=0-1", "if-range: \"b\""])
                .cached()
                .status(200)
                .text("body"),
        ]
    };
    proxy.case("if-range", steps).await;
}

/// RFC 9110 §13.1.5: weak tags never do, and dates only where they are strong.
#[tokio::test]
async fn if_range_takes_no_weak_validator() {
    let proxy = Proxy::start().await;
    let (old, newer, now) = (date(-100), date(-99), date(0));
    let made = format!("Date: {now}");
    let dated = |modified: &str| format!("Last-Modified: {modified}");
    for (line, validator, status) in [
        ("ETag: W/\"a\"".to_owned(), "W/\"a\"", 200),
        ("ETag: \"a\"".to_owned(), "W/\"a\"", 200),
        (dated(&old), &*old, 206),
        (dated(&old), &newer, 200),
        // Made within the second in which it was modified.
        (dated(&now), &now, 200),
    ] {
        let lines = [FRESH, &made, &line];
        let condition = format!("if-range: {validator}");
        let steps = || {
            vec![
                ask(&[]).gets(ok(&lines)),
                ask(&["range: bytes=0-1", &condition])
                    .cached()
                    .status(status),
            ]
        };
        proxy.case(&format!("{line}, {validator}"), steps).await;
    }
}
