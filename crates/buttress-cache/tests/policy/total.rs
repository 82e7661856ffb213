//! Whatever comes in: no panic, and the same answer twice.

use crate::support::*;
use buttress_cache::policy::{
    CacheGroups, Exchange, NoVarySearch, NotStorable, Policy, RangeSet, RequestDirectives,
    ResponseDirectives, Timestamp, Update, Vary, answer, format_date, parse_date,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use proptest::prelude::*;

const FIELDS: [&str; 22] = [
    "cache-control",
    "cdn-cache-control",
    "expires",
    "date",
    "age",
    "last-modified",
    "etag",
    "vary",
    "connection",
    "set-cookie",
    "content-length",
    "pragma",
    "range",
    "if-range",
    "if-none-match",
    "if-modified-since",
    "no-vary-search",
    "cache-groups",
    "cache-group-invalidation",
    "location",
    "content-location",
    "authorization",
];

/// Pieces that mean something somewhere, and bytes that mean nothing.
fn value() -> impl Strategy<Value = HeaderValue> {
    const PIECES: [&str; 30] = [
        "max-age",
        "s-maxage",
        "no-cache",
        "no-store",
        "private",
        "public",
        "must-understand",
        "stale-if-error",
        "=",
        "\"",
        ",",
        ", ",
        ";",
        "*",
        "bytes=",
        "-",
        "0",
        "1",
        "99999999999999999999",
        "Thu, 18 Aug 2050 02:01:18 GMT",
        "Thursday, 18-Aug-50 02:01:18 GMT",
        "W/\"a\"",
        "\"a\"",
        "\\",
        "(",
        ")",
        "params",
        "../x?",
        "http://a.example",
        "%",
    ];
    let piece = prop_oneof![
        8 => prop::sample::select(&PIECES[..]).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>().prop_filter("no field value", |byte| {
            *byte >= b' ' && *byte != 127 || *byte == b'\t'
        }), 0..8),
    ];
    let pieces = prop::collection::vec(piece, 0..8);
    pieces.prop_map(|pieces| HeaderValue::from_bytes(&pieces.concat()).expect("a value"))
}

fn fields() -> impl Strategy<Value = HeaderMap> {
    let line = (prop::sample::select(&FIELDS[..]), value());
    prop::collection::vec(line, 0..10).prop_map(|lines| {
        let lines = lines.into_iter();
        lines
            .map(|(name, value)| (HeaderName::from_static(name), value))
            .collect::<HeaderMap>()
    })
}

fn times() -> impl Strategy<Value = Exchange> {
    let time = prop_oneof![0..4_000_000_000_u64, any::<u64>()].prop_map(Timestamp::from_secs);
    (time.clone(), time).prop_map(|(requested, received)| Exchange {
        requested,
        received,
    })
}

