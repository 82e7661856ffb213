//! How long a response is fresh, and how old it is (RFC 9111 §4.2).

use crate::support::*;
use buttress_cache::policy::{Exchange, Freshness, Policy, Seconds, Timestamp};
use http::StatusCode;

fn lifetime_with(policy: &Policy, response: &[&str]) -> Option<u32> {
    let metadata = store_with(policy, 200, response).ok()?;
    Some(metadata.freshness.lifetime.get())
}

fn lifetime(response: &[&str]) -> Option<u32> {
    lifetime_with(&Policy::new(), response)
}

#[test]
fn max_age_is_read_however_it_is_written() {
    for line in [
        "cache-control: max-age=3600",
        "cache-control: MaX-aGe=3600",
        "cache-control: max-age=\"3600\"",
        "cache-control: max-age=003600",
        "cache-control: foobar, max-age=3600",
        "cache-control: foo=\"bar, max-age=1\", max-age=3600",
        "cache-control: foo=\"\\\", max-age=1\", max-age=3600",
        "cache-control: ,, max-age=3600\t,",
        "cache-control:max-age=3600,max-age=3600",
    ] {
        assert_eq!(lifetime(&[line]), Some(3600), "{line}");
    }
}

#[test]
fn numbers_that_do_not_fit_are_the_greatest() {
    for number in [
        "2147483648",
        "2147483649",
        "99999999999",
        "9".repeat(400).as_str(),
    ] {
        let line = format!("cache-control: max-age={number}");
        assert_eq!(lifetime(&[&line]), Some(1 << 31), "{number}");
    }
    assert_eq!(
        lifetime(&["cache-control: max-age=2147483647"]),
        Some(i32::MAX as u32)
    );
}

#[test]
fn numbers_that_are_none_make_it_stale() {
    for argument in [
        "-3600",
        "3600.0",
        "3600.5",
        "a3600",
        "3600a",
        "'3600'",
        " 3600",
        "",
        "\"\"",
        "3600 3600",
        "\"3600",
        "0x10",
        "1e3",
    ] {
        let line = format!("cache-control: max-age={argument}");
        // The validator is what it is stored for.
        let metadata = stored(&[&line, "etag: \"a\""]);
        assert!(metadata.freshness.lifetime.is_zero(), "{argument:?}");
    }
    let spaced = stored(&["cache-control: max-age =3600", "etag: \"a\""]);
    assert!(spaced.freshness.lifetime.is_zero());
}

#[test]
fn the_shorter_one_of_two_counts() {
    for lines in [
        &["cache-control: max-age=1800, max-age=1"][..],
        &["cache-control: max-age=1, max-age=1800"],
        &["cache-control: max-age=1", "cache-control: max-age=1800"],
        &["cache-control: max-age=1800", "cache-control: max-age=1"],
    ] {
        assert_eq!(lifetime(lines), Some(1), "{lines:?}");
    }
    let expires = format!("expires: {}", date(100));
    let earlier = format!("expires: {}", date(7));
    assert_eq!(lifetime(&[&expires, &earlier]), Some(7));
}

#[test]
fn s_maxage_stands_above_max_age_and_that_above_expires() {
    let past = format!("expires: {}", date(-7200));
    let future = format!("expires: {}", date(7200));
    let cases: [(&[&str], Option<u32>); 9] = [
        (&["cache-control: max-age=60, s-maxage=600"], Some(600)),
        (&["cache-control: s-maxage=60, max-age=600"], Some(60)),
        (
            &["cache-control: max-age=600", "cache-control: s-maxage=60"],
            Some(60),
        ),
        (
            &["cache-control: max-age=0, s-maxage=600", &past],
            Some(600),
        ),
        (&["cache-control: max-age=60", &past], Some(60)),
        (&["cache-control: max-age=60", "expires: 0"], Some(60)),
        (&["cache-control: max-age=60", &future], Some(60)),
        (&["cache-control: max-age=0", &future], None),
        (&[&future], Some(7200)),
    ];
    for (lines, expected) in cases {
        assert_eq!(lifetime(lines), expected, "{lines:?}");
    }
    let private = Policy::private();
    let both = "cache-control: s-maxage=3600, max-age=1";
    assert_eq!(lifetime_with(&private, &[both]), Some(1));
    assert_eq!(
        lifetime_with(&private, &["cache-control: s-maxage=3600"]),
        None
    );
}

