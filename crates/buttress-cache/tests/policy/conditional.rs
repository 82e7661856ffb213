//! Clients that have something already (RFC 9111 §4.3.2, RFC 9110 §13).

use crate::support::*;
use buttress_cache::policy::{Metadata, Payload};
use http::{Method, StatusCode};

const MODIFIED: &str = "Wed, 01 Jan 2020 00:00:00 GMT";

fn status(stored: &Metadata, request: &[&str]) -> u16 {
    answered(Method::GET, request, stored, 100).status.as_u16()
}

fn tagged(tag: &str) -> Metadata {
    stored(&["cache-control: max-age=100", &format!("etag: {tag}")])
}

#[test]
fn a_tag_that_is_listed_is_not_sent_again() {
    for (tag, listed, expected) in [
        ("\"a\"", "\"a\"", 304),
        ("\"a\"", "\"b\"", 200),
        ("\"a\"", "\"a\", \"b\", \"c\"", 304),
        ("\"a\"", "\"b\", \"a\", \"c\"", 304),
        ("\"a\"", "\"b\",\"c\",\"a\"", 304),
        ("\"a\"", "*", 304),
        ("\"a\"", "\"x, \"a\"", 200),
        ("\"a,b\"", "\"x\", \"a,b\"", 304),
        ("\"a\"", "\"A\"", 200),
        ("\"a\"", "a", 200),
        ("W/\"a\"", "W/\"a\"", 304),
        ("W/\"a\"", "\"a\"", 304),
        ("\"a\"", "W/\"a\"", 304),
        ("W/\"a\"", "w/\"a\"", 200),
        ("\"\"", "\"\"", 304),
        ("\"a\"", "", 200),
    ] {
        let line = format!("if-none-match: {listed}");
        assert_eq!(
            status(&tagged(tag), &[&line]),
            expected,
            "{tag} in {listed}"
        );
    }
    let lines = ["if-none-match: \"b\"", "if-none-match: \"a\""];
    assert_eq!(status(&tagged("\"a\""), &lines), 304);
}

#[test]
fn a_response_without_a_tag_matches_only_the_star() {
    let stored = stored(&["cache-control: max-age=100"]);
    assert_eq!(status(&stored, &["if-none-match: \"a\""]), 200);
    assert_eq!(status(&stored, &["if-none-match: *"]), 304);
}

#[test]
fn if_none_match_stands_above_if_modified_since() {
    let modified = format!("last-modified: {MODIFIED}");
    let stored = stored(&["cache-control: max-age=100", "etag: \"a\"", &modified]);
    let older = "if-modified-since: Wed, 01 Jan 2014 00:00:00 GMT";
    let same = &format!("if-modified-since: {MODIFIED}");
    assert_eq!(status(&stored, &["if-none-match: \"a\"", older]), 304);
    assert_eq!(status(&stored, &["if-none-match: \"b\"", same]), 200);
}

#[test]
fn a_date_is_compared_with_the_modification_in_all_forms() {
    let modified = format!("last-modified: {MODIFIED}");
    let stored = stored(&["cache-control: max-age=100", &modified]);
    for (since, expected) in [
        (MODIFIED, 304),
        ("Wednesday, 01-Jan-20 00:00:00 GMT", 304),
        ("Wed Jan  1 00:00:00 2020", 304),
        ("Thu, 02 Jan 2020 00:00:00 GMT", 304),
        ("Tue, 31 Dec 2019 23:59:59 GMT", 200),
        ("2020-01-01", 200),
        ("", 200),
    ] {
        let line = format!("if-modified-since: {since}");
        assert_eq!(status(&stored, &[&line]), expected, "{since}");
    }
    let twice = [
        &*format!("if-modified-since: {MODIFIED}"),
        "if-modified-since: x",
    ];
    assert_eq!(status(&stored, &twice), 200);
}

#[test]
fn without_a_modification_the_date_of_the_response_is_compared() {
    let stored = stored(&[
        "cache-control: max-age=100",
        &format!("date: {}", date(-50)),
    ]);
    let since = |offset| format!("if-modified-since: {}", date(offset));
    assert_eq!(status(&stored, &[&since(-50)]), 304);
    assert_eq!(status(&stored, &[&since(0)]), 304);
    assert_eq!(status(&stored, &[&since(-51)]), 200);
}

#[test]
fn only_a_200_has_not_changed() {
    for status in [204, 301, 404, 500] {
        let stored =
            store(status, &["cache-control: max-age=100", "etag: \"a\""]).expect("can be stored");
        let answer = answered(Method::GET, &["if-none-match: \"a\""], &stored, 0);
        assert_eq!(answer.status.as_u16(), status);
    }
}

#[test]
fn a_304_has_what_caches_need_and_nothing_of_the_body() {
    let modified = format!("last-modified: {MODIFIED}");
    let lines = [
        "cache-control: max-age=100",
        "etag: \"a\"",
        "vary: foo",
        "content-location: /x",
        "expires: 0",
        "x-own: 1",
        "content-type: text/plain",
        "content-length: 100",
        "content-encoding: x",
        "content-language: de",
        &modified,
    ];
    let stored = stored(&lines);
    let answer = answered(Method::GET, &["if-none-match: \"a\""], &stored, 100);
    assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
    assert_eq!(answer.payload, Payload::Empty);
    for name in [
        "cache-control",
        "etag",
        "vary",
        "content-location",
        "expires",
        "date",
        "age",
        "x-own",
    ] {
        assert!(field(&answer.headers, name).is_some(), "{name}");
    }
    for name in [
        "content-type",
        "content-length",
        "content-encoding",
        "content-language",
        "last-modified",
    ] {
        assert_eq!(field(&answer.headers, name), None, "{name}");
    }
    // Without a tag, an older cache finds its response by the date.
    let stored = self::stored(&["cache-control: max-age=100", &modified]);
    let answer = answered(
        Method::GET,
        &[&format!("if-modified-since: {MODIFIED}")],
        &stored,
        100,
    );
    assert_eq!(
        field(&answer.headers, "last-modified").as_deref(),
        Some(MODIFIED)
    );
}

#[test]
fn head_is_answered_with_the_length_and_without_a_body() {
    let stored = stored(&["cache-control: max-age=100", "etag: \"a\""]);
    let answer = answered(Method::HEAD, &["range: bytes=0-1"], &stored, 100);
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.payload, Payload::Empty);
    assert_eq!(
        field(&answer.headers, "content-length").as_deref(),
        Some("100")
    );
    let answer = answered(Method::HEAD, &["if-none-match: \"a\""], &stored, 100);
    assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
}

#[test]
fn an_answer_tells_its_age_once() {
    let stored = stored(&["cache-control: max-age=100", "age: 30"]);
    let answer = answered(Method::GET, &[], &stored, 100);
    assert_eq!(field(&answer.headers, "age").as_deref(), Some("30"));
    assert_eq!(answer.payload, Payload::Whole);
}

#[test]
fn no_length_is_declared_where_there_is_no_body() {
    let stored = store(204, &["cache-control: max-age=100"]).expect("can be stored");
    let answer = answered(Method::GET, &[], &stored, 0);
    assert_eq!(field(&answer.headers, "content-length"), None);
}
