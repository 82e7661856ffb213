//! Which endpoint a request goes to: what its client is used to, then one that has to be
//! tried, then what the policy says of those that are well and have room.

use crate::{
    Key, Refusal,
    load::{InFlight, Load},
    policy::{self, Policy},
    shares::{Shares, share},
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
            let index = self.pick(&snapshot, affinity.key, now);
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
            let index = self.pick_of(&rest, affinity.key, now);
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

    /// The index of one of those that are ready.
    fn pick(&self, snapshot: &Snapshot<K, S>, key: Option<u64>, now: u64) -> usize {
        let (ready, shares) = (&snapshot.ready, &snapshot.shares);
        if let Some(key) = key {
            // Not by weights that grow: keys would move with them.
            return policy::rendezvous(key, &shares.ids, &shares.classes);
        }
        // While one starts slowly, weights are what they are just now.
        let has_started = now >= self.started.load(Relaxed);
        match self.settings.policy {
            Policy::PeakEwma if has_started => {
                let cost = |index: usize| shares.loads[index].cost(now) / shares.weights[index];
                policy::p2c(ready.len(), self.chance(), cost)
            }
            Policy::LeastPending if has_started && shares.classes.is_one() => {
                let pending = |load: &Arc<Load>| load.pending();
                policy::least(&shares.loads, self.chance() as usize, pending)
            }
            Policy::Weighted => {
                let turns = snapshot.turns.lock();
                let mut turns = turns.unwrap_or_else(PoisonError::into_inner);
                if has_started {
                    return turns.next(&shares.weights, shares.sum);
                }
                let weights: Vec<_> = ready.iter().map(|it| share(it.weight(now))).collect();
                turns.next(&weights, weights.iter().sum())
            }
            _ => self.pick_of(ready, None, now),
        }
    }

    /// The index of one of these, which may be any of those that are ready.
    fn pick_of(&self, ready: &[Shared<K, S>], key: Option<u64>, now: u64) -> usize {
        if let Some(key) = key {
            let shares = Shares::of(ready);
            return policy::rendezvous(key, &shares.ids, &shares.classes);
        }
        match self.settings.policy {
            Policy::PeakEwma => {
                let cost = |index: usize| {
                    let it = &ready[index];
                    it.load.cost(now) / share(it.weight(now))
                };
                policy::p2c(ready.len(), self.chance(), cost)
            }
            Policy::RoundRobin => self.turns.fetch_add(1, Relaxed) % ready.len(),
            Policy::LeastPending | Policy::Weighted => {
                let pending =
                    |it: &Shared<K, S>| (it.load.pending() + 1) as f64 / share(it.weight(now));
                policy::least(ready, self.chance() as usize, pending)
            }
        }
    }

    fn chance(&self) -> u64 {
        policy::mix(self.chance.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed))
    }
}
