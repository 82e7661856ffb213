//! What a store has to do, as checks to run in its tests.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use buttress_cache::{MemoryStore, store::conformance};
//!
//! conformance::check(&MemoryStore::new()).await;
//! # }
//! ```
//!
//! Stores may write in the background: what was put may take 5 seconds to be
//! found. What was purged must be gone when the purge is done. The checks use keys
//! of their own under `http://conformance.example/`, but the last one purges
//! everything.

use super::{Lookup, Store, Wanted};
use crate::{
    Entry, Head, Key, Purge, Scope,
    policy::{Freshness, Metadata, Policy, Revalidation, Seconds, Timestamp, Vary},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::{sync::Arc, time::Duration};

/// Runs all checks.
///
/// # Panics
///
/// If the store fails one; the message says which and how.
pub async fn check(store: &impl Store) {
    what_is_put_is_found_as_it_was(store).await;
    a_large_body_is_found_whole(store).await;
    what_was_never_put_is_not_found(store).await;
    a_variant_answers_its_own_requests(store).await;
    the_newest_takes_the_place_of_its_variant(store).await;
    a_newer_head_takes_the_place_of_the_old_one(store).await;
    a_head_is_never_found_with_the_body_of_another(store).await;
    a_purged_key_is_gone_with_all_variants(store).await;
    a_purged_prefix_is_gone(store).await;
    a_purged_tag_is_gone(store).await;
    what_is_put_after_a_purge_is_found(store).await;
    a_soft_purge_leaves_it_stale(store).await;
    purging_all_leaves_nothing(store).await;
}

/// Status, fields, body, trailers, times, tags: all that a store has to keep.
pub async fn what_is_put_is_found_as_it_was(store: &impl Store) {
    let key = key("as-it-was");
    let mut sample = Sample::new("the body").tags(&["one", "two words"]);
    sample.headers.append("x-twice", value("first"));
    sample.headers.append("x-twice", value("second"));
    let bytes = HeaderValue::from_bytes(b"\xff\x80 bytes").expect("a valid value");
    sample.headers.insert("x-bytes", bytes);
    let trailers = HeaderMap::from_iter([(header::ETAG, value("\"t\""))]);
    let entry = sample.entry().with_trailers(trailers);
    put(store, &key, &entry).await;
    let found = find(store, &key, &HeaderMap::new())
        .await
        .expect("it was put");
    assert_same(&found, &entry);
}

/// A mebibyte, the size of what is cached rather than of what is sent at once.
pub async fn a_large_body_is_found_whole(store: &impl Store) {
    let key = key("large");
    let body: Vec<u8> = (0..1 << 20).map(|at: u32| (at % 251) as u8).collect();
    let entry = Sample::new(body).entry();
    put(store, &key, &entry).await;
    let found = find(store, &key, &HeaderMap::new())
        .await
        .expect("it was put");
    assert_same(&found, &entry);
}

/// Nothing is made up.
pub async fn what_was_never_put_is_not_found(store: &impl Store) {
    let found = find(store, &key("never-put"), &HeaderMap::new()).await;
    assert!(found.is_none(), "the store found what was never put");
}

/// `Vary` tells requests apart.
pub async fn a_variant_answers_its_own_requests(store: &impl Store) {
    let key = key("variants");
    for language in ["de", "fr"] {
        put(store, &key, &Sample::new(language).of(language).entry()).await;
    }
    for language in ["de", "fr"] {
        let found = find(store, &key, &asking_for(language)).await;
        let found = found.expect("each variant was put");
        assert_eq!(found.body(), language, "another variant was given");
    }
    let other = find(store, &key, &asking_for("en")).await;
    assert!(other.is_none(), "a variant was given to another request");
    let absent = find(store, &key, &HeaderMap::new()).await;
    assert!(
        absent.is_none(),
        "a variant was given to a request without the field"
    );
}

/// There is one of each variant.
pub async fn the_newest_takes_the_place_of_its_variant(store: &impl Store) {
    let key = key("newest");
    for (body, language) in [("old", "de"), ("other", "fr"), ("new", "de")] {
        put(store, &key, &Sample::new(body).of(language).entry()).await;
    }
    let found = find(store, &key, &asking_for("de"))
        .await
        .expect("it was put");
    assert_eq!(found.body(), "new", "an older response was given");
    let other = find(store, &key, &asking_for("fr"))
        .await
        .expect("it was put");
    assert_eq!(other.body(), "other", "another variant was replaced");
}

/// A validation: the same body, fresh for longer, under the fields of today.
pub async fn a_newer_head_takes_the_place_of_the_old_one(store: &impl Store) {
    let key = key("freshened");
    let entries = ["de", "fr"].map(|language| Sample::new(language).of(language).entry());
    for entry in &entries {
        put(store, &key, entry).await;
    }
    let newer = newer(&entries[0]);
    store.freshen(&key, Arc::new(newer.clone()));
    until_found(store, (&key, &asking_for("de")), |found| {
        is_newer(found, &newer)
    })
    .await;
    let found = find(store, &key, &asking_for("de"))
        .await
        .expect("it was put");
    assert_same(&found, &newer);
    let other = find(store, &key, &asking_for("fr"))
        .await
        .expect("it was put");
    assert_same(&other, &entries[1]);
}

/// Whatever has become of the body that a newer head belongs to: all of it is found,
/// or nothing.
pub async fn a_head_is_never_found_with_the_body_of_another(store: &impl Store) {
    let key = key("freshened-late");
    let of = |body: &'static str| {
        let mut sample = Sample::new(body);
        sample.headers.insert("x-of", value(body));
        sample.entry()
    };
    let (first, second) = (of("first"), of("other"));
    for has_another in [false, true] {
        put(store, &key, &first).await;
        purge(store, Purge::hard(Scope::Key(key.clone()))).await;
        if has_another {
            put(store, &key, &second).await;
        }
        store.freshen(&key, Arc::new(newer(&first)));
        // What is put later is found later.
        let marker = Sample::new(has_another.to_string()).entry();
        put(store, &self::key("marker"), &marker).await;
        let Some(found) = find(store, &key, &HeaderMap::new()).await else {
            continue;
        };
        let of = &found.head().metadata().headers["x-of"];
        assert_eq!(
            found.body(),
            of.as_bytes(),
            "a head was found with the body of another response"
        );
    }
}

