//! The layer against a model that knows what every answer has to be like: any
//! requests, any fields, any times, any pieces of a body.

mod support;

use buttress_testing::{ScriptedBody, collect};
use http::{Response, StatusCode};
use proptest::prelude::*;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use support::{Asked, End, Reply, Setup, get};

/// One thing that a client does.
#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Get(Ask),
    Post(u8),
    Purge(u8),
}

#[derive(Clone, Debug)]
struct Ask {
    path: u8,
    language: u8,
    is_head: bool,
    has_etag: bool,
    authorized: bool,
    reads_all: bool,
}

/// What the origin does with each path; it never changes within a case.
#[derive(Clone, Debug)]
struct Page {
    max_age: u64,
    forbids: Option<&'static str>,
    varies: bool,
    has_validator: bool,
    pieces: Vec<usize>,
    announces: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let ask = (0..3u8, 0..2u8, any::<[bool; 4]>()).prop_map(|(path, language, flags)| Ask {
        path,
        language,
        is_head: flags[0] && flags[1],
        has_etag: flags[1] && !flags[0],
        authorized: flags[2] && flags[0],
        reads_all: flags[3] || flags[2],
    });
    let step = prop_oneof![
        8 => ask.prop_map(Step::Get),
        2 => (0..40u64).prop_map(Step::Wait),
        1 => (0..3u8).prop_map(Step::Post),
        1 => (0..3u8).prop_map(Step::Purge),
    ];
    prop::collection::vec(step, 1..40)
}

fn page() -> impl Strategy<Value = Page> {
    let forbids = prop_oneof![
        4 => Just(None),
        1 => Just(Some("private")),
        1 => Just(Some("No-Store")),
        1 => Just(Some("no-cache")),
    ];
    let pieces = prop::collection::vec(0..2000usize, 0..6);
    (0..60u64, forbids, any::<[bool; 3]>(), pieces).prop_map(|(max_age, forbids, flags, pieces)| {
        Page {
            max_age,
            forbids,
            varies: flags[0],
            has_validator: flags[1],
            pieces,
            announces: flags[2],
        }
    })
}

/// What the origin has said so far: when, to whom, and which version.
#[derive(Clone, Debug)]
struct Said {
    at: u64,
    path: usize,
    language: String,
    user: Option<String>,
    version: u64,
}

#[derive(Clone, Default)]
struct Record(Arc<Mutex<Vec<Said>>>);

/// The version is the time: a page changes with every second.
fn answer(pages: &[Page], record: &Record, now: u64, asked: &Asked) -> Reply {
    let path: usize = asked.uri().path()[1..].parse().unwrap();
    let page = &pages[path];
    let header = |name: &str| {
        let value = asked.headers().get(name);
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    let language = header("accept-language").unwrap_or_default();
    record.0.lock().unwrap().push(Said {
        at: now,
        path,
        language: language.clone(),
        user: header("authorization"),
        version: now,
    });
    let mut response = Response::builder();
    let forbids = page
        .forbids
        .map(|word| format!(", {word}"))
        .unwrap_or_default();
    response = response.header(
        "cache-control",
        format!("max-age={}{forbids}", page.max_age),
    );
    response = response.header("x-version", now);
    if page.varies {
        response = response.header("vary", "accept-language");
    }
    let etag = format!("\"{now}-{language}\"");
    if page.has_validator {
        response = response.header("etag", &etag);
    }
    if page.has_validator && header("if-none-match").is_some_and(|known| known.contains(&etag)) {
        let response = response.status(StatusCode::NOT_MODIFIED);
        return response.body(ScriptedBody::new()).unwrap();
    }
    let mut body = ScriptedBody::new();
    let whole = content(page, now, &language);
    if page.announces {
        response = response.header("content-length", whole.len());
    }
    if asked.method() == http::Method::HEAD {
        return response.body(body).unwrap();
    }
    let mut start = 0;
    for piece in &page.pieces {
        let end = (start + piece).min(whole.len());
        body = body.data(whole.as_bytes()[start..end].to_vec()).pause();
        start = end;
    }
    let body = body.data(whole.as_bytes()[start..].to_vec());
    response.body(body).unwrap()
}

/// What a version says in a language, where the page varies by it.
fn content(page: &Page, version: u64, language: &str) -> String {
    let language = if page.varies { language } else { "" };
    format!("{version} {language} ").repeat(1 + page.pieces.iter().sum::<usize>() / 4)
}

fn check(pages: Vec<Page>, steps: Vec<Step>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (setup, record) = (Setup::new(), Record::default());
        let now = {
            let clock = setup.clock.clone();
            move || clock.passed().as_secs()
        };
        let app = setup.around({
            let (pages, record, now) = (pages.clone(), record.clone(), now.clone());
            move |asked| answer(&pages, &record, now(), &asked)
        });
        // When each path was last changed or purged.
        let mut floor = [0; 3];
        for step in steps {
            match step {
                Step::Wait(seconds) => app.clock.advance(Duration::from_secs(seconds)),
                Step::Post(path) => {
                    let post = http::Request::post(format!("/{path}"));
                    app.send(post.header("host", "example.com").end()).await;
                    floor[usize::from(path)] = record.0.lock().unwrap().len();
                }
                Step::Purge(path) => {
                    let uri = format!("http://example.com/{path}").parse().unwrap();
                    app.cache.purge(&uri).await.unwrap();
                    floor[usize::from(path)] = record.0.lock().unwrap().len();
                }
                Step::Get(ask) => ask.check(&app, &pages, &record, (now(), &floor)).await,
            }
        }
    });
}

