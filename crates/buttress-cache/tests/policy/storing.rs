//! What may be stored (RFC 9111 §3), and what is kept of it.

use crate::support::*;
use buttress_cache::policy::{NotStorable, Policy};
use http::{HeaderMap, Method, StatusCode};

fn refusal(policy: &Policy, status: u16, response: &[&str]) -> Option<NotStorable> {
    store_with(policy, status, response).err()
}

#[test]
fn every_final_status_with_explicit_freshness_is_stored() {
    for status in [
        200, 201, 202, 203, 204, 299, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 410, 414,
        451, 499, 500, 501, 502, 503, 504, 599,
    ] {
        let metadata = store(status, &["cache-control: max-age=100"]).expect("can be stored");
        assert!(is_fresh(&metadata, 99), "{status}");
        assert!(!is_fresh(&metadata, 100), "{status}");
    }
}

#[test]
fn parts_and_interim_responses_are_not_stored() {
    for status in [100, 101, 102, 103, 206, 304, 412, 416] {
        let reason = refusal(
            &Policy::new(),
            status,
            &["cache-control: max-age=100, public"],
        );
        assert_eq!(reason, Some(NotStorable::Status), "{status}");
    }
}

#[test]
fn an_unexplained_status_is_not_stored() {
    let lines = ["etag: \"a\""];
    assert_eq!(
        refusal(&Policy::new(), 599, &lines),
        Some(NotStorable::NeverFresh)
    );
    assert_eq!(refusal(&Policy::new(), 200, &lines), None);
    assert_eq!(
        refusal(
            &Policy::new(),
            599,
            &["cache-control: public", "etag: \"a\""]
        ),
        None
    );
}

#[test]
fn what_would_be_of_no_use_is_not_stored() {
    for line in [
        "cache-control: max-age=0",
        "cache-control: no-cache",
        "cache-control: no-cache, max-age=100",
        "cache-control: max-age=100, foo",
        "expires: 0",
        "x-none: 1",
    ] {
        let expected =
            (line != "cache-control: max-age=100, foo").then_some(NotStorable::NeverFresh);
        assert_eq!(refusal(&Policy::new(), 200, &[line]), expected, "{line}");
        assert_eq!(
            refusal(&Policy::new(), 200, &[line, "etag: \"a\""]),
            None,
            "{line}"
        );
    }
    let aged = ["cache-control: max-age=100", "age: 200"];
    assert_eq!(
        refusal(&Policy::new(), 200, &aged),
        Some(NotStorable::NeverFresh)
    );
    let window = [
        "cache-control: max-age=100, stale-if-error=1000",
        "age: 200",
    ];
    assert_eq!(refusal(&Policy::new(), 200, &window), None);
}

#[test]
fn no_store_and_private_keep_it_out_in_any_case_and_on_any_line() {
    for (line, reason) in [
        ("cache-control: no-store", NotStorable::NoStore),
        ("cache-control: No-StOrE", NotStorable::NoStore),
        ("cache-control: max-age=100, no-store", NotStorable::NoStore),
        ("cache-control: no-store=\"x\"", NotStorable::NoStore),
        ("cache-control: no-store foo", NotStorable::NoStore),
        ("cache-control: a=\"b, no-store", NotStorable::NoStore),
        ("cache-control: @, no-store", NotStorable::NoStore),
        ("cache-control: private", NotStorable::Private),
        ("cache-control: Private", NotStorable::Private),
        ("cache-control: PRIVATE, max-age=100", NotStorable::Private),
        ("cache-control: private=\"\"", NotStorable::Private),
        ("cache-control: private=\"a b\"", NotStorable::Private),
        (
            "cache-control: private=\"a\", private",
            NotStorable::Private,
        ),
    ] {
        for lines in [
            &[line, "cache-control: max-age=100, public"][..],
            &["cache-control: max-age=100, public", line],
        ] {
            assert_eq!(
                refusal(&Policy::new(), 200, lines),
                Some(reason),
                "{lines:?}"
            );
        }
    }
    let private = Policy::private();
    let lines = ["cache-control: private, max-age=100"];
    assert_eq!(refusal(&private, 200, &lines), None);
}