/// A hard purge of a key.
pub async fn a_purged_key_is_gone_with_all_variants(store: &impl Store) {
    let (purged, kept) = (key("purged"), key("purged-not"));
    put(store, &purged, &Sample::new("a").of("de").entry()).await;
    put(store, &purged, &Sample::new("b").of("fr").entry()).await;
    put(store, &kept, &Sample::new("c").entry()).await;
    purge(store, Purge::hard(Scope::Key(purged.clone()))).await;
    for language in ["de", "fr"] {
        let found = find(store, &purged, &asking_for(language)).await;
        assert!(found.is_none(), "a purged key was found");
    }
    let found = find(store, &kept, &HeaderMap::new()).await;
    assert!(found.is_some(), "another key was purged");
}

/// A hard purge of a prefix.
pub async fn a_purged_prefix_is_gone(store: &impl Store) {
    let keys = [key("shop/1"), key("shop/2"), key("sho")];
    for key in &keys {
        put(store, key, &Sample::new("a").entry()).await;
    }
    let prefix = Scope::Prefix(key("shop/").as_str().into());
    purge(store, Purge::hard(prefix)).await;
    for (key, is_there) in keys.iter().zip([false, false, true]) {
        let found = find(store, key, &HeaderMap::new()).await;
        assert_eq!(
            found.is_some(),
            is_there,
            "{key} after its prefix was purged"
        );
    }
}

/// A hard purge of a tag.
pub async fn a_purged_tag_is_gone(store: &impl Store) {
    let keys = [key("tagged/1"), key("tagged/2"), key("tagged/3")];
    let tags: [&[&str]; 3] = [&["red", "green"], &["green"], &["blue"]];
    for (key, tags) in keys.iter().zip(tags) {
        put(store, key, &Sample::new("a").tags(tags).entry()).await;
    }
    purge(store, Purge::hard(Scope::Tag("green".into()))).await;
    for (key, is_there) in keys.iter().zip([false, false, true]) {
        let found = find(store, key, &HeaderMap::new()).await;
        assert_eq!(found.is_some(), is_there, "{key} after its tag was purged");
    }
}

/// A purge is about what was there.
pub async fn what_is_put_after_a_purge_is_found(store: &impl Store) {
    let key = key("again");
    let entry = Sample::new("a").tags(&["again"]).entry();
    for scope in [
        Scope::Key(key.clone()),
        Scope::Tag("again".into()),
        Scope::Prefix(key.as_str().into()),
    ] {
        purge(store, Purge::hard(scope.clone())).await;
        put(store, &key, &entry).await;
        let found = find(store, &key, &HeaderMap::new()).await;
        assert!(
            found.is_some(),
            "nothing was found after a purge of {scope:?}"
        );
    }
}

/// A soft purge: the same response, stale from then on.
pub async fn a_soft_purge_leaves_it_stale(store: &impl Store) {
    let key = key("soft");
    let now = NOW + Seconds::new(10);
    for scope in [
        Scope::Key(key.clone()),
        Scope::Tag("soft".into()),
        Scope::Prefix(key.as_str().into()),
    ] {
        put(store, &key, &Sample::new("a").tags(&["soft"]).entry()).await;
        purge(store, Purge::soft(scope.clone(), now)).await;
        let found = find(store, &key, &HeaderMap::new()).await;
        let found = found.unwrap_or_else(|| panic!("gone after a soft purge of {scope:?}"));
        let freshness = found.head().metadata().freshness;
        assert!(
            !freshness.is_fresh(now),
            "fresh after a soft purge of {scope:?}"
        );
        assert_eq!(found.body(), "a");
    }
}

