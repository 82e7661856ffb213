//! Single flight: of those who ask for the same at once, one goes to the origin.

use crate::{
    Entry, Head, Key,
    fill::Fill,
    key::{self, BuildKeyHasher},
};
use std::{
    collections::{BTreeMap, HashMap, hash_map},
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

/// What is on its way from the origin, by key.
#[derive(Debug)]
pub(crate) struct Flights {
    map: Mutex<HashMap<Key, Arc<Flight>, BuildKeyHasher>>,
    most: usize,
    /// How many have ended, by some bits of the hash of what all variants of a
    /// response share in their keys.
    ended: Box<[AtomicU64; Self::COUNTERS]>,
}

#[derive(Debug, Default)]
struct Flight(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    phase: Phase,
    /// In the order in which they came.
    waiting: BTreeMap<u64, Option<Waker>>,
    next: u64,
}

#[derive(Debug, Default)]
enum Phase {
    /// Somebody asks the origin.
    #[default]
    Asking,
    /// Nobody does, since who did has left: the next one in the queue will.
    Vacant,
    /// It goes on without those who wait.
    Landed(Landing),
}

/// What followers are given.
#[derive(Clone)]
pub(crate) enum Landing {
    /// The head, and a body that is still coming.
    Filling(Arc<Head>, Arc<Fill>),
    /// All of it.
    Whole(Arc<Entry>),
    /// Nothing that would do for others: each asks for itself, at the same time.
    Apart,
}

/// How somebody takes part.
pub(crate) enum Part {
    /// Has to ask the origin.
    Leads(Lead),
    /// Gets what the leader gets.
    Follows(Follow),
    /// As many as may be are on their way: asks for itself.
    TooMany,
}

/// What became of a wait.
pub(crate) enum Turn {
    /// The leader has left, and this one takes its place.
    Leads(Lead),
    /// The leader has got an answer.
    Landed(Landing),
}

impl Flights {
    /// Two keys in one place: at worst the store is asked once more.
    const COUNTERS: usize = 256;

    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            map: Mutex::default(),
            most,
            ended: Box::new([const { AtomicU64::new(0) }; Self::COUNTERS]),
        })
    }

    /// A number that changes when a flight for `key`, or for a variant under it,
    /// ends: what the store did not have before may be there since.
    pub(crate) fn ended(&self, key: &Key) -> u64 {
        // What a flight has put is there for who sees that it has ended.
        self.counter(key).load(Ordering::Acquire)
    }

    fn counter(&self, key: &Key) -> &AtomicU64 {
        let hash = match key.as_str().split_once('\n') {
            Some((shared, _)) => key::hash([shared]),
            None => key.short_hash(),
        };
        &self.ended[hash as usize % Self::COUNTERS]
    }

    /// Takes part in the flight for `key`, which begins if there is none.
    pub(crate) fn join(self: &Arc<Self>, key: &Key) -> Part {
        let mut map = self.lock();
        if let Some(flight) = map.get(key) {
            let (flight, mut state) = (flight.clone(), flight.lock());
            let id = state.next;
            state.next += 1;
            state.waiting.insert(id, None);
            drop(state);
            let place = self.place(key, flight);
            return Part::Follows(Follow { place, id });
        }
        match self.begin(&mut map, key) {
            Some(lead) => Part::Leads(lead),
            None => Part::TooMany,
        }
    }

    /// Leads the flight for `key`, unless somebody already does.
    pub(crate) fn lead(self: &Arc<Self>, key: &Key) -> Option<Lead> {
        let mut map = self.lock();
        match map.contains_key(key) {
            true => None,
            false => self.begin(&mut map, key),
        }
    }

    fn begin(
        self: &Arc<Self>,
        map: &mut HashMap<Key, Arc<Flight>, BuildKeyHasher>,
        key: &Key,
    ) -> Option<Lead> {
        if map.len() >= self.most {
            return None;
        }
        let flight = Arc::<Flight>::default();
        map.insert(key.clone(), flight.clone());
        Some(Lead(self.place(key, flight)))
    }

    fn place(self: &Arc<Self>, key: &Key, flight: Arc<Flight>) -> Place {
        Place {
            flights: self.clone(),
            key: key.clone(),
            flight,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<Flight>, BuildKeyHasher>> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flight {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn land(&self, landing: Landing) {
        let mut state = self.lock();
        state.phase = Phase::Landed(landing);
        let wakers: Vec<_> = state
            .waiting
            .values_mut()
            .filter_map(Option::take)
            .collect();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl State {
    /// The waker of the first one in the queue that would be its turn.
    fn next_waker(&mut self) -> Option<Waker> {
        self.waiting.values_mut().next().and_then(Option::take)
    }
}

/// Somebody's place in a flight.
struct Place {
    flights: Arc<Flights>,
    key: Key,
    flight: Arc<Flight>,
}

impl Place {
    /// Takes the flight off the map, so that who comes next begins another one.
    fn close(&self) {
        self.close_in(&mut self.flights.lock());
    }

    fn close_in(&self, map: &mut HashMap<Key, Arc<Flight>, BuildKeyHasher>) {
        let hash_map::Entry::Occupied(known) = map.entry(self.key.clone()) else {
            return;
        };
        if Arc::ptr_eq(known.get(), &self.flight) {
            known.remove();
            self.flights
                .counter(&self.key)
                .fetch_add(1, Ordering::Release);
        }
    }
}

/// The one who asks the origin. Dropped before there is an answer, it hands over
/// to who waits longest.
pub(crate) struct Lead(Place);

/// Tells of a body that is coming, when who leads is kept with the body.
pub(crate) struct Announcer(Arc<Flight>);

impl Announcer {
    /// Others may read the body that comes with this head: those who wait, and
    /// those who come until the leader is dropped.
    pub(crate) fn fill(self, head: Arc<Head>, fill: Arc<Fill>) {
        self.0.land(Landing::Filling(head, fill));
    }
}

impl Lead {
    /// See [`Announcer`].
    pub(crate) fn announcer(&self) -> Announcer {
        Announcer(self.0.flight.clone())
    }

    /// What is stored now answers everybody.
    pub(crate) fn land(self, entry: Arc<Entry>) {
        self.0.close();
        self.0.flight.land(Landing::Whole(entry));
    }

    /// There is nothing to share.
    pub(crate) fn part(self) {
        self.0.close();
        self.0.flight.land(Landing::Apart);
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        // The map first, as everywhere: nobody can join in between.
        let mut map = self.0.flights.lock();
        let mut state = self.0.flight.lock();
        let is_over = !matches!(state.phase, Phase::Asking) || state.waiting.is_empty();
        if is_over {
            drop(state);
            self.0.close_in(&mut map);
            return;
        }
        state.phase = Phase::Vacant;
        let next = state.next_waker();
        drop((state, map));
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

/// Waits for the leader.
pub(crate) struct Follow {
    place: Place,
    id: u64,
}

impl Future for Follow {
    type Output = Turn;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Turn> {
        let mut state = self.place.flight.lock();
        match &state.phase {
            Phase::Asking => {
                state.waiting.insert(self.id, Some(cx.waker().clone()));
                Poll::Pending
            }
            Phase::Landed(landing) => Poll::Ready(Turn::Landed(landing.clone())),
            Phase::Vacant => {
                state.phase = Phase::Asking;
                state.waiting.remove(&self.id);
                drop(state);
                let Place {
                    flights,
                    key,
                    flight,
                } = &self.place;
                Poll::Ready(Turn::Leads(Lead(flights.place(key, flight.clone()))))
            }
        }
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        let mut map = self.place.flights.lock();
        let mut state = self.place.flight.lock();
        state.waiting.remove(&self.id);
        if !matches!(state.phase, Phase::Vacant) {
            return;
        }
        // It may have been woken to lead, and will not.
        let next = state.next_waker();
        let is_empty = state.waiting.is_empty();
        drop(state);
        if is_empty {
            self.place.close_in(&mut map);
        }
        drop(map);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

impl fmt::Debug for Landing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Filling(..) => "Filling",
            Self::Whole(_) => "Whole",
            Self::Apart => "Apart",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_on_their_way_are_bounded() {
        let flights = Flights::new(1);
        let keys = ["a", "b"].map(|key| Key::new(key.to_owned()));
        let lead = flights.join(&keys[0]);
        assert!(matches!(lead, Part::Leads(_)));
        assert!(matches!(flights.join(&keys[0]), Part::Follows(_)));
        assert!(matches!(flights.join(&keys[1]), Part::TooMany));
        drop(lead);
        assert!(matches!(flights.join(&keys[1]), Part::Leads(_)));
        assert!(flights.lock().is_empty(), "a flight that nobody is in");
    }

    #[test]
    fn the_end_of_a_flight_is_seen_by_all_variants_of_its_key() {
        let flights = Flights::new(2);
        let keys = ["a", "a\n00ff"].map(|key| Key::new(key.to_owned()));
        for key in &keys {
            let before = keys.each_ref().map(|key| flights.ended(key));
            let lead = flights.lead(key);
            assert_eq!(keys.each_ref().map(|key| flights.ended(key)), before);
            drop(lead);
            let after = keys.each_ref().map(|key| flights.ended(key));
            assert_eq!(after, before.map(|count| count + 1));
        }
    }
}
