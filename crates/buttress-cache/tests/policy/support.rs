//! Requests and responses as lines of text, and one moment for all tests.
use buttress_cache::policy::{
    Answer, Decision, Exchange, Metadata, NotStorable, Policy, RequestTerms, Seconds, Timestamp,
    Update, answer, format_date,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

/// When responses are received.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_795_000_000);

/// `seconds` after [`NOW`].
pub(crate) fn after(seconds: u64) -> Timestamp {
    Timestamp::from_secs(NOW.as_secs() + seconds)
}

/// A date `offset` seconds from [`NOW`].
pub(crate) fn date(offset: i64) -> String {
    let seconds = NOW.as_secs().checked_add_signed(offset);
    format_date(Timestamp::from_secs(seconds.expect("a date after 1970")))
}

pub(crate) const fn seconds(number: u64) -> Seconds {
    Seconds::new(number)
}

/// Header lines, `name: value` each.
pub(crate) fn headers<L: AsRef<str>>(lines: impl IntoIterator<Item = L>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.as_ref().split_once(':').expect("a header line");
        let name = HeaderName::from_bytes(name.trim().as_bytes()).expect("a name");
        headers.append(name, HeaderValue::from_str(value.trim()).expect("a value"));
    }
    headers
}

/// An exchange without delay.
pub(crate) const AT_ONCE: Exchange = Exchange {
    requested: NOW,
    received: NOW,
};

/// A GET without header fields.
pub(crate) fn get(policy: &Policy) -> RequestTerms {
    policy.request(&Method::GET, &HeaderMap::new())
}

/// A GET with header lines.
pub(crate) fn get_with(policy: &Policy, lines: &[&str]) -> RequestTerms {
    policy.request(&Method::GET, &headers(lines))
}

/// Judges a response to a GET, received [`NOW`].
pub(crate) fn store_with(
    policy: &Policy,
    status: u16,
    response: &[&str],
) -> Result<Metadata, NotStorable> {
    let status = StatusCode::from_u16(status).expect("a status code");
    policy.store(&get(policy), status, &headers(response), AT_ONCE)
}

/// The same with the rules of the default.
pub(crate) fn store(status: u16, response: &[&str]) -> Result<Metadata, NotStorable> {
    store_with(&Policy::new(), status, response)
}

/// A stored 200.
pub(crate) fn stored(response: &[&str]) -> Metadata {
    store(200, response).expect("can be stored")
}

/// What becomes of a GET with these lines, `seconds` after the response came.
pub(crate) fn lookup(stored: &Metadata, request: &[&str], seconds: u64) -> Decision {
    let policy = Policy::new();
    policy.lookup(
        &get_with(&policy, request),
        &stored.freshness,
        after(seconds),
    )
}

/// Whether a plain GET is answered from the store `seconds` later.
pub(crate) fn is_fresh(stored: &Metadata, seconds: u64) -> bool {
    matches!(lookup(stored, &[], seconds), Decision::Fresh { .. })
}

/// The answer to a request with these lines from a body of `length` bytes.
pub(crate) fn answered(method: Method, request: &[&str], stored: &Metadata, length: u64) -> Answer {
    let request = headers(request);
    let terms = Policy::new().request(&method, &request);
    answer(&terms, &request, stored, Some(length), NOW)
}

/// The lines of a field, joined.
pub(crate) fn field(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(name).into_iter();
    let lines: Vec<_> = lines.map(|value| value.to_str().expect("ASCII")).collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

/// What is stored after a 304 with these lines, `seconds` later.
pub(crate) fn updated(stored: &Metadata, not_modified: &[&str], seconds: u64) -> Update {
    let policy = Policy::new();
    let exchange = Exchange {
        requested: after(seconds),
        received: after(seconds),
    };
    policy.update(&get(&policy), stored, &headers(not_modified), exchange)
}