/// A hard purge of everything.
pub async fn purging_all_leaves_nothing(store: &impl Store) {
    let key = key("all");
    put(store, &key, &Sample::new("a").entry()).await;
    purge(store, Purge::hard(Scope::All)).await;
    let found = find(store, &key, &HeaderMap::new()).await;
    assert!(found.is_none(), "something was found after all was purged");
}

const NOW: Timestamp = Timestamp::from_secs(1_767_225_600);

/// A response to put.
struct Sample {
    headers: HeaderMap,
    body: Bytes,
    language: Option<&'static str>,
    tags: Vec<Box<str>>,
}

impl Sample {
    fn new(body: impl Into<Bytes>) -> Self {
        Self {
            headers: HeaderMap::from_iter([
                (header::CONTENT_TYPE, value("text/plain")),
                (header::AGE, value("0")),
            ]),
            body: body.into(),
            language: None,
            tags: Vec::new(),
        }
    }

    fn of(mut self, language: &'static str) -> Self {
        self.headers.insert(header::VARY, value("accept-language"));
        self.language = Some(language);
        self
    }

    fn tags(mut self, tags: &[&str]) -> Self {
        self.tags = tags.iter().map(|tag| Box::from(*tag)).collect();
        self
    }

    #[allow(
        clippy::needless_update,
        reason = "what freshness may get beside these is the same for all samples"
    )]
    fn entry(self) -> Entry {
        let metadata = Metadata {
            status: StatusCode::OK,
            headers: self.headers,
            freshness: Freshness {
                received: NOW,
                initial_age: Seconds::new(3),
                lifetime: Seconds::new(600),
                stale_while_revalidate: Seconds::new(60),
                stale_if_error: Seconds::new(70),
                revalidation: Revalidation::Lenient,
                ..Freshness::default()
            },
        };
        let vary = Vary::parse(&metadata.headers);
        let asked = self.language.map(asking_for).unwrap_or_default();
        let variant = Policy::new().variant_key(&vary, &asked);
        let variant = variant.expect("no sample varies by everything");
        let head = Head::new(metadata, vary, variant, NOW);
        let head = head.with_tags(self.tags).with_ttl(Some(Seconds::new(600)));
        Entry::new(head, self.body, None)
    }
}

impl Entry {
    fn with_trailers(&self, trailers: HeaderMap) -> Self {
        Self::new(self.head().clone(), self.body().clone(), Some(trailers))
    }
}

/// As it is after a 304 an hour later.
fn newer(entry: &Entry) -> Entry {
    let mut head = entry.head().clone();
    let metadata = head.metadata_mut();
    metadata.headers.insert("x-newer", value("yes"));
    metadata.freshness.received = NOW + Seconds::new(3600);
    entry.with_head(head)
}

fn is_newer(found: &Entry, newer: &Entry) -> bool {
    found.head().metadata().headers == newer.head().metadata().headers
}

fn assert_same(found: &Entry, put: &Entry) {
    let (one, other) = (found.head(), put.head());
    assert_eq!(one.metadata().status, other.metadata().status);
    assert_eq!(one.metadata().headers, other.metadata().headers);
    assert_eq!(one.metadata().freshness, other.metadata().freshness);
    assert_eq!(one.vary(), other.vary());
    assert_eq!(one.variant(), other.variant());
    assert_eq!(one.asked(), other.asked());
    assert_eq!(one.ttl(), other.ttl());
    assert!(one.tags().eq(other.tags()), "the tags have changed");
    assert_eq!(found.trailers(), put.trailers());
    assert!(found.body() == put.body(), "the body has changed");
}

fn key(path: &str) -> Key {
    Key::new(format!("http://conformance.example/{path}"))
}

fn value(text: &'static str) -> HeaderValue {
    HeaderValue::from_static(text)
}

fn asking_for(language: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, value(language))])
}

async fn find(store: &impl Store, key: &Key, headers: &HeaderMap) -> Option<Arc<Entry>> {
    let wanted = Wanted::new(key, headers);
    match store.lookup(&wanted) {
        Lookup::Hit(entry) => Some(entry),
        Lookup::Ask => store.ask(wanted.into_owned()).await,
        Lookup::Miss | Lookup::VariantMiss => None,
    }
}

/// Puts, and waits until it is found.
async fn put(store: &impl Store, key: &Key, entry: &Entry) {
    store.put(key, Arc::new(entry.clone()));
    let language = entry.head().variant().as_bytes();
    let mut headers = HeaderMap::new();
    for name in ["de", "fr"] {
        if language.ends_with(&[name.as_bytes(), b"\0"].concat()) {
            headers = asking_for(name);
        }
    }
    until_found(store, (key, &headers), |found| found.body() == entry.body()).await;
}

async fn until_found(
    store: &impl Store,
    (key, headers): (&Key, &HeaderMap),
    is_it: impl Fn(&Entry) -> bool,
) {
    for _ in 0..500 {
        let found = find(store, key, headers).await;
        if found.is_some_and(|found| is_it(&found)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{key} was put, and not found within 5 seconds");
}

async fn purge(store: &impl Store, purge: Purge) {
    let done = store.purge(&purge).await;
    done.unwrap_or_else(|error| panic!("the purge {purge:?} failed: {error}"));
}
