//! Parts of a stored body (RFC 9110 §14).

use crate::support::*;
use buttress_cache::policy::{Answer, Metadata, Payload, answer};
use http::{Method, StatusCode};

/// What a client gets of the letters of the alphabet.
fn bytes(answer: &Answer) -> String {
    let body: String = ('a'..='z').collect();
    let cut = |start, end| &body[start as usize..end as usize];
    match &answer.payload {
        Payload::Whole => body.clone(),
        Payload::Slice(range) => cut(range.start(), range.end()).to_owned(),
        Payload::Multipart(multipart) => {
            let parts = multipart.parts();
            let mut text: String = parts
                .map(|(head, range)| format!("{head}{}", cut(range.start(), range.end())))
                .collect();
            text.push_str(multipart.tail());
            text
        }
        _ => String::new(),
    }
}

fn alphabet() -> Metadata {
    stored(&[
        "cache-control: max-age=100",
        "content-type: text/plain",
        "etag: \"a\"",
    ])
}

fn ask(lines: &[&str]) -> Answer {
    answered(Method::GET, lines, &alphabet(), 26)
}

#[test]
fn one_range_is_one_part() {
    for (range, expected, content_range) in [
        ("bytes=0-1", "ab", "bytes 0-1/26"),
        ("bytes=24-", "yz", "bytes 24-25/26"),
        ("bytes=-1", "z", "bytes 25-25/26"),
        ("bytes=-100", "abcdefghijklmnopqrstuvwxyz", "bytes 0-25/26"),
        ("bytes=25-99999999999999999999999", "z", "bytes 25-25/26"),
        ("BYTES=3-3", "d", "bytes 3-3/26"),
        ("bytes= 3-3 ,", "d", "bytes 3-3/26"),
        ("bytes=3-3, 30-40", "d", "bytes 3-3/26"),
        ("bytes=-0, 3-3", "d", "bytes 3-3/26"),
    ] {
        let answer = ask(&[&format!("range: {range}")]);
        assert_eq!(answer.status, StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(bytes(&answer), expected, "{range}");
        assert_eq!(
            field(&answer.headers, "content-range").as_deref(),
            Some(content_range)
        );
        let length = field(&answer.headers, "content-length");
        assert_eq!(length, Some(expected.len().to_string()));
        assert_eq!(
            field(&answer.headers, "content-type").as_deref(),
            Some("text/plain")
        );
    }
}

#[test]
fn what_is_malformed_or_another_unit_is_ignored() {
    for range in [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=a-b",
        "bytes=1",
        "bytes=5-4",
        "bytes=-",
        "bytes=--1",
        "bytes=1-2-3",
        "lines=0-1",
        "bytes 0-1",
        "bytes=0x1-2",
        "bytes=1.5-2",
        "bytes=0-1;q=1",
    ] {
        let answer = ask(&[&format!("range: {range}")]);
        assert_eq!(answer.status, StatusCode::OK, "{range}");
        assert_eq!(answer.payload, Payload::Whole, "{range}");
        assert_eq!(field(&answer.headers, "content-range"), None);
    }
    assert_eq!(
        ask(&["range: bytes=0-1", "range: bytes=2-3"]).status,
        StatusCode::OK
    );
}

#[test]
fn nothing_that_is_there_is_416() {
    for range in [
        "bytes=26-",
        "bytes=30-40",
        "bytes=-0",
        "bytes=99999999999999999999-",
    ] {
        let answer = ask(&[&format!("range: {range}")]);
        assert_eq!(answer.status, StatusCode::RANGE_NOT_SATISFIABLE, "{range}");
        assert_eq!(answer.payload, Payload::Empty);
        assert_eq!(
            field(&answer.headers, "content-range").as_deref(),
            Some("bytes */26")
        );
        assert_eq!(
            field(&answer.headers, "content-length").as_deref(),
            Some("0")
        );
    }
}

#[test]
fn an_empty_body_has_no_ranges() {
    let ask = |range: &str| answered(Method::GET, &[&format!("range: {range}")], &alphabet(), 0);
    assert_eq!(ask("bytes=0-").status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(ask("bytes=-5").status, StatusCode::OK);
    assert_eq!(ask("bytes=-0").status, StatusCode::RANGE_NOT_SATISFIABLE);
}

/// A body that is long enough for gaps.
fn ask_long(range: &str) -> Answer {
    answered(
        Method::GET,
        &[&format!("range: {range}")],
        &alphabet(),
        10_000,
    )
}

fn parts(answer: &Answer) -> Vec<(u64, u64)> {
    match &answer.payload {
        Payload::Slice(range) => vec![(range.start(), range.end())],
        Payload::Multipart(multipart) => {
            let parts = multipart.parts();
            parts
                .map(|(_, range)| (range.start(), range.end()))
                .collect()
        }
        other => panic!("no parts: {other:?}"),
    }
}

#[test]
fn several_ranges_are_parts_in_the_order_asked_for() {
    let answer = ask_long("bytes=5000-5009, 0-9, -10");
    assert_eq!(answer.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(parts(&answer), [(5000, 5010), (0, 10), (9990, 10_000)]);
    assert_eq!(field(&answer.headers, "content-range"), None);
    let Payload::Multipart(multipart) = &answer.payload else {
        panic!("no parts: {answer:?}");
    };
    let content_type = field(&answer.headers, "content-type").expect("a type");
    let boundary = content_type
        .strip_prefix("multipart/byteranges; boundary=")
        .expect("a boundary");
    let mut size = multipart.tail().len() as u64;
    for (head, range) in multipart.parts() {
        let (start, last) = (range.start(), range.end() - 1);
        let expected = format!(
            "\r\n--{boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes {start}-{last}/10000\r\n\r\n"
        );
        assert_eq!(head, expected);
        size += head.len() as u64 + range.size();
    }
    assert_eq!(multipart.tail(), format!("\r\n--{boundary}--\r\n"));
    assert_eq!(multipart.size(), size);
    assert_eq!(
        field(&answer.headers, "content-length"),
        Some(size.to_string())
    );
    assert_ne!(
        answer.payload,
        ask_long("bytes=5000-5009, 0-9, -10").payload,
        "a boundary can be guessed"
    );
}

#[test]
fn ranges_that_overlap_or_almost_touch_are_joined() {
    for (range, expected) in [
        ("bytes=0-9, 5-19", &[(0, 20)][..]),
        ("bytes=0-9, 10-19", &[(0, 20)]),
        ("bytes=0-9, 89-99", &[(0, 100)]),
        ("bytes=0-9, 90-99", &[(0, 10), (90, 100)]),
        ("bytes=10-19, 0-5", &[(0, 20)]),
        ("bytes=0-0, 1000-1000, 0-0", &[(0, 1), (1000, 1001)]),
        ("bytes=0-0, 200-200, 50-150", &[(0, 201)]),
        ("bytes=0-, 0-, 0-, 0-", &[(0, 10_000)]),
    ] {
        assert_eq!(parts(&ask_long(range)), expected, "{range}");
    }
}

#[test]
fn too_many_ranges_get_the_whole() {
    let ranges = |count: usize| {
        let ranges: Vec<_> = (0..count)
            .map(|at| format!("{}-{}", at * 200, at * 200))
            .collect();
        ask_long(&format!("bytes={}", ranges.join(",")))
    };
    assert_eq!(parts(&ranges(32)).len(), 32);
    assert_eq!(ranges(33).status, StatusCode::OK);
}

#[test]
fn if_range_allows_only_this_very_version() {
    let modified = "Wed, 01 Jan 2020 00:00:00 GMT";
    let date_line = format!("date: {}", date(0));
    let with = |lines: &[&str], validator: &str| {
        let stored = stored(&[lines, &["cache-control: max-age=100", &date_line]].concat());
        let request = ["range: bytes=0-1", &format!("if-range: {validator}")];
        answered(Method::GET, &request, &stored, 26).status.as_u16()
    };
    let modified_line = format!("last-modified: {modified}");
    assert_eq!(with(&["etag: \"a\""], "\"a\""), 206);
    assert_eq!(with(&["etag: \"a\""], "\"b\""), 200);
    assert_eq!(with(&["etag: W/\"a\""], "W/\"a\""), 200);
    assert_eq!(with(&["etag: \"a\""], "W/\"a\""), 200);
    assert_eq!(with(&["etag: \"a\""], modified), 200);
    assert_eq!(with(&[&modified_line], modified), 206);
    assert_eq!(
        with(&[&modified_line], "Thu, 02 Jan 2020 00:00:00 GMT"),
        200
    );
    assert_eq!(with(&[&modified_line], "\"a\""), 200);
    // There may have been another version within that second.
    assert_eq!(
        with(&[&format!("last-modified: {}", date(0))], &date(0)),
        200
    );
    assert_eq!(with(&["x: 1"], ""), 200);
}

#[test]
fn a_precondition_comes_before_a_range() {
    let answer = ask(&["range: bytes=0-1", "if-none-match: \"a\""]);
    assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
    let answer = ask(&["range: bytes=0-1", "if-none-match: \"b\""]);
    assert_eq!(answer.status, StatusCode::PARTIAL_CONTENT);
}

#[test]
fn only_a_whole_200_of_known_length_has_ranges() {
    let missing = store(404, &["cache-control: max-age=100"]).expect("can be stored");
    assert_eq!(
        answered(Method::GET, &["range: bytes=0-1"], &missing, 26).status,
        StatusCode::NOT_FOUND
    );
    let request = headers(["range: bytes=0-1"]);
    let terms = buttress_cache::policy::Policy::new().request(&Method::GET, &request);
    let unknown = answer(&terms, &request, &alphabet(), None, NOW);
    assert_eq!(unknown.status, StatusCode::OK);
    assert_eq!(field(&unknown.headers, "content-length"), None);
}
