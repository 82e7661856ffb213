//! What is known of a request that was sent to the origin, and what becomes of
//! the response.

use crate::{
    Entry, Head, Key, Purge, ResponseBody, Scope, background,
    fill::Fill,
    flight::Lead,
    judge::{Unkept, expected_length},
    marks::{Kind, Mark},
    origin::OriginBody,
    policy::{CacheStatus, Exchange, ForwardReason, RequestTerms, Timestamp},
    purge::Moment,
    recording::Recording,
    serve::ttl,
    shared::Shared,
};
use http::{HeaderMap, Request, Response, StatusCode, response::Parts};
use http_body_util::BodyExt;
use std::sync::Arc;

/// A request on its way, without the request.
pub(crate) struct Sent {
    pub(crate) shared: Arc<Shared>,
    pub(crate) key: Key,
    pub(crate) terms: RequestTerms,
    /// The fields that the client sent.
    pub(crate) headers: HeaderMap,
    pub(crate) lead: Option<Lead>,
    pub(crate) stored: Option<Arc<Entry>>,
    pub(crate) reason: ForwardReason,
    /// The origin was asked whether `stored` still holds.
    validates: bool,
    pub(crate) begun: Moment,
    pub(crate) requested: Timestamp,
}

impl Sent {
    pub(crate) fn new<ReqBody>(
        shared: Arc<Shared>,
        (key, terms): (Key, RequestTerms),
        (lead, stored, reason): (Option<Lead>, Option<Arc<Entry>>, ForwardReason),
        request: &mut Request<ReqBody>,
    ) -> Self {
        let headers = request.headers().clone();
        if lead.is_some() {
            shared.state.go_around(request.extensions_mut());
        }
        // What HEAD gets is compared with what is stored, and needs no condition.
        let validated = stored.as_ref().filter(|_| !terms.is_head());
        let validates = validated.is_some_and(|entry| {
            let metadata = entry.head().metadata();
            metadata.make_conditional(request.headers_mut())
        });
        if stored.is_none() {
            shared.state.counters.misses.one();
        }
        tracing::debug!(%key, reason = reason.as_str(), validates, "asks the origin");
        Self {
            begun: shared.state.purges.now(),
            requested: shared.settings.clock.now(),
            shared,
            key,
            terms,
            headers,
            lead,
            stored,
            reason,
            validates,
        }
    }

    /// The origin has failed: what is stale may have to do.
    pub(crate) fn failed<B>(mut self) -> Option<Response<ResponseBody<B>>> {
        let entry = self.stand_in()?;
        Some(self.stand_in_with(&entry, None))
    }

    /// The origin has answered.
    pub(crate) fn received<B>(mut self, response: Response<B>) -> Response<ResponseBody<B>>
    where
        B: OriginBody,
    {
        let status = response.status();
        if self.validates && status == StatusCode::NOT_MODIFIED {
            if let Some(entry) = self.stored.take() {
                return self.validated(&entry, response.headers());
            }
        }
        if self.shared.settings.policy.is_failure(status) {
            if let Some(entry) = self.stand_in() {
                return self.stand_in_with(&entry, Some(status));
            }
        }
        let (parts, body) = response.into_parts();
        if self.terms.is_head() {
            self.learn_from_head(&parts);
        }
        match self.judge(&parts, &body) {
            Ok(head) => self.keep(parts, body, head),
            Err(why) => self.pass(parts, body, why),
        }
    }

    pub(crate) fn exchange(&self) -> Exchange {
        Exchange {
            requested: self.requested,
            received: self.shared.settings.clock.now(),
        }
    }

    fn stand_in(&self) -> Option<Arc<Entry>> {
        let entry = self.stored.as_ref()?;
        let now = self.shared.settings.clock.now();
        let freshness = &entry.head().metadata().freshness;
        let policy = &self.shared.settings.policy;
        let age = policy.on_error(&self.terms, freshness, now);
        age.map(|_| entry.clone())
    }

