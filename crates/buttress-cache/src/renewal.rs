//! What a 304, or the answer to HEAD, makes of what is stored.

use crate::{
    Entry, Head, Lookup, ResponseBody,
    entry::compact,
    policy::{CacheStatus, Metadata, Update, Vary},
    sent::Sent,
    serve::ttl,
};
use http::{HeaderMap, Response, StatusCode, response::Parts};
use std::sync::Arc;

impl Sent {
    /// A 304 came: what is stored answers, under a newer head.
    pub(crate) fn validated<B>(
        mut self,
        entry: &Arc<Entry>,
        not_modified: &HeaderMap,
    ) -> Response<ResponseBody<B>> {
        let (policy, exchange) = (&self.shared.settings.policy, self.exchange());
        let stored = entry.head();
        let updated = policy.update(&self.terms, stored.metadata(), not_modified, exchange);
        let (entry, may_stay) = match updated {
            Update::Keep(metadata) => {
                let may_stay = self.answers_as_before(stored, &metadata);
                (self.renewed(entry, metadata), may_stay)
            }
            Update::Use(metadata) => (self.renewed(entry, metadata), false),
            // The request is spent and cannot be asked again. The origin has
            // compared it with what is stored, which therefore still answers it.
            _ => (entry.clone(), false),
        };
        self.replace(&entry, may_stay);
        self.shared.state.counters.revalidated.one();
        let now = exchange.received;
        let mut response = self.shared.serve(&entry, (&self.terms, &self.headers), now);
        let freshness = &entry.head().metadata().freshness;
        let said = CacheStatus::forward(self.reason);
        self.say(&mut response, said, |said| {
            said.forward_status(StatusCode::NOT_MODIFIED)
                .ttl(ttl(freshness, now))
        });
        response
    }

    /// RFC 9111 §4.3.5: the answer to HEAD is a newer head of what is stored.
    pub(crate) fn learn_from_head(&self, parts: &Parts) {
        let Some(entry) = &self.stored else {
            return;
        };
        let stored = entry.head().metadata();
        let policy = &self.shared.settings.policy;
        let (status, headers) = (parts.status, &parts.headers);
        let update = policy.update_from_head(&self.terms, stored, status, headers, self.exchange());
        match update {
            Some(Update::Keep(metadata)) if self.answers_as_before(entry.head(), &metadata) => {
                self.freshen(&self.renewed(entry, metadata));
            }
            Some(_) => self.drop_stored(),
            None => {}
        }
    }

    /// Puts a validated entry in the place of the old one, or takes that out.
    fn replace(&mut self, entry: &Arc<Entry>, may_stay: bool) {
        match may_stay {
            true => self.freshen(entry),
            false => self.drop_stored(),
        }
        let Some(lead) = self.lead.take() else {
            return;
        };
        let now = self.shared.settings.clock.now();
        let is_fresh = entry.head().metadata().freshness.is_fresh(now);
        match may_stay && is_fresh {
            true => lead.land(entry.clone()),
            false => lead.part(),
        }
    }

    fn freshen(&self, entry: &Arc<Entry>) {
        if self.is_outrun(entry) {
            return;
        }
        let state = &self.shared.state;
        let freshen = || state.store.freshen(&self.key, entry.clone());
        state
            .purges
            .unless_purged(self.begun, (&self.key, entry), freshen);
    }

    /// Whether another request, which asked later, has brought something else meanwhile:
    /// what was confirmed before that is no newer.
    fn is_outrun(&self, entry: &Entry) -> bool {
        match self.shared.lookup(&self.key, &self.headers) {
            Lookup::Hit(known) => {
                let is_other = known.body_id() != entry.body_id();
                is_other && known.head().asked() >= self.requested
            }
            _ => false,
        }
    }

    /// Whether it answers the requests that it has answered before. If its `Vary` has
    /// got more fields, it answers fewer; that it names fewer, as servers do in a 304,
    /// changes nothing.
    fn answers_as_before(&self, stored: &Head, metadata: &Metadata) -> bool {
        match (self.vary(metadata.vary()), stored.vary()) {
            (Vary::Fields(fields), Vary::Fields(known)) => {
                fields.iter().all(|field| known.contains(field))
            }
            _ => false,
        }
    }

    /// What is stored, under this head.
    fn renewed(&self, entry: &Arc<Entry>, mut metadata: Metadata) -> Arc<Entry> {
        let stored = entry.head();
        metadata.headers = compact(&metadata.headers);
        let mut head = stored.with_metadata(metadata, self.requested);
        if head.metadata().groups() != stored.metadata().groups() {
            let former = self.group_tags(stored.metadata());
            let kept = stored.tags().map(Box::<str>::from);
            let kept = kept.filter(|tag| !former.contains(tag));
            let tags: Vec<_> = kept.chain(self.group_tags(head.metadata())).collect();
            head = head.with_tags(tags);
        }
        self.keep_rules(stored, &mut head);
        Arc::new(entry.with_head(head))
    }

    /// What a handler said of the stored response holds for the validated one.
    fn keep_rules(&self, stored: &Head, validated: &mut Head) {
        let was = stored.metadata().freshness;
        let freshness = &mut validated.metadata_mut().freshness;
        if let Some(ttl) = stored.ttl() {
            freshness.lifetime = ttl;
        }
        if freshness.revalidation == was.revalidation {
            // A window that its fields did not give is the handler's; one that they
            // gave, the 304 may have taken back.
            let given = self.shared.settings.policy.by_fields(stored.metadata());
            if was.stale_while_revalidate != given.stale_while_revalidate {
                freshness.stale_while_revalidate = was.stale_while_revalidate;
            }
            if was.stale_if_error != given.stale_if_error {
                freshness.stale_if_error = was.stale_if_error;
            }
        }
        *freshness = freshness.shortened(self.jitter(freshness.lifetime));
    }
}
