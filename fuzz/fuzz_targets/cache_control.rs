//! The lines of the input are those of a `Cache-Control`, of a response and of a
//! request alike. What restricts has to be found wherever it stands, and noise
//! must not make anything more permissive.
#![no_main]

use buttress_cache::policy::{
    Exchange, Policy, RequestDirectives, ResponseDirectives, Seconds, Timestamp,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header::CACHE_CONTROL};
use libfuzzer_sys::fuzz_target;

const NOW: Timestamp = Timestamp::from_secs(1_795_000_000);

fuzz_target!(|data: &[u8]| {
    let lines: Vec<_> = data
        .split(|&byte| byte == b'\n')
        .filter_map(|line| HeaderValue::from_bytes(line).ok())
        .collect();
    let parsed = ResponseDirectives::parse(&headers(&lines));
    assert!(parsed.max_age.is_none_or(|age| age <= Seconds::MAX));
    assert_cannot_be_hidden(&lines);
    assert_has_no_case(&lines, &parsed);
    let _ = RequestDirectives::parse(&headers(&lines));
    assert_is_stable(&lines);
});

/// A line of its own counts, whatever stands before and behind it.
fn assert_cannot_be_hidden(lines: &[HeaderValue]) {
    let mut lines = lines.to_vec();
    lines.insert(
        lines.len() / 2,
        HeaderValue::from_static("no-store, PRIVATE"),
    );
    let parsed = ResponseDirectives::parse(&headers(&lines));
    assert!(parsed.no_store && parsed.private, "hidden");
}

fn assert_has_no_case(lines: &[HeaderValue], parsed: &ResponseDirectives) {
    let upper = |line: &HeaderValue| {
        let line = line.as_bytes().to_ascii_uppercase();
        HeaderValue::from_bytes(&line).expect("was valid")
    };
    let lines: Vec<_> = lines.iter().map(upper).collect();
    assert_eq!(
        *parsed,
        ResponseDirectives::parse(&headers(&lines)),
        "case matters"
    );
}

/// What is stored is as fresh when it is read again.
fn assert_is_stable(lines: &[HeaderValue]) {
    let policy = Policy::new();
    let terms = policy.request(&Method::GET, &HeaderMap::new());
    let exchange = Exchange {
        requested: NOW,
        received: NOW,
    };
    let store = |headers: &HeaderMap| policy.store(&terms, StatusCode::OK, headers, exchange);
    if let Ok(stored) = store(&headers(lines)) {
        assert!(stored.freshness.lifetime <= Seconds::MAX);
        // It may name `cache-control` as a field that is not to be kept.
        if stored.headers.get_all(CACHE_CONTROL).iter().eq(lines) {
            let again = store(&stored.headers).expect("was stored");
            assert_eq!(again.freshness, stored.freshness);
        }
    }
}

fn headers(lines: &[HeaderValue]) -> HeaderMap {
    let lines = lines.iter().map(|line| (CACHE_CONTROL, line.clone()));
    lines.collect()
}