    fn stand_in_with<B>(
        &mut self,
        entry: &Arc<Entry>,
        status: Option<StatusCode>,
    ) -> Response<ResponseBody<B>> {
        // Those who wait would meet the same failure; they judge for themselves.
        if let Some(lead) = self.lead.take() {
            lead.land(entry.clone());
        }
        tracing::debug!(key = %self.key, "stale because the origin failed");
        self.shared.state.counters.stale.one();
        let now = self.shared.settings.clock.now();
        let mut response = self.shared.serve(entry, (&self.terms, &self.headers), now);
        let freshness = &entry.head().metadata().freshness;
        let said = CacheStatus::forward(self.reason).detail("stale-if-error");
        self.say(&mut response, said, |said| {
            let said = said.ttl(ttl(freshness, now));
            match status {
                Some(status) => said.forward_status(status),
                None => said,
            }
        });
        response
    }

    pub(crate) fn drop_stored(&self) {
        let purge = Purge::hard(Scope::Key(self.key.clone()));
        background::finish(self.shared.state.purge(&purge));
    }

    /// Streams a response that is stored when it has come whole.
    fn keep<B>(mut self, parts: Parts, body: B, head: Head) -> Response<ResponseBody<B>>
    where
        B: OriginBody,
    {
        let freshness = &head.metadata().freshness;
        let time_left = ttl(freshness, self.shared.settings.clock.now());
        let head = Arc::new(head);
        self.shared.state.marks.remove(self.key.short_hash());
        let lead = self.lead.take();
        // What is stale at once has to be asked for by each.
        let lead = match lead {
            Some(lead) if time_left > 0 => Some(lead),
            Some(lead) => {
                lead.part();
                None
            }
            None => None,
        };
        let announcer = lead.as_ref().map(Lead::announcer);
        let recording = Recording::new(&self, head.clone(), lead);
        let body = Box::pin(body.map_err(Into::into));
        let window = self.shared.settings.largest_body;
        let recorder = Box::new(|whole| recording.end(whole));
        // A server asks for no body where there is none on the wire.
        let expected = match parts.status {
            StatusCode::NO_CONTENT => Some(0),
            _ => expected_length(&parts.headers),
        };
        let (fill, reader) = Fill::new(body, expected, window, recorder);
        if let Some(announcer) = announcer {
            announcer.fill(head, fill.clone());
        }
        fill.begin();
        let mut response = Response::from_parts(parts, ResponseBody::shared(reader));
        let said = CacheStatus::forward(self.reason).stored();
        self.say(&mut response, said, |said| said.ttl(time_left));
        response
    }

    /// Passes a response on that is not stored.
    fn pass<B>(mut self, parts: Parts, body: B, why: Unkept) -> Response<ResponseBody<B>> {
        if let Some(lead) = self.lead.take() {
            lead.part();
        }
        if why.lasts && !self.terms.is_head() {
            let now = self.shared.settings.clock.now();
            let until = now + self.shared.settings.apart_for;
            let kind = match self.reason {
                ForwardReason::UriMiss | ForwardReason::Miss => Kind::Bare,
                _ => Kind::Beside,
            };
            let (hash, mark) = (self.key.short_hash(), Mark { until, kind });
            self.shared.state.marks.set(hash, now, mark);
        }
        // The origin has something newer than what is stored.
        let is_answer = parts.status.is_success()
            || parts.status.is_redirection() && parts.status != StatusCode::NOT_MODIFIED
            || matches!(parts.status, StatusCode::NOT_FOUND | StatusCode::GONE);
        if self.stored.is_some() && !self.terms.is_head() && is_answer {
            self.drop_stored();
        }
        tracing::debug!(key = %self.key, why = why.word, "not stored");
        let mut response = Response::from_parts(parts, ResponseBody::passed(body));
        let said = CacheStatus::forward(self.reason);
        self.say(&mut response, said, |said| said.detail(why.word));
        response
    }

    pub(crate) fn say<B>(
        &self,
        response: &mut Response<ResponseBody<B>>,
        said: CacheStatus,
        details: impl FnOnce(CacheStatus) -> CacheStatus,
    ) {
        let key = self.key.as_str();
        let reporter = &self.shared.settings.reporter;
        reporter.say(
            response.headers_mut(),
            || said,
            |said| details(said).key(key),
        );
    }
}
