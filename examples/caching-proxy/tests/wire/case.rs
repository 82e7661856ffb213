//! A sequence of requests, and for each whether the origin may see it.

use crate::{
    client::{Over, Response, send},
    origin::{Answer, Seen},
    proxy::Proxy,
};
use buttress_testing::within;
use http::Method;
use std::{sync::atomic::Ordering, time::Duration};

/// A request and what it has to come to.
pub(crate) struct Step {
    method: Method,
    query: String,
    lines: Vec<String>,
    body: &'static str,
    answer: Option<Answer>,
    expected: Expected,
    status: u16,
    text: Option<String>,
    has: Vec<(String, Option<String>)>,
    lacks: Vec<&'static str>,
    sent: Vec<(&'static str, Option<String>)>,
    oldest: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// The origin sees it, without a precondition of the cache's.
    Forwarded,
    /// The origin does not see it.
    Cached,
    /// It is answered, and the origin sees a request meanwhile.
    Refreshed,
    /// The origin is asked whether what is stored still holds.
    Validated,
}

/// A GET with these lines.
pub(crate) fn ask(lines: &[&str]) -> Step {
    ask_by("GET", lines)
}

pub(crate) fn ask_by(method: &str, lines: &[&str]) -> Step {
    Step {
        method: method.parse().expect("a method"),
        query: String::new(),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        body: "",
        answer: None,
        expected: Expected::Cached,
        status: 200,
        text: None,
        has: Vec::new(),
        lacks: Vec::new(),
        sent: Vec::new(),
        oldest: None,
    }
}

/// A whole answer: status, lines, body. A line `{path}` is that of the case.
pub(crate) fn answer(status: u16, lines: &[&str], body: &str) -> (u16, Answer) {
    let mut head = format!("HTTP/1.1 {status} Some Reason\r\n");
    for line in lines {
        head.push_str(line);
        head.push_str("\r\n");
    }
    let is_framed = lines
        .iter()
        .any(|line| line.to_ascii_lowercase().starts_with("content-length"));
    if ![204, 304].contains(&status) && !is_framed {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    (
        status,
        Answer::Bytes([head.as_bytes(), body.as_bytes()].concat()),
    )
}

/// A 200 with a body.
pub(crate) fn ok(lines: &[&str]) -> (u16, Answer) {
    answer(200, lines, "body")
}

pub(crate) fn not_modified(lines: &[&str]) -> (u16, Answer) {
    answer(304, lines, "")
}

impl Step {
    /// The origin sees it and answers.
    pub(crate) fn gets(mut self, (status, answer): (u16, Answer)) -> Self {
        self.expected = Expected::Forwarded;
        self.answer = Some(answer);
        self.status = status;
        self
    }

    /// The origin does not see it.
    pub(crate) fn cached(mut self) -> Self {
        self.expected = Expected::Cached;
        self
    }

    /// It is answered from the store, and the origin is asked in the background.
    pub(crate) fn refreshed_by(mut self, (_, answer): (u16, Answer)) -> Self {
        self.expected = Expected::Refreshed;
        self.answer = Some(answer);
        self
    }

    /// The origin is asked with a precondition and answers.
    pub(crate) fn validated_by(mut self, (status, answer): (u16, Answer)) -> Self {
        self.expected = Expected::Validated;
        self.answer = Some(answer);
        self.status = if status == 304 { 200 } else { status };
        self
    }

    pub(crate) fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn body(mut self, body: &'static str) -> Self {
        self.body = body;
        self
    }

    pub(crate) fn query(mut self, query: &str) -> Self {
        self.query = format!("?{query}");
        self
    }

    /// The client gets this body.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.text = Some(text.to_owned());
        self
    }

    /// The client gets this field.
    pub(crate) fn has(mut self, name: &str, value: &str) -> Self {
        self.has.push((name.to_owned(), Some(value.to_owned())));
        self
    }

    pub(crate) fn lacks(mut self, name: &'static str) -> Self {
        self.lacks.push(name);
        self
    }

    /// The client gets an age of so many seconds at most.
    pub(crate) fn has_age_up_to(mut self, seconds: u64) -> Self {
        self.oldest = Some(seconds);
        self
    }

    /// The origin gets this field.
    pub(crate) fn sends(mut self, name: &'static str, value: &str) -> Self {
        self.sent.push((name, Some(value.to_owned())));
        self
    }

    pub(crate) fn sends_no(mut self, name: &'static str) -> Self {
        self.sent.push((name, None));
        self
    }
}

impl Proxy {
    /// Takes the steps over HTTP/1.1, over HTTP/2, and in turns over both.
    pub(crate) async fn case(&self, name: &str, steps: impl Fn() -> Vec<Step>) {
        for versions in [
            [Over::Http1; 2],
            [Over::Http2; 2],
            [Over::Http1, Over::Http2],
        ] {
            let path = format!("/case/{}", self.cases.fetch_add(1, Ordering::Relaxed));
            for (place, step) in steps().into_iter().enumerate() {
                let what = format!("{name}, step {}, over {:?}", place + 1, versions[place % 2]);
                self.step(&path, &what, versions[place % 2], step).await;
            }
        }
    }