#[test]
fn expires_counts_from_date() {
    let line = |name, offset| format!("{name}: {}", date(offset));
    // Both clocks ahead: nothing to gain.
    assert_eq!(lifetime(&[&line("expires", 300), &line("date", 400)]), None);
    assert_eq!(
        lifetime(&[&line("expires", 500), &line("date", 400)]),
        Some(100)
    );
    assert_eq!(
        lifetime(&[&line("expires", 10), &line("date", -10)]),
        Some(20)
    );
    assert_eq!(lifetime(&[&line("expires", 0), &line("date", 0)]), None);
    // A date that is none is the moment of arrival.
    assert_eq!(lifetime(&[&line("expires", 10), "date: foo"]), Some(10));
    assert_eq!(lifetime(&[&line("expires", 10)]), Some(10));
}

#[test]
fn expires_that_is_no_date_lies_in_the_past() {
    for value in [
        "0",
        "-1",
        "never",
        "",
        "Thu, 18 Aug 2050 02:01:18 UTC",
        "Thu, 18 Aug 2050 02:01:18 +0000",
        "Thu, 18 Aug 50 02:01:18 GMT",
        "Thu 18 Aug 2050 02:01:18 GMT",
        "Thu, 18  Aug  2050 02:01:18 GMT",
        "Thu, 18-Aug-2050 02:01:18 GMT",
        "Thu, 18 Aug 2050 02.01.18 GMT",
        "Thu, 18 Aug 2050 2:01:18 GMT",
    ] {
        assert_eq!(lifetime(&[&format!("expires: {value}")]), None, "{value}");
    }
}

#[test]
fn expires_is_read_in_all_three_forms_and_in_any_case() {
    for value in [
        "Thu, 18 Aug 2050 02:01:18 GMT",
        "THU, 18 Aug 2050 02:01:18 GMT",
        "Thu, 18 AUG 2050 02:01:18 GMT",
        "Thu, 18 Aug 2050 02:01:18 gMT",
        "Thursday, 18-Aug-50 02:01:18 GMT",
        "Thu Aug 18 02:01:18 2050",
    ] {
        let expected = 2_544_400_878 - NOW.as_secs();
        let lifetime = lifetime(&[&format!("expires: {value}")]);
        assert_eq!(lifetime.map(u64::from), Some(expected), "{value}");
    }
}

#[test]
fn a_heuristic_lifetime_is_a_tenth_up_to_a_day() {
    let modified = |ago: i64| format!("last-modified: {}", date(-ago));
    assert_eq!(lifetime(&[&modified(24 * 3600)]), Some(8640));
    assert_eq!(lifetime(&[&modified(5)]), Some(0));
    assert_eq!(lifetime(&[&modified(365 * 24 * 3600)]), Some(24 * 3600));
    assert_eq!(lifetime(&[&modified(-100)]), Some(0));
    assert_eq!(lifetime(&["last-modified: yesterday"]), Some(0));
    assert_eq!(lifetime(&[]), None);
    let half = Policy::new().heuristic(50, seconds(1000));
    assert_eq!(lifetime_with(&half, &[&modified(1000)]), Some(500));
    assert_eq!(lifetime_with(&half, &[&modified(10_000)]), Some(1000));
    let off = Policy::new().heuristic(0, seconds(1000));
    assert_eq!(lifetime_with(&off, &[&modified(1000)]), Some(0));
}

#[test]
fn heuristics_are_for_some_statuses_only_and_never_beside_something_explicit() {
    let modified = format!("last-modified: {}", date(-24 * 3600));
    let heuristic = |status, lines: &[&str]| {
        let metadata = store(status, lines).ok();
        metadata.is_some_and(|metadata| is_fresh(&metadata, 0))
    };
    for status in [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501] {
        assert!(heuristic(status, &[&modified]), "{status}");
    }
    for status in [
        201, 202, 299, 302, 303, 307, 400, 403, 500, 502, 503, 504, 599,
    ] {
        assert!(!heuristic(status, &[&modified]), "{status}");
        assert!(
            heuristic(status, &[&modified, "cache-control: public"]),
            "{status}, public"
        );
    }
    assert!(!heuristic(200, &[&modified, "expires: 0"]));
    assert!(!heuristic(200, &[&modified, "cache-control: max-age=x"]));
}

#[test]
fn negative_answers_have_a_lifetime_of_their_own() {
    let policy = Policy::new().negative(seconds(30));
    let lifetime = |status, lines: &[&str]| {
        let metadata = store_with(&policy, status, lines).ok();
        metadata.map(|metadata| metadata.freshness.lifetime.get())
    };
    assert_eq!(lifetime(404, &[]), Some(30));
    assert_eq!(lifetime(410, &[]), Some(30));
    assert_eq!(lifetime(404, &["cache-control: max-age=5"]), Some(5));
    assert_eq!(lifetime(404, &["cache-control: no-store"]), None);
    assert_eq!(lifetime(200, &[]), None);
    assert_eq!(lifetime(500, &[]), None);
}