fn policies() -> impl Strategy<Value = Policy> {
    let policy = prop_oneof![Just(Policy::new()), Just(Policy::private())];
    (policy, any::<[bool; 4]>()).prop_map(|(policy, [cookie, authorization, ignore, order])| {
        let policy = if cookie {
            policy.allow_set_cookie()
        } else {
            policy
        };
        let policy = if authorization {
            policy.allow_authorization()
        } else {
            policy
        };
        let policy = if ignore {
            policy.ignore_request_directives()
        } else {
            policy
        };
        if order {
            policy.ignore_language_order()
        } else {
            policy
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn nothing_panics_on_the_whole_way(
        policy in policies(),
        request in fields(),
        response in fields(),
        later in fields(),
        status in 100..1000_u16,
        exchange in times(),
        now in any::<u64>().prop_map(Timestamp::from_secs),
        length in prop::option::of(any::<u64>()),
    ) {
        let status = StatusCode::from_u16(status).expect("three digits");
        let terms = policy.request(&Method::GET, &request);
        let refusal = policy.refusal(&terms, status, &response, exchange, None);
        let stored = match policy.store(&terms, status, &response, exchange) {
            Ok(stored) => stored,
            Err(why) => {
                // One that takes its only validator out is not seen through at once.
                let is_seen_through = refusal == Some(why);
                prop_assert!(is_seen_through || refusal.is_none() && why == NotStorable::NeverFresh);
                return Ok(());
            }
        };
        prop_assert_eq!(refusal, None);
        prop_assert!(stored.freshness.expires_at() >= exchange.received);
        prop_assert!(stored.freshness.useless_at() >= exchange.received);
        let _ = policy.lookup(&terms, &stored.freshness, now);
        let _ = policy.on_error(&terms, &stored.freshness, now);
        let _ = (stored.groups(), stored.no_vary_search().normal_form(Some("a=b&c")));
        prop_assert!(policy.variant_key(&stored.vary(), &request).is_some());
        let answer = answer(&terms, &request, &stored, length, now);
        prop_assert_eq!(answer.headers.get_all("age").iter().count(), 1);
        let mut conditional = request.clone();
        let has_validator = stored.make_conditional(&mut conditional);
        prop_assert_eq!(has_validator, stored.has_validator());
        match policy.update(&terms, &stored, &later, exchange) {
            Update::Keep(updated) | Update::Use(updated) => {
                prop_assert_eq!(updated.status, stored.status);
                prop_assert_eq!(updated.headers.get("content-length"), stored.headers.get("content-length"));
            }
            _ => {}
        }
        let _ = policy.update_from_head(&terms, &stored, status, &later, exchange);
    }

    #[test]
    fn what_is_stored_can_be_stored_again_and_is_the_same(response in fields(), exchange in times()) {
        let policy = Policy::new();
        let Ok(stored) = policy.store(&get(&policy), StatusCode::OK, &response, exchange) else {
            return Ok(());
        };
        let mut headers = stored.headers.clone();
        headers.insert("age", stored.freshness.initial_age.get().into());
        let at_once = Exchange { requested: exchange.received, ..exchange };
        // `no-cache="expires"` and the like take away what made it fresh.
        if let Ok(again) = policy.store(&get(&policy), StatusCode::OK, &headers, at_once) {
            prop_assert_eq!(again.headers, stored.headers);
            prop_assert!(again.freshness.lifetime <= stored.freshness.lifetime
                || headers.get_all("date").iter().count() != 1);
        }
    }

    #[test]
    fn parsers_take_anything(lines in fields(), length in any::<u64>(), now in any::<u64>()) {
        let _ = (RequestDirectives::parse(&lines), ResponseDirectives::parse(&lines));
        let _ = (Vary::parse(&lines), NoVarySearch::parse(&lines), RangeSet::parse(&lines, length));
        let _ = (CacheGroups::of(&lines), CacheGroups::invalidated_by(&lines));
        let now = Timestamp::from_secs(now);
        for value in lines.values() {
            if let Some(time) = parse_date(value.as_bytes(), now) {
                prop_assert_eq!(parse_date(format_date(time).as_bytes(), now), Some(time));
            }
        }
    }

    #[test]
    fn invalidation_stays_on_the_origin(lines in fields(), status in 200..400_u16) {
        let policy = Policy::new();
        let terms = policy.request(&Method::POST, &HeaderMap::new());
        let target = Uri::from_static("http://a.example/b/c?d");
        let status = StatusCode::from_u16(status).expect("three digits");
        let uris = policy.invalidates(&terms, &target, status, &lines);
        prop_assert!((1..=3).contains(&uris.len()));
        for uri in uris {
            prop_assert_eq!(uri.host(), Some("a.example"));
        }
    }

    #[test]
    fn a_normal_form_is_its_own(query in "[ab=&%+0-9zé]{0,20}", order in any::<bool>()) {
        let field = if order { "key-order, params=(\"a\")" } else { "params, except=(\"a\" \"b\")" };
        let rule = NoVarySearch::parse(&headers([format!("no-vary-search: {field}")]));
        let normal = rule.normal_form(Some(&query));
        prop_assert_eq!(rule.normal_form(Some(&normal)), normal);
    }

    #[test]
    fn ranges_lie_within_the_body_and_do_not_overlap(text in "bytes=([0-9]{0,3}-[0-9]{0,3}, ?){1,8}", length in 0..1000_u64) {
        let ranges = match RangeSet::parse(&headers([format!("range: {text}")]), length) {
            RangeSet::Single(range) => vec![range],
            RangeSet::Multiple(ranges) => ranges,
            _ => return Ok(()),
        };
        for (place, range) in ranges.iter().enumerate() {
            prop_assert!(range.start() < range.end() && range.end() <= length);
            prop_assert_eq!(range.size(), range.end() - range.start());
            for other in &ranges[..place] {
                prop_assert!(range.end() <= other.start() || other.end() <= range.start());
            }
        }
    }
}