    async fn step(&self, path: &str, what: &str, over: Over, step: Step) {
        let path = format!("{path}{}", step.query);
        let before = self.origin.seen(&path).len();
        if let Some(answer) = step.answer.clone() {
            self.origin.expect(&path, answer);
        }
        let response = send(over, self.addr, &step.method, &path, &step.lines, step.body).await;
        let seen = match step.expected {
            Expected::Refreshed => self.seen_after(&path, before).await,
            _ => self.origin.seen(&path).split_off(before),
        };
        let told = response.field("cache-status");
        let is_seen = step.expected != Expected::Cached;
        assert_eq!(
            seen.len(),
            usize::from(is_seen),
            "{what}: requests at the origin; {told:?}"
        );
        if let Some(seen) = seen.first() {
            step.check_request(what, seen);
        }
        step.check_response(what, &response);
    }

    /// Waits for a request that nobody waits for.
    async fn seen_after(&self, path: &str, before: usize) -> Vec<Seen> {
        within("a request in the background", async {
            loop {
                let seen = self.origin.seen(path).split_off(before);
                if !seen.is_empty() {
                    return seen;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
    }
}

impl Step {
    fn check_request(&self, what: &str, seen: &Seen) {
        assert_eq!(seen.method, self.method.as_str(), "{what}");
        let own = ["if-none-match", "if-modified-since"];
        let asked = |name: &str| {
            self.lines
                .iter()
                .any(|line| line.to_ascii_lowercase().starts_with(name))
        };
        let is_conditional = own
            .iter()
            .any(|name| seen.field(name).is_some() && !asked(name));
        match self.expected {
            Expected::Validated if own.iter().any(|name| asked(name)) => {
                assert!(
                    own.iter().any(|name| seen.field(name).is_some()),
                    "{what}: {seen:?}"
                );
            }
            Expected::Validated => assert!(is_conditional, "{what}: not conditional: {seen:?}"),
            Expected::Forwarded => assert!(!is_conditional, "{what}: conditional: {seen:?}"),
            _ => {}
        }
        for (name, value) in &self.sent {
            assert_eq!(seen.field(name), *value, "{what}: {name} at the origin");
        }
    }

    fn check_response(&self, what: &str, response: &Response) {
        let told = response.field("cache-status");
        assert_eq!(response.head.status, self.status, "{what}; {told:?}");
        if let Some(text) = &self.text {
            assert_eq!(response.body, *text, "{what}; {told:?}");
        }
        for (name, value) in &self.has {
            assert_eq!(response.field(name), *value, "{what}: {name}; {told:?}");
        }
        for name in &self.lacks {
            assert_eq!(response.field(name), None, "{what}: {name}; {told:?}");
        }
        if let Some(oldest) = self.oldest {
            let age = response.field("age").unwrap_or_default();
            let is_young = age.parse().is_ok_and(|age: u64| age <= oldest);
            assert!(is_young, "{what}: an age of {age:?}");
        }
        let has_age = response.field("age").is_some();
        // RFC 9111 §5.1: what was not made for this request has an age.
        assert!(
            has_age || self.expected != Expected::Cached || response.head.status == 504,
            "{what}: no Age"
        );
    }
}

/// A date, from now.
pub(crate) fn date(offset: i64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now
        .expect("after 1970")
        .as_secs()
        .checked_add_signed(offset);
    let time = buttress_cache::policy::Timestamp::from_secs(now.expect("after 1970"));
    buttress_cache::policy::format_date(time)
}

/// A line with a date, from now.
pub(crate) fn dated(name: &str, offset: i64) -> String {
    format!("{name}: {}", date(offset))
}