#[test]
fn must_understand_is_for_who_knows_the_status() {
    let lines = ["cache-control: max-age=100, no-store, must-understand"];
    assert_eq!(refusal(&Policy::new(), 200, &lines), None);
    assert_eq!(refusal(&Policy::new(), 404, &lines), None);
    assert_eq!(
        refusal(&Policy::new(), 599, &lines),
        Some(NotStorable::NotUnderstood)
    );
    assert_eq!(
        refusal(&Policy::new(), 299, &lines),
        Some(NotStorable::NotUnderstood)
    );
}

#[test]
fn only_responses_to_get_are_stored() {
    let policy = Policy::new();
    let response = headers(["cache-control: max-age=100"]);
    for method in [
        "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "QUERY", "X",
    ] {
        let method: Method = method.parse().expect("a method");
        let terms = policy.request(&method, &HeaderMap::new());
        let stored = policy.store(&terms, StatusCode::OK, &response, AT_ONCE);
        assert_eq!(stored.err(), Some(NotStorable::Request), "{method}");
    }
    let terms = get_with(&policy, &["cache-control: no-store"]);
    let stored = policy.store(&terms, StatusCode::OK, &response, AT_ONCE);
    assert!(stored.is_err());
}

fn refusal_authorized(policy: &Policy, response: &[&str]) -> Option<NotStorable> {
    let terms = get_with(policy, &["authorization: Basic eDp5"]);
    policy
        .store(&terms, StatusCode::OK, &headers(response), AT_ONCE)
        .err()
}

#[test]
fn an_authorized_response_is_stored_only_if_it_is_for_all() {
    let policy = Policy::new();
    let expires = format!("expires: {}", date(100));
    for line in [
        "cache-control: max-age=100",
        &expires,
        "last-modified: Thu, 01 Jan 2015 00:00:00 GMT",
    ] {
        assert_eq!(
            refusal_authorized(&policy, &[line]),
            Some(NotStorable::Authorization),
            "{line}"
        );
    }
    for line in [
        "cache-control: max-age=100, public",
        "cache-control: max-age=100, must-revalidate",
        "cache-control: s-maxage=100",
    ] {
        assert_eq!(refusal_authorized(&policy, &[line]), None, "{line}");
    }
    // That one is for proxies, which says nothing of whom it is for.
    let proxies = ["cache-control: max-age=100, proxy-revalidate"];
    assert_eq!(
        refusal_authorized(&policy, &proxies),
        Some(NotStorable::Authorization)
    );
    let risky = Policy::new().allow_authorization();
    assert_eq!(
        refusal_authorized(&risky, &["cache-control: max-age=100"]),
        None
    );
    assert_eq!(
        refusal_authorized(&Policy::private(), &["cache-control: max-age=100"]),
        None
    );
}

#[test]
fn a_cookie_keeps_it_out_unless_the_origin_or_the_app_says_otherwise() {
    let lines = ["cache-control: max-age=100, public", "set-cookie: a=b"];
    assert_eq!(
        refusal(&Policy::new(), 200, &lines),
        Some(NotStorable::SetCookie)
    );
    assert_eq!(refusal(&Policy::private(), 200, &lines), None);

    let risky = Policy::new().allow_set_cookie();
    assert_eq!(refusal(&risky, 200, &lines), None);
    let heuristic = [
        "set-cookie: a=b",
        "last-modified: Thu, 01 Jan 2015 00:00:00 GMT",
    ];
    assert_eq!(
        refusal(&risky, 200, &heuristic),
        Some(NotStorable::SetCookie)
    );

    for line in [
        "cache-control: max-age=100, no-cache=\"set-cookie\"",
        "cache-control: max-age=100, private=\"Set-Cookie, x\"",
    ] {
        let metadata = store(200, &[line, "set-cookie: a=b"]).expect("the cookie is left out");
        assert_eq!(field(&metadata.headers, "set-cookie"), None);
        assert!(is_fresh(&metadata, 99));
    }
}

#[test]
fn a_response_that_varies_on_everything_is_not_stored() {
    for line in [
        "vary: *",
        "vary: *, *",
        "vary: , *",
        "vary: *, foo",
        "vary: foo, *",
        "vary: foo bar",
    ] {
        let lines = ["cache-control: max-age=100", line];
        assert_eq!(
            refusal(&Policy::new(), 200, &lines),
            Some(NotStorable::VaryAny),
            "{line}"
        );
    }
    let lines = ["cache-control: max-age=100", "vary: foo", "vary: *"];
    assert_eq!(
        refusal(&Policy::new(), 200, &lines),
        Some(NotStorable::VaryAny)
    );
}

