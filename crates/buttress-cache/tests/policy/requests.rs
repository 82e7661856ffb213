//! What requests ask of the cache (RFC 9111 §5.2.1).

use crate::support::*;
use buttress_cache::policy::{Decision, Disposition, ForwardReason, Policy};
use http::{HeaderMap, Method};

fn disposition(method: &str, lines: &[&str]) -> Disposition {
    let method: Method = method.parse().expect("a method");
    Policy::new()
        .request(&method, &headers(lines))
        .disposition()
}

#[test]
fn get_and_head_are_looked_up_and_unknown_methods_invalidate() {
    for method in ["GET", "HEAD"] {
        assert_eq!(disposition(method, &[]), Disposition::Cache, "{method}");
    }
    for method in [
        "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "SEARCH", "REPORT", "QUERY",
    ] {
        assert_eq!(disposition(method, &[]), Disposition::Forward, "{method}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "M-SEARCH", "LOCK", "get"] {
        assert_eq!(disposition(method, &[]), Disposition::Unsafe, "{method}");
    }
}

#[test]
fn what_only_the_origin_can_answer_is_forwarded() {
    for line in [
        "if-match: \"a\"",
        "if-unmodified-since: x",
        "upgrade: websocket",
        "cache-control: no-store",
    ] {
        assert_eq!(disposition("GET", &[line]), Disposition::Forward, "{line}");
    }
    // An unsafe method stays one, whatever else it says.
    assert_eq!(
        disposition("PUT", &["if-match: \"a\""]),
        Disposition::Unsafe
    );
    assert_eq!(
        disposition("POST", &["cache-control: no-store"]),
        Disposition::Unsafe
    );
}

const VALIDATE: Decision = Decision::Validate {
    reason: ForwardReason::Request,
};

const fn fresh(age: u64) -> Decision {
    Decision::Fresh { age: seconds(age) }
}

#[test]
fn no_cache_asks_the_origin_and_so_does_pragma_alone() {
    let stored = stored(&["cache-control: max-age=100"]);
    assert_eq!(lookup(&stored, &["cache-control: no-cache"], 0), VALIDATE);
    assert_eq!(lookup(&stored, &["cache-control: No-Cache"], 0), VALIDATE);
    assert_eq!(lookup(&stored, &["pragma: no-cache"], 0), VALIDATE);
    assert_eq!(lookup(&stored, &["pragma: foo"], 0), fresh(0));
    assert_eq!(
        lookup(&stored, &["pragma: no-cache", "cache-control: foo"], 0),
        fresh(0)
    );
}

#[test]
fn max_age_limits_the_age() {
    let stored = stored(&["cache-control: max-age=3600", "age: 1800"]);
    assert_eq!(
        lookup(&stored, &["cache-control: max-age=600"], 0),
        VALIDATE
    );
    assert_eq!(
        lookup(&stored, &["cache-control: max-age=1800"], 0),
        fresh(1800)
    );
    assert_eq!(
        lookup(&stored, &["cache-control: max-age=1800"], 1),
        VALIDATE
    );
    assert_eq!(
        lookup(&stored, &["cache-control: max-age=5000"], 0),
        fresh(1800)
    );
    assert_eq!(
        lookup(&stored, &["cache-control: max-age=5000, max-age=5"], 0),
        VALIDATE
    );
    assert_eq!(
        lookup(&stored, &["cache-control: max-age=abc"], 0),
        VALIDATE
    );
}

#[test]
fn a_reload_asks_the_origin_even_within_the_same_second() {
    let reload = &["cache-control: max-age=0"];
    let plain = stored(&["cache-control: max-age=100"]);
    assert_eq!(lookup(&plain, reload, 0), VALIDATE);
    assert_eq!(lookup(&plain, reload, 5), VALIDATE);
    let immutable = stored(&["cache-control: max-age=100, immutable", "etag: \"a\""]);
    assert_eq!(lookup(&immutable, reload, 5), fresh(5));
    assert_eq!(
        lookup(&immutable, &["cache-control: no-cache"], 5),
        VALIDATE
    );
    assert!(matches!(
        lookup(&immutable, reload, 100),
        Decision::Validate { .. }
    ));
}

#[test]
fn min_fresh_wants_some_time_left() {
    let stored = stored(&["cache-control: max-age=1500", "age: 1000"]);
    assert_eq!(
        lookup(&stored, &["cache-control: min-fresh=1000"], 0),
        VALIDATE
    );
    assert_eq!(
        lookup(&stored, &["cache-control: min-fresh=500"], 0),
        fresh(1000)
    );
    assert_eq!(
        lookup(&stored, &["cache-control: min-fresh=500"], 1),
        VALIDATE
    );
    assert_eq!(
        lookup(&stored, &["cache-control: min-fresh=x"], 0),
        fresh(1000)
    );
}

#[test]
fn max_stale_allows_a_stale_response() {
    let metadata = stored(&["cache-control: max-age=10", "last-modified: x"]);
    let stale = |age| Decision::Stale { age: seconds(age) };
    let asked = |line| lookup(&metadata, &[line], 40);
    assert_eq!(asked("cache-control: max-stale=30"), stale(40));
    assert_eq!(asked("cache-control: max-stale"), stale(40));
    assert_eq!(asked("cache-control: max-stale=99999999999"), stale(40));
    for line in [
        "cache-control: max-stale=29",
        "cache-control: max-stale=x",
        "cache-control: max-stale=\"\"",
        "cache-control: max-stale, max-stale=29",
        "x: y",
    ] {
        let reason = ForwardReason::Stale;
        assert_eq!(asked(line), Decision::Validate { reason }, "{line}");
    }
}

#[test]
fn only_if_cached_is_answered_here_or_not_at_all() {
    let policy = Policy::new();
    let wish = get_with(&policy, &["cache-control: only-if-cached"]);
    assert_eq!(policy.miss(&wish), Some(Decision::GatewayTimeout));
    assert_eq!(policy.miss(&get(&policy)), None);
    let stored = stored(&["cache-control: max-age=10"]);
    let only = "cache-control: only-if-cached";
    assert_eq!(lookup(&stored, &[only], 5), fresh(5));
    assert_eq!(lookup(&stored, &[only], 10), Decision::GatewayTimeout);
    assert_eq!(
        lookup(&stored, &[only, "cache-control: no-cache"], 5),
        Decision::GatewayTimeout
    );
    let stale = Decision::Stale { age: seconds(15) };
    assert_eq!(
        lookup(&stored, &[only, "cache-control: max-stale"], 15),
        stale
    );
    assert_eq!(
        disposition("GET", &[only, "cache-control: no-store"]),
        Disposition::Cache
    );
}

#[test]
fn an_app_can_ignore_what_clients_ask() {
    let policy = Policy::new().ignore_request_directives();
    let stored = stored(&["cache-control: max-age=10"]);
    let decide =
        |lines: &[&str], at| policy.lookup(&get_with(&policy, lines), &stored.freshness, after(at));
    for line in [
        "cache-control: no-cache",
        "cache-control: max-age=0",
        "pragma: no-cache",
        "cache-control: min-fresh=11",
    ] {
        assert_eq!(decide(&[line], 1), fresh(1), "{line}");
    }
    assert!(matches!(
        decide(&["cache-control: max-stale"], 11),
        Decision::Validate { .. }
    ));
    assert_eq!(
        decide(&["cache-control: only-if-cached"], 11),
        Decision::GatewayTimeout
    );
    let terms = policy.request(&Method::GET, &headers(["cache-control: no-store"]));
    assert_eq!(terms.disposition(), Disposition::Forward);
}

#[test]
fn terms_tell_what_makes_an_answer_one_for_this_client_alone() {
    let policy = Policy::new();
    let terms = |line| get_with(&policy, &[line]);
    assert!(terms("range: bytes=0-1").has_range());
    assert!(terms("if-none-match: \"a\"").is_conditional());
    assert!(terms("if-modified-since: x").is_conditional());
    assert!(terms("authorization: x").is_authorized());
    let plain = get(&policy);
    assert!(!plain.has_range() && !plain.is_conditional() && !plain.is_authorized());
    assert!(policy.request(&Method::HEAD, &HeaderMap::new()).is_head());
}
