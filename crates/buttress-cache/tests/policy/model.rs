//! The rules told once more, as simply as can be: a response is made of facts, the
//! model judges the facts, and the policy the header lines that are made of them.

use crate::support::*;
use buttress_cache::policy::{Decision, Exchange, Policy};
use http::{HeaderMap, StatusCode};
use proptest::prelude::*;

/// What a response says, each thing at most once.
#[derive(Clone, Debug)]
struct Response {
    status: u16,
    max_age: Option<u32>,
    s_maxage: Option<u32>,
    /// Seconds from `Date`.
    expires: Option<i64>,
    /// Seconds from the Date as well.
    modified: Option<i64>,
    /// How many seconds before it came it was made.
    made: Option<i64>,
    age: Option<u32>,
    flags: [bool; 7],
    window: Option<u32>,
    delay: u64,
}

const FLAGS: [&str; 7] = [
    "public",
    "private",
    "no-store",
    "no-cache",
    "must-revalidate",
    "proxy-revalidate",
    "foo",
];

impl Response {
    fn has(&self, flag: &str) -> bool {
        let place = FLAGS.iter().position(|name| *name == flag);
        self.flags[place.expect("a flag")]
    }

    /// In some case, on some lines: what `style` says.
    fn headers(&self, style: u64) -> HeaderMap {
        let mut directives = Vec::new();
        for (flag, is_set) in FLAGS.iter().zip(self.flags) {
            if is_set {
                directives.push((*flag).to_owned());
            }
        }
        let numbers = [
            ("max-age", self.max_age),
            ("s-maxage", self.s_maxage),
            ("stale-while-revalidate", self.window),
        ];
        for (name, number) in numbers {
            if let Some(number) = number {
                let quote = if style & 1 == 0 { "" } else { "\"" };
                directives.push(format!("{name}={quote}{number}{quote}"));
            }
        }
        let turn = (style >> 8) as usize % directives.len().max(1);
        directives.rotate_left(turn);
        if style & 2 != 0 {
            directives
                .iter_mut()
                .for_each(|directive| directive.make_ascii_uppercase());
        }
        let mut lines = Vec::new();
        if style & 4 == 0 {
            lines.push(format!("cache-control: {}", directives.join(" ,\t")));
        } else {
            lines.extend(
                directives
                    .iter()
                    .map(|directive| format!("cache-control: {directive}")),
            );
        }
        let made = -self.made.unwrap_or(0);
        lines.extend(self.made.map(|made| format!("date: {}", date(-made))));
        lines.extend(
            self.expires
                .map(|at| format!("expires: {}", date(made + at))),
        );
        lines.extend(
            self.modified
                .map(|ago| format!("last-modified: {}", date(made - ago))),
        );
        lines.extend(self.age.map(|age| format!("age: {age}")));
        headers(lines)
    }

    fn exchange(&self) -> Exchange {
        Exchange {
            requested: buttress_cache::policy::Timestamp::from_secs(NOW.as_secs() - self.delay),
            received: NOW,
        }
    }

    fn lifetime(&self) -> i64 {
        let is_guessable = [200, 203, 204, 404].contains(&self.status) || self.has("public");
        if let Some(age) = self.s_maxage.or(self.max_age) {
            i64::from(age)
        } else if let Some(expires) = self.expires {
            expires.max(0)
        } else if let (Some(ago), true) = (self.modified, is_guessable) {
            (ago.max(0) / 10).min(24 * 3600)
        } else {
            0
        }
    }

    fn age(&self, at: i64) -> i64 {
        let apparent = self.made.unwrap_or(0).max(0);
        let told = i64::from(self.age.unwrap_or(0)) + self.delay as i64;
        apparent.max(told) + at
    }

    fn may_be_kept(&self) -> bool {
        let is_explicit = self.has("public")
            || self.max_age.is_some()
            || self.s_maxage.is_some()
            || self.expires.is_some();
        let forbids = self.has("no-store") || self.has("private");
        !forbids && (is_explicit || [200, 203, 204, 404].contains(&self.status))
    }

    /// What a plain GET gets, `at` seconds later.
    fn outcome(&self, at: i64) -> Outcome {
        let is_stale = self.age(at) - self.lifetime();
        let has_window = !self.has("must-revalidate") && !self.has("proxy-revalidate");
        if !self.may_be_kept() || self.has("no-cache") {
            Outcome::Forwarded
        } else if is_stale < 0 {
            Outcome::Served
        } else if has_window && is_stale < i64::from(self.window.unwrap_or(0)) {
            Outcome::ServedStale
        } else {
            Outcome::Forwarded
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Served,
    ServedStale,
    Forwarded,
}

fn judged(response: &Response, style: u64, at: u64) -> Outcome {
    let policy = Policy::new();
    let status = StatusCode::from_u16(response.status).expect("a status");
    let terms = get(&policy);
    let stored = policy.store(
        &terms,
        status,
        &response.headers(style),
        response.exchange(),
    );
    let Ok(stored) = stored else {
        return Outcome::Forwarded;
    };
    match policy.lookup(&terms, &stored.freshness, after(at)) {
        Decision::Fresh { age } => {
            assert_eq!(i64::from(age.get()), response.age(at as i64));
            Outcome::Served
        }
        Decision::StaleWhileRevalidate { .. } => Outcome::ServedStale,
        _ => Outcome::Forwarded,
    }
}

fn responses() -> impl Strategy<Value = Response> {
    let number = || prop::option::weighted(0.5, 0..100_u32);
    let offset = || prop::option::weighted(0.4, -50..200_i64);
    let flag = || prop::bool::weighted(0.12);
    let numbers = (number(), number(), number(), number());
    let offsets = (
        offset(),
        prop::option::weighted(0.4, -50..2000_i64),
        offset(),
    );
    let status = prop::sample::select(&[200, 203, 204, 404, 201, 302, 500, 503, 599][..]);
    let flags = [flag(), flag(), flag(), flag(), flag(), flag(), flag()];
    (numbers, offsets, status, flags, 0..5_u64).prop_map(
        |((max_age, s_maxage, age, window), (expires, modified, made), status, flags, delay)| {
            Response {
                status,
                max_age,
                s_maxage,
                expires,
                modified,
                made,
                age,
                flags,
                window,
                delay,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(5_000) })]

    #[test]
    fn the_policy_judges_as_the_model_does(response in responses(), style in any::<u64>(), at in 0..200_u64) {
        prop_assert_eq!(judged(&response, style, at), response.outcome(at as i64));
    }

    #[test]
    fn how_it_is_written_does_not_matter(response in responses(), one in any::<u64>(), other in any::<u64>(), at in 0..200_u64) {
        prop_assert_eq!(judged(&response, one, at), judged(&response, other, at));
    }

    #[test]
    fn what_was_forwarded_once_is_not_served_later(response in responses(), at in 0..200_u64, more in 0..200_u64) {
        if judged(&response, 0, at) == Outcome::Forwarded {
            prop_assert_eq!(judged(&response, 0, at + more), Outcome::Forwarded);
        }
    }
}
