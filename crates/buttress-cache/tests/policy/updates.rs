//! What 304 and HEAD do to a stored response (RFC 9111 §3.2, §4.3).

use crate::support::*;
use buttress_cache::policy::{Exchange, Metadata, Policy, Update};
use http::{HeaderMap, Method, StatusCode};

const MODIFIED: &str = "last-modified: Wed, 01 Jan 2020 00:00:00 GMT";

fn kept(update: Update) -> Metadata {
    match update {
        Update::Keep(metadata) => metadata,
        other => panic!("not kept: {other:?}"),
    }
}

#[test]
fn a_request_is_made_to_validate() {
    let cases: [(&[&str], Option<&str>, bool); 4] = [
        (&["etag: \"a\""], Some("\"a\""), false),
        (&["etag: W/\"a\""], Some("W/\"a\""), false),
        (&[MODIFIED], None, true),
        (&["etag: \"a\"", MODIFIED], Some("\"a\""), true),
    ];
    for (lines, tag, has_date) in cases {
        let stored = stored(&[lines, &["cache-control: max-age=1"]].concat());
        let mut request = headers([
            "x: 1",
            "if-none-match: \"own\"",
            "if-modified-since: x",
            "range: bytes=0-1",
            "if-range: \"own\"",
        ]);
        assert!(stored.make_conditional(&mut request));
        assert_eq!(field(&request, "if-none-match").as_deref(), tag);
        assert_eq!(request.contains_key("if-modified-since"), has_date);
        assert!(!request.contains_key("range") && !request.contains_key("if-range"));
        assert_eq!(field(&request, "x").as_deref(), Some("1"));
    }
    let mut request = headers(["if-none-match: \"own\""]);
    assert!(!stored(&["cache-control: max-age=1"]).make_conditional(&mut request));
    assert!(request.is_empty());
}

#[test]
fn a_304_replaces_the_fields_that_it_has_and_no_others() {
    let stored = stored(&[
        "cache-control: max-age=1",
        MODIFIED,
        "a: 1",
        "a: 2",
        "b: 3",
        "content-type: text/plain",
    ]);
    let updated = kept(updated(
        &stored,
        &[
            "cache-control: max-age=100",
            MODIFIED,
            "a: 4",
            "c: 5",
            "content-type: text/html",
        ],
        10,
    ));
    assert_eq!(updated.status, StatusCode::OK);
    for (name, value) in [
        ("a", "4"),
        ("b", "3"),
        ("c", "5"),
        ("content-type", "text/html"),
        ("cache-control", "max-age=100"),
    ] {
        assert_eq!(
            field(&updated.headers, name).as_deref(),
            Some(value),
            "{name}"
        );
    }
    assert!(is_fresh(&updated, 109));
    assert!(!is_fresh(&updated, 110));
}

#[test]
fn what_tells_how_to_read_the_stored_bytes_stays() {
    let stored = stored(&[
        "cache-control: max-age=1",
        "etag: \"a\"",
        "content-length: 5",
        "content-encoding: br",
    ]);
    let updated = kept(updated(
        &stored,
        &[
            "etag: \"a\"",
            "content-length: 10",
            "content-encoding: gzip",
            "content-range: bytes 0-1/2",
        ],
        10,
    ));
    assert_eq!(
        field(&updated.headers, "content-length").as_deref(),
        Some("5")
    );
    assert_eq!(
        field(&updated.headers, "content-encoding").as_deref(),
        Some("br")
    );
    assert_eq!(field(&updated.headers, "content-range"), None);
}

#[test]
fn what_a_304_says_to_one_connection_takes_nothing_from_what_is_stored() {
    let stored = stored(&["cache-control: max-age=1", "etag: \"a\"", "a: 1", "b: 2"]);
    let updated = kept(updated(
        &stored,
        &[
            "connection: a, etag",
            "a: other",
            "b: 3",
            "etag: \"a\"",
            "keep-alive: timeout=5",
        ],
        10,
    ));
    assert_eq!(field(&updated.headers, "a").as_deref(), Some("1"));
    assert_eq!(field(&updated.headers, "b").as_deref(), Some("3"));
    assert_eq!(field(&updated.headers, "etag").as_deref(), Some("\"a\""));
    for name in ["connection", "keep-alive"] {
        assert_eq!(field(&updated.headers, name), None, "{name}");
    }
}

#[test]
fn a_strong_tag_is_not_that_of_a_response_with_a_weak_one() {
    let weak = stored(&["cache-control: max-age=1", "etag: W/\"a\"", MODIFIED]);
    for (lines, is_same) in [
        (&["etag: W/\"a\""][..], true),
        (&["etag: \"a\""], false),
        // Both have the same date as well.
        (&["etag: \"a\"", MODIFIED], true),
        (&["etag: \"b\"", MODIFIED], false),
        (&["etag: W/\"b\"", MODIFIED], false),
    ] {
        let is_kept = matches!(updated(&weak, lines, 5), Update::Keep(_));
        assert_eq!(is_kept, is_same, "{lines:?}");
    }
}

