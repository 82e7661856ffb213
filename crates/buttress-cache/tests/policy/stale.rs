//! Stale responses (RFC 9111 §4.2.4, RFC 5861).

use crate::support::*;
use buttress_cache::policy::{Decision, ForwardReason, Metadata, Policy, Seconds};
use http::StatusCode;

const VALIDATE: Decision = Decision::Validate {
    reason: ForwardReason::Stale,
};

fn in_background(age: u64) -> Decision {
    Decision::StaleWhileRevalidate { age: seconds(age) }
}

fn on_error(stored: &Metadata, request: &[&str], at: u64) -> Option<Seconds> {
    let policy = Policy::new();
    policy.on_error(&get_with(&policy, request), &stored.freshness, after(at))
}

#[test]
fn a_stale_response_is_validated() {
    let stored = stored(&["cache-control: max-age=10"]);
    assert_eq!(lookup(&stored, &[], 10), VALIDATE);
}

#[test]
fn no_cache_is_validated_even_when_fresh() {
    for line in [
        "no-cache",
        "No-CaChE",
        "no-cache=\"\"",
        "no-cache=\"a b\"",
        "no-cache=\"a\", no-cache",
    ] {
        let line = format!("cache-control: max-age=1000, {line}");
        let stored = stored(&[&line, "etag: \"a\""]);
        assert_eq!(lookup(&stored, &[], 0), VALIDATE, "{line}");
        assert_eq!(
            lookup(&stored, &["cache-control: max-stale"], 0),
            VALIDATE,
            "{line}"
        );
    }
}

#[test]
fn while_revalidate_is_served_within_its_window() {
    let stored = stored(&["cache-control: max-age=10, stale-while-revalidate=5"]);
    assert_eq!(lookup(&stored, &[], 10), in_background(10));
    assert_eq!(lookup(&stored, &[], 14), in_background(14));
    assert_eq!(lookup(&stored, &[], 15), VALIDATE);
    assert_eq!(
        lookup(&stored, &["cache-control: only-if-cached"], 14),
        in_background(14)
    );
    let reason = ForwardReason::Request;
    assert_eq!(
        lookup(&stored, &["cache-control: no-cache"], 14),
        Decision::Validate { reason }
    );
}

#[test]
fn if_error_is_served_within_its_window() {
    let metadata = stored(&["cache-control: max-age=10, stale-if-error=60"]);
    assert_eq!(lookup(&metadata, &[], 20), VALIDATE);
    assert_eq!(on_error(&metadata, &[], 20), Some(seconds(20)));
    assert_eq!(on_error(&metadata, &[], 69), Some(seconds(69)));
    assert_eq!(on_error(&metadata, &[], 70), None);
    assert_eq!(on_error(&metadata, &["cache-control: no-cache"], 20), None);
    let plain = stored(&["cache-control: max-age=10"]);
    assert_eq!(on_error(&plain, &[], 20), None);
    assert_eq!(
        on_error(&plain, &["cache-control: stale-if-error=60"], 20),
        Some(seconds(20))
    );
    assert_eq!(
        on_error(&plain, &["cache-control: stale-if-error=5"], 20),
        None
    );
    assert_eq!(
        on_error(&plain, &["cache-control: stale-if-error"], 20),
        None
    );
}

#[test]
fn some_statuses_are_failures() {
    let policy = Policy::new();
    for status in [500, 502, 503, 504] {
        assert!(policy.is_failure(StatusCode::from_u16(status).expect("a status")));
    }
    for status in [200, 304, 404, 429, 501, 505, 599] {
        assert!(!policy.is_failure(StatusCode::from_u16(status).expect("a status")));
    }
}

#[test]
fn what_forbids_it_leaves_no_window() {
    for line in ["must-revalidate", "proxy-revalidate", "no-cache"] {
        let line = format!(
            "cache-control: max-age=10, {line}, stale-while-revalidate=100, stale-if-error=100"
        );
        let stored = stored(&[&line, "etag: \"a\""]);
        assert_eq!(lookup(&stored, &[], 12), VALIDATE, "{line}");
        assert_eq!(
            lookup(&stored, &["cache-control: max-stale"], 12),
            VALIDATE,
            "{line}"
        );
        assert_eq!(
            on_error(&stored, &["cache-control: stale-if-error=100"], 12),
            None,
            "{line}"
        );
    }
}

#[test]
fn s_maxage_forbids_it_but_in_windows_that_stand_beside_it() {
    let plain = stored(&["cache-control: s-maxage=10", "etag: \"a\""]);
    assert_eq!(lookup(&plain, &["cache-control: max-stale"], 12), VALIDATE);
    assert_eq!(
        on_error(&plain, &["cache-control: stale-if-error=100"], 12),
        None
    );
    let windows =
        stored(&["cache-control: s-maxage=10, stale-while-revalidate=5, stale-if-error=50"]);
    assert_eq!(lookup(&windows, &[], 12), in_background(12));
    assert_eq!(
        lookup(&windows, &["cache-control: max-stale"], 15),
        VALIDATE
    );
    assert_eq!(on_error(&windows, &[], 59), Some(seconds(59)));
}

#[test]
fn proxy_revalidate_is_not_for_private_caches() {
    let policy = Policy::private();
    let line = "cache-control: max-age=10, proxy-revalidate, stale-while-revalidate=5";
    let stored = store_with(&policy, 200, &[line]).expect("can be stored");
    let decision = policy.lookup(&get(&policy), &stored.freshness, after(12));
    assert_eq!(decision, in_background(12));
}

#[test]
fn windows_of_the_settings_are_for_those_that_have_none() {
    let policy = Policy::new()
        .stale_while_revalidate(seconds(7))
        .stale_if_error(seconds(70));
    let windows = |line: &str| {
        let metadata = store_with(&policy, 200, &[line, "etag: \"a\""]).expect("can be stored");
        let freshness = metadata.freshness;
        (
            freshness.stale_while_revalidate.get(),
            freshness.stale_if_error.get(),
        )
    };
    assert_eq!(windows("cache-control: max-age=10"), (7, 70));
    assert_eq!(
        windows("cache-control: max-age=10, stale-while-revalidate=0"),
        (0, 70)
    );
    assert_eq!(
        windows("cache-control: max-age=10, stale-if-error=x"),
        (7, 0)
    );
    assert_eq!(
        windows("cache-control: max-age=10, must-revalidate"),
        (0, 0)
    );
    assert_eq!(windows("cache-control: s-maxage=10"), (0, 0));
    let line = "cache-control: max-age=10, no-cache, stale-if-error=5";
    assert_eq!(windows(line), (0, 0));
}
