//! Why a test is not passed, for those that are known.

/// What a test's outcome says of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It asks for what RFC 9111, or the suite's own state of today, has otherwise.
    Outdated,
    /// We leave it out, and say why.
    LeftOut,
}

/// The tests whose names begin so.
struct Known {
    prefixes: &'static [&'static str],
    verdict: Verdict,
    reason: &'static str,
}

const KNOWN: &[Known] = &[
    Known {
        prefixes: &["age-parse-"],
        verdict: Verdict::Outdated,
        reason: "RFC 9111 §5.1: the first of several values counts, and one that is no \
                 number is as none; before, the suite took both for stale",
    },
    Known {
        prefixes: &["304-etag-update-response-Content-MD5"],
        verdict: Verdict::Outdated,
        reason: "RFC 9111 §3.2: a 304 updates every field but those it names",
    },
    Known {
        prefixes: &["304-etag-update-response-ETag"],
        verdict: Verdict::Outdated,
        reason: "RFC 9111 §4.3.4: a 304 with another strong validator is of another response",
    },
    Known {
        prefixes: &["stale-close-"],
        verdict: Verdict::Outdated,
        reason: "what is asked for holds: the answer is our 502 and nothing stale; the \
                 suite took all that its server did not count for stored",
    },
    Known {
        prefixes: &["surrogate-"],
        verdict: Verdict::Outdated,
        reason: "`Surrogate-Control` never became a standard; RFC 9213 has \
                 `CDN-Cache-Control` in its place, which is read",
    },
    Known {
        prefixes: &["304-etag-update-response-Set-Cookie"],
        verdict: Verdict::Outdated,
        reason: "no demand but a check in the suite of today; passed with \
                 `--share-set-cookie`",
    },
    Known {
        prefixes: &["other-set-cookie", "headers-store-Set-Cookie"],
        verdict: Verdict::LeftOut,
        reason: "a cookie would go to everybody: `--share-set-cookie`",
    },
    Known {
        prefixes: &["headers-store-Transfer-Encoding"],
        verdict: Verdict::LeftOut,
        reason: "a transfer coding that nobody knows is 502: its body could not be told \
                 from the next response",
    },
    Known {
        prefixes: &["partial-store-partial-"],
        verdict: Verdict::LeftOut,
        reason: "a part (206) is passed on and not stored",
    },
    Known {
        prefixes: &["method-POST"],
        verdict: Verdict::LeftOut,
        reason: "what a body asked for is not stored: its client would choose what others get",
    },
    Known {
        prefixes: &["conditional-lm-fresh-no-lm"],
        verdict: Verdict::LeftOut,
        reason: "RFC 9111 §4.3.2: newer than the date that was asked with, so it is 200",
    },
    Known {
        prefixes: &["vary-normalise-lang-select"],
        verdict: Verdict::LeftOut,
        reason: "RFC 9111 §4.1 matches requests; whom a `Content-Language` suits its origin knows",
    },
];

/// Why the test of this name is not passed.
pub(super) fn of(id: &str) -> Option<(Verdict, &'static str)> {
    let is_meant = |known: &&Known| known.prefixes.iter().any(|it| id.starts_with(it));
    let known = KNOWN.iter().find(is_meant)?;
    Some((known.verdict, known.reason))
}
