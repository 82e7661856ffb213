//! For how long a stored response answers: a few numbers, all that a hit needs.

use super::{Seconds, Timestamp};

/// Whether a stored response may be served without asking the origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Revalidation {
    /// While it is fresh, and stale where the client, the response or the
    /// settings allow it.
    #[default]
    Lenient,
    /// While it is fresh, and stale only in the windows below: `must-revalidate`
    /// and `proxy-revalidate`, which leave none, and `s-maxage`, which leaves those
    /// that stand beside it (RFC 9111 §5.2.2).
    WhenStale,
    /// Never: `no-cache` (RFC 9111 §5.2.2.4).
    Always,
}

/// The freshness of a stored response, in absolute times, so that it is the same
/// in another process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freshness {
    /// When the response was received.
    pub received: Timestamp,
    /// How old it was then: `corrected_initial_age` (RFC 9111 §4.2.3).
    pub initial_age: Seconds,
    /// How old it may be (RFC 9111 §4.2.1).
    pub lifetime: Seconds,
    /// How long after that it may be served while it is refreshed (RFC 5861 §3).
    pub stale_while_revalidate: Seconds,
    /// How long after that it may be served if the origin fails (RFC 5861 §4).
    pub stale_if_error: Seconds,
    /// When the origin has to be asked.
    pub revalidation: Revalidation,
    /// It does not change while it is fresh (RFC 8246): a reload, which asks with
    /// `max-age=0`, is answered from the store.
    pub immutable: bool,
}

impl Freshness {
    /// `current_age` (RFC 9111 §4.2.3).
    ///
    /// Where the clock has gone back, or is behind the one of the process that
    /// stored the response, the distance counts all the same: a response from the
    /// future is not young until its time comes.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Seconds {
        let ahead = self.received.since(now);
        self.initial_age + now.since(self.received).max(ahead)
    }

    /// Whether it is fresh (RFC 9111 §4.2), whether or not it may be served.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.lifetime > self.age(now)
    }

    /// How long it will still be fresh; none if it is stale.
    #[must_use]
    pub fn remaining(&self, now: Timestamp) -> Seconds {
        self.lifetime - self.age(now)
    }

    /// How long it has been stale; none if it is fresh.
    #[must_use]
    pub fn staleness(&self, now: Timestamp) -> Seconds {
        self.age(now) - self.lifetime
    }

    /// The first second in which it is stale.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.received + (self.lifetime - self.initial_age)
    }

    /// When nothing but validation can make use of it any more: a store may drop
    /// it then, or some time later if it has a validator.
    #[must_use]
    pub fn useless_at(&self) -> Timestamp {
        if self.revalidation == Revalidation::Always {
            return self.received;
        }
        let window = self.stale_while_revalidate.max(self.stale_if_error);
        self.received + (self.lifetime + window - self.initial_age)
    }

    /// The same with a shorter lifetime, so that entries that were stored
    /// together do not expire together.
    #[must_use]
    pub fn shortened(mut self, by: Seconds) -> Self {
        self.lifetime = self.lifetime - by;
        self
    }

    /// Stale from `now` on, as a soft purge makes it: the windows after it begin
    /// now.
    #[must_use]
    pub fn expired(mut self, now: Timestamp) -> Self {
        self.lifetime = self.lifetime.min(self.age(now));
        self
    }
}