impl Ask {
    async fn check<S: support::Origin<Future: Send>>(
        &self,
        app: &support::App<S>,
        pages: &[Page],
        record: &Record,
        (now, floor): (u64, &[usize; 3]),
    ) {
        let path = usize::from(self.path);
        let (page, language) = (&pages[path], ["de", "en"][usize::from(self.language)]);
        let mut asked = get(&format!("/{path}")).header("accept-language", language);
        // Without a validator, HEAD tells nothing of the version that is stored.
        let is_head = self.is_head && page.has_validator;
        if is_head {
            asked = asked.method("HEAD");
        }
        if self.has_etag {
            asked = asked.header("if-none-match", "\"0-de\"");
        }
        if self.authorized {
            asked = asked.header("authorization", "anna");
        }
        let calls = record.0.lock().unwrap().len();
        let response = app.start(asked.end()).await;
        let was_asked = record.0.lock().unwrap().len() > calls;
        let version = response.headers()["x-version"].to_str().unwrap();
        let version: u64 = version.parse().unwrap();
        let status = response.status();
        if !was_asked {
            self.may_be_stored(page, record, (version, now), floor[path], language);
        }
        if !self.reads_all {
            return;
        }
        let collected = collect(response.into_body()).await;
        let body = collected.complete();
        let expected = match (status.as_u16(), is_head) {
            (200, false) => content(page, version, language),
            _ => String::new(),
        };
        assert!(
            body == expected,
            "version {version}, {language}: another body"
        );
        assert!(
            status != 304 || self.has_etag,
            "a 304 to who did not ask for one"
        );
    }

    /// The answer came from the store: it must have been said, to such a request,
    /// since the last purge, and not too long ago.
    fn may_be_stored(
        &self,
        page: &Page,
        record: &Record,
        (version, now): (u64, u64),
        floor: usize,
        language: &str,
    ) {
        assert_eq!(page.forbids, None, "stored in spite of {:?}", page.forbids);
        let said = record.0.lock().unwrap();
        let since = said[floor..].iter();
        let mut to_such = since.filter(|said| {
            said.path == usize::from(self.path)
                && (!page.varies || said.language == language)
                && said.user.is_none()
                && said.at + page.max_age > now
        });
        assert!(
            to_such.any(|said| said.version == version),
            "{version} at {now}: {said:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_answer_is_one_that_may_be_given(
        pages in prop::collection::vec(page(), 3),
        steps in steps(),
    ) {
        check(pages, steps);
    }
}