#[test]
fn a_304_starts_the_age_anew() {
    let stored = stored(&[
        "cache-control: max-age=50",
        "etag: \"a\"",
        "age: 40",
        &format!("date: {}", date(-40)),
    ]);
    let updated = kept(updated(&stored, &["etag: \"a\""], 100));
    assert_eq!(updated.freshness.age(after(100)), seconds(0));
    assert_eq!(field(&updated.headers, "date"), Some(date(100)));
    let aged = kept(self::updated(&stored, &["etag: \"a\"", "age: 7"], 100));
    assert_eq!(aged.freshness.age(after(100)), seconds(7));
}

#[test]
fn the_same_304_twice_is_the_same() {
    let stored = stored(&["cache-control: max-age=50", "etag: \"a\"", "a: 1"]);
    let lines = ["etag: \"a\"", "a: 2", "connection: b", "b: 1"];
    let once = kept(updated(&stored, &lines, 60));
    let twice = kept(updated(&once, &lines, 60));
    assert_eq!(once.headers, twice.headers);
    assert_eq!(once.freshness, twice.freshness);
    assert!(!once.headers.contains_key("b"));
}

#[test]
fn a_304_for_another_version_updates_nothing() {
    let tagged = stored(&["cache-control: max-age=1", "etag: \"a\"", MODIFIED]);
    for lines in [
        &["etag: \"b\""][..],
        &["etag: \"b\"", MODIFIED],
        &["last-modified: Thu, 02 Jan 2020 00:00:00 GMT"],
    ] {
        assert!(
            matches!(updated(&tagged, lines, 5), Update::Other),
            "{lines:?}"
        );
    }
    for lines in [&["etag: \"a\""][..], &["etag: W/\"a\""], &[MODIFIED], &[]] {
        assert!(
            matches!(updated(&tagged, lines, 5), Update::Keep(_)),
            "{lines:?}"
        );
    }
    // A tag that came later says nothing against the same date.
    let dated = stored(&["cache-control: max-age=1", MODIFIED]);
    assert!(matches!(
        updated(&dated, &["etag: \"a\"", MODIFIED], 5),
        Update::Keep(_)
    ));
    assert!(matches!(
        updated(&dated, &["etag: \"a\""], 5),
        Update::Other
    ));
}

#[test]
fn a_304_that_forbids_storing_is_used_once() {
    let stored = stored(&["cache-control: max-age=1", "etag: \"a\""]);
    for line in [
        "cache-control: no-store",
        "cache-control: private",
        "set-cookie: a=b",
        "vary: *",
    ] {
        let update = updated(&stored, &["etag: \"a\"", line], 5);
        let Update::Use(metadata) = update else {
            panic!("{line}: {update:?}");
        };
        let (name, _) = line.split_once(':').expect("a line");
        assert!(metadata.headers.contains_key(name), "{line}");
    }
}

fn from_head(stored: &Metadata, status: u16, lines: &[&str]) -> Option<Update> {
    let policy = Policy::new();
    let terms = policy.request(&Method::HEAD, &HeaderMap::new());
    let exchange = Exchange {
        requested: after(20),
        received: after(20),
    };
    let status = StatusCode::from_u16(status).expect("a status");
    policy.update_from_head(&terms, stored, status, &headers(lines), exchange)
}

#[test]
fn head_updates_what_is_stored_if_it_is_about_the_same() {
    let stored = stored(&[
        "cache-control: max-age=10",
        "etag: \"a\"",
        "content-length: 5",
        "a: 1",
    ]);
    let update = from_head(
        &stored,
        200,
        &[
            "cache-control: max-age=1000",
            "etag: \"a\"",
            "content-length: 5",
            "a: 2",
        ],
    );
    let updated = kept(update.expect("says something"));
    assert_eq!(field(&updated.headers, "a").as_deref(), Some("2"));
    assert!(is_fresh(&updated, 1019));
    // What is absent does not differ.
    assert!(matches!(
        from_head(&stored, 200, &["cache-control: max-age=1000"]),
        Some(Update::Keep(_))
    ));
}

#[test]
fn head_of_another_version_makes_what_is_stored_useless() {
    let stored = stored(&[
        "cache-control: max-age=10",
        "etag: \"a\"",
        "content-length: 5",
    ]);
    for line in ["etag: \"b\"", "content-length: 6"] {
        assert!(
            matches!(from_head(&stored, 200, &[line]), Some(Update::Other)),
            "{line}"
        );
    }
}

#[test]
fn head_that_is_no_200_says_nothing() {
    let stored = stored(&["cache-control: max-age=10", "etag: \"a\""]);
    for status in [304, 404, 410, 500, 302] {
        assert!(
            from_head(&stored, status, &["cache-control: max-age=1000"]).is_none(),
            "{status}"
        );
    }
    let missing = store(404, &["cache-control: max-age=10"]).expect("can be stored");
    assert!(from_head(&missing, 200, &["cache-control: max-age=1000"]).is_none());
}
