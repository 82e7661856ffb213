//! The lines of the input are those of a structured field, which is taken for a
//! targeted `Cache-Control`, for `Cache-Groups` and for `No-Vary-Search` in turn.
#![no_main]

use buttress_cache::policy::{CacheGroups, Exchange, NoVarySearch, Policy, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use libfuzzer_sys::fuzz_target;

const QUERIES: [&str; 6] = ["", "a=1&b=2", "b=2&a=1", "a=%31&&b", "a+b=%zz&é=1", "%"];

fuzz_target!(|data: &[u8]| {
    let lines: Vec<_> = data
        .split(|&byte| byte == b'\n')
        .filter_map(|line| HeaderValue::from_bytes(line).ok())
        .collect();
    targeted(&lines);
    let groups = CacheGroups::of(&headers("cache-groups", &lines));
    assert!(groups.iter().all(str::is_ascii));
    let rule = NoVarySearch::parse(&headers("no-vary-search", &lines));
    let written = HeaderValue::from_str(&rule.to_string()).expect("rules are ASCII");
    assert_eq!(
        NoVarySearch::parse(&headers("no-vary-search", &[written])),
        rule
    );
    for query in QUERIES {
        let normal = rule.normal_form(Some(query));
        assert_eq!(
            rule.normal_form(Some(&normal)),
            normal,
            "not normal: {query}"
        );
    }
});

/// A valid field stands in for the other, an invalid one is as if absent.
fn targeted(lines: &[HeaderValue]) {
    let policy = Policy::new();
    let terms = policy.request(&Method::GET, &HeaderMap::new());
    let now = Timestamp::from_secs(1_795_000_000);
    let exchange = Exchange {
        requested: now,
        received: now,
    };
    let lifetime = |other: &'static str| {
        let mut headers = headers("cdn-cache-control", lines);
        headers.append("cache-control", HeaderValue::from_static(other));
        let stored = policy.store(&terms, StatusCode::OK, &headers, exchange);
        stored.map(|stored| stored.freshness.lifetime.get())
    };
    let (short, long) = (lifetime("max-age=7"), lifetime("max-age=70"));
    assert!(
        short == long || (short, long) == (Ok(7), Ok(70)),
        "{short:?}, {long:?}"
    );
}

fn headers(name: &'static str, lines: &[HeaderValue]) -> HeaderMap {
    let lines = lines
        .iter()
        .map(|line| (HeaderName::from_static(name), line.clone()));
    lines.collect()
}