#[test]
fn fields_of_the_connection_and_of_the_proxy_are_left_out() {
    let single_hop = [
        "connection: close",
        "keep-alive: timeout=5",
        "proxy-authenticate: Basic",
        "proxy-authentication-info: x",
        "proxy-authorization: x",
        "proxy-connection: close",
        "te: trailers",
        "trailer: x",
        "transfer-encoding: chunked",
        "upgrade: x",
    ];
    let lines: Vec<_> = single_hop
        .into_iter()
        .chain(["cache-control: max-age=100"])
        .collect();
    let metadata = stored(&lines);
    for line in single_hop {
        let name = line.split(':').next().expect("a name");
        assert_eq!(field(&metadata.headers, name), None, "{name}");
    }
}

#[test]
fn what_connection_lists_is_left_out() {
    let metadata = stored(&[
        "cache-control: max-age=100",
        "connection: a, B",
        "connection: , c,close",
        "a: 1",
        "b: 2",
        "c: 3",
        "d: 4",
    ]);
    for name in ["a", "b", "c", "connection"] {
        assert_eq!(field(&metadata.headers, name), None, "{name}");
    }
    assert_eq!(field(&metadata.headers, "d").as_deref(), Some("4"));
}

#[test]
fn named_fields_are_left_out_and_the_rest_is_served() {
    for line in [
        "no-cache=\"a, B\"",
        "private=\"a,b\"",
        "no-cache=a, no-cache=b",
        "NO-CACHE=\"b\", private=a",
    ] {
        let line = format!("cache-control: max-age=100, {line}");
        let metadata = stored(&[&line, "a: 1", "b: 2", "c: 3"]);
        assert!(is_fresh(&metadata, 0), "{line}");
        assert_eq!(field(&metadata.headers, "a"), None, "{line}");
        assert_eq!(field(&metadata.headers, "b"), None, "{line}");
        assert_eq!(
            field(&metadata.headers, "c").as_deref(),
            Some("3"),
            "{line}"
        );
    }
}

#[test]
fn all_other_fields_are_kept_with_all_their_lines() {
    let lines = [
        "cache-control: max-age=100",
        "content-type: text/plain",
        "content-encoding: foo",
        "content-length: 5",
        "content-range: foo",
        "content-location: /foo",
        "content-security-policy: default-src 'self'",
        "clear-site-data: cookies",
        "etag: \"a\"",
        "set-cookie2: a=b",
        "strict-transport-security: max-age=1",
        "public-key-pins: foo",
        "www-authenticate: Basic",
        "warning: 110 - \"stale\"",
        "x-frame-options: deny",
        "x-many: 1",
        "x-many: 2",
        "x-many: 3",
    ];
    let kept = stored(&lines).headers;
    for (name, value) in &headers(lines) {
        let values: Vec<_> = kept.get_all(name).into_iter().collect();
        assert!(values.contains(&value), "{name}");
    }
    assert_eq!(field(&kept, "x-many").as_deref(), Some("1, 2, 3"));
}

#[test]
fn a_stored_response_has_a_date_and_a_place_for_age() {
    let own = date(-7);
    let metadata = stored(&[
        "cache-control: max-age=100",
        &format!("date: {own}"),
        "age: 3",
        "age: 4",
    ]);
    assert_eq!(field(&metadata.headers, "date"), Some(own));
    assert_eq!(field(&metadata.headers, "age").as_deref(), Some("0"));
    let metadata = stored(&["cache-control: max-age=100"]);
    assert_eq!(field(&metadata.headers, "date"), Some(date(0)));
}

#[test]
fn a_response_is_not_kept_without_what_it_is_chosen_and_read_by() {
    for name in ["Vary", "Content-Encoding", "Content-Type", "Cache-Control"] {
        let private = format!("cache-control: max-age=100, private=\"x, {name}\"");
        let lines = [&*private, "vary: foo"];
        assert_eq!(
            refusal(&Policy::new(), 200, &lines),
            Some(NotStorable::Private)
        );
        let no_cache = format!("cache-control: max-age=100, no-cache=\"{name}\"");
        let metadata = stored(&[&no_cache, "vary: foo", "etag: \"a\""]);
        assert!(!is_fresh(&metadata, 0), "{name}");
        assert!(!metadata.vary().is_none(), "{name}");
        let listed = format!("connection: close, {name}");
        let metadata = stored(&[&listed, "cache-control: max-age=100", "vary: foo"]);
        assert!(!metadata.vary().is_none(), "{name}");
    }
}
