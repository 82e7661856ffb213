//! Which endpoint a request goes to: what its client is used to, then one that has to be
//! tried, then what the policy says of those that are well and have room.

use crate::{
    Key, Refusal,
    load::InFlight,
    policy::{self, Policy},
    snapshot::{Shared, Snapshot},
    state::State,
    sticky::Affinity,
};
use std::sync::{Arc, PoisonError, atomic::Ordering::Relaxed};

/// An endpoint that a request goes to, with a place in it.
pub(crate) struct Chosen<K, S> {
    pub(crate) endpoint: Shared<K, S>,
    pub(crate) in_flight: InFlight,
}

impl<K: Key, S: Clone, C> State<K, S, C> {
    /// An endpoint for a request that was sent to those in `tried` before, or why there
    /// is none, and when there may be one again.
    pub(crate) fn choose(
        &self,
        tried: &[u64],
        affinity: &Affinity,
    ) -> Result<Chosen<K, S>, (Refusal, u64)> {
        let now = self.clock.now();
        if self.snapshot.load().until <= now {
            self.look();
        }
        let snapshot = self.snapshot.load();
        if let Some(chosen) = self.known(&snapshot, tried, affinity) {
            return Ok(chosen);
        }
        if let Some(chosen) = self.trial(&snapshot, tried, now) {
            return Ok(chosen);
        }
        if tried.is_empty() && !snapshot.ready.is_empty() {
            let index = self.pick(&snapshot.ready, Some(&snapshot), affinity.key, now);
            if let Some(chosen) = self.enter(&snapshot.ready[index]) {
                return Ok(chosen);
            }
        }
        self.choose_of_rest(&snapshot, tried, affinity, now)
    }

    /// Without those that were tried, and that are full.
    fn choose_of_rest(
        &self,
        snapshot: &Snapshot<K, S>,
        tried: &[u64],
        affinity: &Affinity,
        now: u64,
    ) -> Result<Chosen<K, S>, (Refusal, u64)> {
        let most = self.settings.max_pending;
        let mut rest: Vec<_> = snapshot.ready.clone();
        rest.retain(|it| !tried.contains(&it.id));
        let untried = rest.len();
        rest.retain(|it| it.load.pending() < most);
        while !rest.is_empty() {
            let index = self.pick(&rest, None, affinity.key, now);
            let endpoint = rest.swap_remove(index);
            if let Some(chosen) = self.enter(&endpoint) {
                return Ok(chosen);
            }
        }
        Err(match untried {
            0 => (Refusal::NoEndpoint, snapshot.until.saturating_sub(now)),
            _ => (Refusal::Overloaded, 0),
        })
    }

    /// That which the client's cookie names, if it is well.
    fn known(
        &self,
        snapshot: &Snapshot<K, S>,
        tried: &[u64],
        affinity: &Affinity,
    ) -> Option<Chosen<K, S>> {
        let endpoint = snapshot.tags.get(affinity.tag.as_deref()?)?;
        if !endpoint.is_ready.load(Relaxed) || tried.contains(&endpoint.id) {
            return None;
        }
        self.enter(endpoint)
    }

    /// One that could not be reached, and that this request tries.
    fn trial(&self, snapshot: &Snapshot<K, S>, tried: &[u64], now: u64) -> Option<Chosen<K, S>> {
        let untried = |it: &&Shared<K, S>| !tried.contains(&it.id);
        let passes = |it: &&Shared<K, S>| it.judge(|standing| standing.try_pass(now));
        let endpoint = snapshot.trials.iter().filter(untried).find(passes)?;
        let chosen = self.enter(endpoint);
        if chosen.is_none() {
            self.judge(endpoint, |standing, now| {
                standing.abandoned(now);
                None
            });
        }
        chosen
    }

    fn enter(&self, endpoint: &Shared<K, S>) -> Option<Chosen<K, S>> {
        let in_flight = endpoint.load.enter(self.settings.max_pending)?;
        Some(Chosen {
            endpoint: Arc::clone(endpoint),
            in_flight,
        })
    }

    /// The index of one of them. The `snapshot` is there if they are all that are ready.
    fn pick(
        &self,
        ready: &[Shared<K, S>],
        snapshot: Option<&Snapshot<K, S>>,
        key: Option<u64>,
        now: u64,
    ) -> usize {
        // A spare, which stands in for others, has no weight of its own.
        let weight = |index: usize| match ready[index].weight(now) {
            weight if weight > 0.0 => weight,
            _ => 1.0,
        };
        if let Some(key) = key {
            // Not while it grows: keys would move with it.
            let weight = |index: usize| match ready[index].weight {
                weight if weight > 0.0 => weight,
                _ => 1.0,
            };
            return policy::rendezvous(key, ready.len(), |it| ready[it].id, weight);
        }
        let step = self.chance.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed);
        let pending = |index: usize| (ready[index].load.pending() + 1) as f64 / weight(index);
        match (self.settings.policy, snapshot) {
            (Policy::PeakEwma, _) => {
                let cost = |index: usize| ready[index].load.cost(now) / weight(index);
                policy::p2c(ready.len(), policy::mix(step), cost)
            }
            (Policy::RoundRobin, _) => self.turns.fetch_add(1, Relaxed) % ready.len(),
            (Policy::Weighted, Some(snapshot)) => {
                let turns = snapshot.turns.lock();
                turns.unwrap_or_else(PoisonError::into_inner).next(weight)
            }
            (Policy::LeastPending | Policy::Weighted, _) => {
                policy::least(ready.len(), policy::mix(step) as usize, pending)
            }
        }
    }
}
