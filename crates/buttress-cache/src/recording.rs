use crate::{
    Entry, Head, Key, entry::compact, fill::Whole, flight::Lead, purge::Moment, sent::Sent,
    shared::Shared,
};
use bytes::Bytes;
use http::{StatusCode, header::CONTENT_LENGTH};
use std::sync::Arc;

/// A response that will be stored if it comes whole.
pub(crate) struct Recording {
    shared: Arc<Shared>,
    key: Key,
    head: Arc<Head>,
    begun: Moment,
    /// Others may join until it is over.
    lead: Option<Lead>,
}

impl Recording {
    pub(crate) fn new(sent: &Sent, head: Arc<Head>, lead: Option<Lead>) -> Self {
        Self {
            shared: sent.shared.clone(),
            key: sent.key.clone(),
            head,
            begun: sent.begun,
            lead,
        }
    }

    /// Stores what came whole, and then lets go of the flight: who comes next
    /// finds it in the store.
    pub(crate) fn end(self, whole: Option<Whole>) {
        let counters = &self.shared.state.counters;
        let stored = whole.is_some_and(|whole| self.store(whole));
        tracing::debug!(key = %self.key, stored, "a response has ended");
        match stored {
            true => counters.stored.one(),
            false => counters.unstored.one(),
        }
        drop(self.lead);
    }

    fn store(&self, whole: Whole) -> bool {
        let mut head = Head::clone(&self.head);
        let body = joined(&whole.chunks);
        let metadata = head.metadata_mut();
        let has_length = whole.trailers.is_none() && metadata.status != StatusCode::NO_CONTENT;
        if has_length {
            // So that a hit has nothing to add.
            metadata.headers.insert(CONTENT_LENGTH, body.len().into());
        }
        metadata.headers = compact(&metadata.headers);
        let entry = Arc::new(Entry::new(head, body, whole.trailers));
        let state = &self.shared.state;
        let put = || {
            state.store.put(&self.key, entry.clone());
            // One that was made meanwhile, for another variant, would hide it.
            state.marks.remove(self.key.short_hash());
        };
        state
            .purges
            .unless_purged(self.begun, (&self.key, &entry), put)
    }
}

/// All bytes in memory of their own: a slice would keep all that it is one of.
fn joined(chunks: &[Bytes]) -> Bytes {
    match chunks {
        [] => Bytes::new(),
        [chunk] => Bytes::copy_from_slice(chunk),
        chunks => chunks.concat().into(),
    }
}
