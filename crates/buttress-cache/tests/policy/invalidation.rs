//! What unsafe requests make stale (RFC 9111 §4.4, RFC 9875).

use crate::support::*;
use buttress_cache::policy::{CacheGroups, Policy};
use http::{HeaderMap, Method, StatusCode, Uri};

const TARGET: &str = "http://a.example/b/c?d";

fn invalidated(method: &str, status: u16, lines: &[&str]) -> Vec<String> {
    let policy = Policy::new();
    let method: Method = method.parse().expect("a method");
    let terms = policy.request(&method, &HeaderMap::new());
    let target: Uri = TARGET.parse().expect("a URI");
    let status = StatusCode::from_u16(status).expect("a status");
    let uris = policy.invalidates(&terms, &target, status, &headers(lines));
    uris.iter().map(Uri::to_string).collect()
}

#[test]
fn an_unsafe_request_that_went_well_invalidates_its_target() {
    for method in ["POST", "PUT", "DELETE", "PATCH", "M-SEARCH"] {
        for status in [200, 201, 204, 302, 303, 304] {
            assert_eq!(
                invalidated(method, status, &[]),
                [TARGET],
                "{method} {status}"
            );
        }
        for status in [400, 404, 412, 500, 503, 599] {
            assert!(
                invalidated(method, status, &["location: /x"]).is_empty(),
                "{method} {status}"
            );
        }
    }
    for method in ["GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "CONNECT"] {
        assert!(
            invalidated(method, 200, &["location: /x"]).is_empty(),
            "{method}"
        );
    }
}

#[test]
fn so_are_locations_on_the_same_origin() {
    let lines = ["location: x", "content-location: http://A.example:80/y?z"];
    let expected = [TARGET, "http://a.example/b/x", "http://a.example:80/y?z"];
    let found = invalidated("POST", 201, &lines);
    assert_eq!(found.len(), 3);
    for (found, expected) in found.iter().zip(expected) {
        assert!(
            found.eq_ignore_ascii_case(expected),
            "{found} is not {expected}"
        );
    }
    assert_eq!(
        invalidated("POST", 201, &["location: ?d", "content-location: c?d"]),
        [TARGET]
    );
}

#[test]
fn other_origins_and_nonsense_are_not() {
    for line in [
        "location: http://b.example/x",
        "location: https://a.example/x",
        "location: http://a.example:8080/x",
        "location: //b.example/x",
        "content-location: mailto:a@b",
        "content-location: http://[/",
        "location: http://a.example:99999/",
    ] {
        assert_eq!(invalidated("POST", 200, &[line]), [TARGET], "{line}");
    }
}

#[test]
fn groups_are_lists_of_strings() {
    let groups = |lines: &[&str]| {
        let groups = CacheGroups::of(&headers(lines));
        groups.iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(groups(&["cache-groups: \"a\", \"b c\";x=1"]), ["a", "b c"]);
    assert_eq!(
        groups(&["cache-groups: \"a\"", "cache-groups: \"b\""]),
        ["a", "b"]
    );
    for line in [
        "cache-groups: a",
        "cache-groups: \"a\", b",
        "cache-groups: (\"a\")",
        "cache-groups: \"",
        "x: y",
    ] {
        assert!(groups(&[line]).is_empty(), "{line}");
    }
    let response = headers(["cache-group-invalidation: \"a\"", "cache-groups: \"b\""]);
    let invalidated = CacheGroups::invalidated_by(&response);
    assert_eq!(invalidated.iter().collect::<Vec<_>>(), ["a"]);
    assert!(!invalidated.is_empty());
}

#[test]
fn many_long_groups_are_read_whole() {
    // RFC 9875 §2 asks for 32 of 32 characters at least.
    let names: Vec<_> = (0..100).map(|number| format!("{number:0>64}")).collect();
    let list: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let groups = CacheGroups::of(&headers([format!("cache-groups: {}", list.join(", "))]));
    assert!(groups.iter().eq(names.iter().map(String::as_str)));
}
