//! Requests whose answers would not be stored: they pass, and take nothing along.
//!
//! A trip copies the fields of its request, by which the variant of a response is
//! told, and is boxed. What brings `no-store` each time needs neither.

use crate::{
    Key,
    judge::{Received, Unkept},
    marks::{Kind, Mark},
    policy::{CacheStatus, Exchange, ForwardReason, RequestTerms, Timestamp},
    shared::Shared,
};
use http::Response;
use http_body::Body;

/// A request that passes, and what its answer is judged by.
pub(crate) struct Apart {
    hash: u64,
    /// For `Cache-Status`.
    key: Option<Key>,
    terms: RequestTerms,
    reason: ForwardReason,
    requested: Timestamp,
    /// The mark of its key, if it has one.
    mark: Option<Mark>,
}

impl Shared {
    /// A request that passes before its key is made: nothing was stored under that of
    /// late.
    pub(crate) fn passes_unseen(
        &self,
        hash: u64,
        terms: &RequestTerms,
        now: Timestamp,
    ) -> Option<Apart> {
        let mark = self.state.marks.find(hash, now)?;
        let needs_key = self.settings.reporter.is_full()
            || self.state.searches.has_any()
            || terms.directives().only_if_cached;
        if mark.kind != Kind::Bare || needs_key {
            return None;
        }
        Some(Apart {
            hash,
            key: None,
            terms: *terms,
            reason: ForwardReason::UriMiss,
            requested: now,
            mark: Some(mark),
        })
    }

    /// A request that passes since nothing is stored for it, nor would be.
    ///
    /// Nothing is stored of what HEAD brings, nor, most likely, of what comes for a
    /// key of which all was for one client of late. Such a key is not asked for in a
    /// second tier either.
    pub(crate) fn passes(
        &self,
        key: &Key,
        terms: &RequestTerms,
        (reason, is_known): (ForwardReason, bool),
        now: Timestamp,
    ) -> Option<Apart> {
        let hash = key.short_hash();
        let mark = self.state.marks.find(hash, now);
        let is_marked = mark.is_some_and(|mark| mark.kind != Kind::Mixed);
        let passes = is_marked || terms.is_head() && is_known;
        passes.then(|| Apart {
            hash,
            key: self.settings.reporter.is_full().then(|| key.clone()),
            terms: *terms,
            reason,
            requested: now,
            mark,
        })
    }
}

impl Apart {
    /// Looks at the answer, and keeps the mark up to date.
    pub(crate) fn received<B: Body>(self, shared: &Shared, response: &mut Response<B>) {
        let now = shared.settings.clock.now();
        let why = self.judge(shared, response, now);
        let until = now + shared.settings.apart_for;
        let marks = &shared.state.marks;
        match (self.mark, &why) {
            (Some(_), None) => marks.mix(self.hash, until),
            // Once a second is enough.
            (Some(mark), Some(why)) if why.lasts && mark.until != until => {
                marks.set(self.hash, now, Mark { until, ..mark });
            }
            _ => {}
        }
        let word = why.map_or("hit-for-miss", |why| why.word);
        tracing::debug!(key = ?self.key, why = word, "passed, and not stored");
        shared.settings.reporter.say(
            response.headers_mut(),
            || CacheStatus::forward(self.reason),
            |said| match &self.key {
                Some(key) => said.detail(word).key(key.as_str()),
                None => said.detail(word),
            },
        );
    }

    /// Why the answer would not have been stored, if so.
    fn judge<B: Body>(
        &self,
        shared: &Shared,
        response: &Response<B>,
        received: Timestamp,
    ) -> Option<Unkept> {
        let exchange = Exchange {
            requested: self.requested,
            received,
        };
        let (status, headers) = (response.status(), response.headers());
        let answer = Received::of(response);
        let policy = &shared.settings.policy;
        // What forbids most of it comes first.
        let refusal = policy.refusal(&self.terms, status, headers, exchange, answer.ttl());
        let refused = refusal.map(|why| shared.unkept(&self.terms, why, status));
        refused.or_else(|| shared.exceeds(&answer))
    }
}