#[test]
fn nothing_is_fresh_beyond_the_longest_lifetime() {
    let policy = Policy::new().longest_lifetime(seconds(60));
    assert_eq!(
        lifetime_with(&policy, &["cache-control: max-age=600"]),
        Some(60)
    );
    assert_eq!(
        lifetime_with(&policy, &["cache-control: max-age=6"]),
        Some(6)
    );
}

fn age_of(lines: &[&str], delay: u64) -> u32 {
    let policy = Policy::new();
    let exchange = Exchange {
        requested: NOW,
        received: after(delay),
    };
    let lines = lines.iter().chain(&["etag: \"a\""]);
    let metadata = policy.store(&get(&policy), StatusCode::OK, &headers(lines), exchange);
    metadata.expect("can be stored").freshness.initial_age.get()
}

#[test]
fn age_is_the_greater_one_of_what_date_and_age_tell() {
    let date = |offset| format!("date: {}", date(offset));
    assert_eq!(age_of(&[], 0), 0);
    assert_eq!(age_of(&[&date(-30)], 0), 30);
    assert_eq!(age_of(&[&date(-30), "age: 20"], 0), 30);
    assert_eq!(age_of(&[&date(-20), "age: 30"], 0), 30);
    assert_eq!(age_of(&[&date(500)], 0), 0);
    // The time that the response took counts, from when the request was sent.
    assert_eq!(age_of(&["age: 30"], 4), 34);
    assert_eq!(age_of(&[&date(0)], 4), 4);
    assert_eq!(age_of(&["date: foo"], 4), 4);
}

#[test]
fn age_is_its_first_member_or_nothing() {
    for (lines, expected) in [
        (&["age: 7200"][..], 7200),
        (&["age: 7200,0"], 7200),
        (&["age: 0,7200"], 0),
        (&["age: 7200", "age: 0"], 7200),
        (&["age: 0", "age: 7200"], 0),
        (&["age: 7200, 7200"], 7200),
        (&["age: abc"], 0),
        (&["age: -7200"], 0),
        (&["age: 7200.0"], 0),
        (&["age: 7200;a=b"], 0),
        (&["age:"], 0),
        (&["age: 99999999999999999999999"], 1 << 31),
    ] {
        assert_eq!(age_of(lines, 0), expected, "{lines:?}");
    }
}

#[test]
fn it_is_fresh_until_its_age_reaches_its_lifetime() {
    let metadata = stored(&["cache-control: max-age=10", "age: 4"]);
    assert!(is_fresh(&metadata, 0));
    assert!(is_fresh(&metadata, 5));
    assert!(!is_fresh(&metadata, 6));
    let freshness = metadata.freshness;
    assert_eq!(freshness.expires_at(), after(6));
    assert_eq!(freshness.age(after(3)), seconds(7));
    assert_eq!(freshness.remaining(after(3)), seconds(3));
    assert_eq!(freshness.staleness(after(9)), seconds(3));
}

#[test]
fn a_clock_that_goes_back_makes_nothing_younger() {
    let freshness = stored(&["cache-control: max-age=10", "age: 4"]).freshness;
    let earlier = |by| Timestamp::from_secs(freshness.received.as_secs() - by);
    assert_eq!(freshness.age(earlier(1)), seconds(5));
    // Else it would be fresh until the clock is where it was, and ten seconds more.
    assert_eq!(freshness.age(earlier(3600)), seconds(3604));
    assert!(!freshness.is_fresh(earlier(6)));
}

#[test]
fn jitter_and_soft_purges_shorten_a_lifetime() {
    let freshness = stored(&["cache-control: max-age=100, stale-while-revalidate=10"]).freshness;
    assert_eq!(freshness.shortened(seconds(30)).lifetime, seconds(70));
    assert_eq!(freshness.shortened(seconds(300)).lifetime, Seconds::ZERO);
    let purged = freshness.expired(after(20));
    assert!(!purged.is_fresh(after(20)));
    assert_eq!(purged.staleness(after(25)), seconds(5));
    // What is stale already stays as stale as it is.
    assert_eq!(freshness.expired(after(150)), freshness);
}

#[test]
fn a_store_knows_when_nothing_but_validation_can_use_it() {
    let useless = |line| stored(&[line, "etag: \"a\""]).freshness.useless_at();
    assert_eq!(useless("cache-control: max-age=10"), after(10));
    assert_eq!(
        useless("cache-control: max-age=10, stale-if-error=60"),
        after(70)
    );
    assert_eq!(useless("cache-control: max-age=10, no-cache"), NOW);
    assert_eq!(
        Freshness::default().useless_at(),
        Freshness::default().received
    );
}
