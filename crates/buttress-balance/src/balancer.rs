use crate::{
    Backend, BalancerBuilder, Cautious, Change, EndpointState, HealthCheck, Key, builder::Settings,
    checks, state::State, sticky::Affinity,
};
use futures_core::Stream;
use std::{
    fmt,
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
};

/// Sends each request to one of many endpoints.
///
/// A tower service that is always ready: what cannot be sent anywhere is answered with
/// 503. Its clones share all that they know. See the [crate docs](crate).
pub struct Balancer<K, S, C = Cautious> {
    pub(crate) state: Arc<State<K, S, C>>,
}

impl<K: Key, S: Clone> Balancer<K, S> {
    /// A balancer over services that `make` makes: one for each endpoint, and another if
    /// that fails to get ready.
    ///
    /// Each request goes to a clone of its endpoint's service, so clones should share
    /// their connections.
    pub fn builder(make: impl Fn(&K) -> S + Send + Sync + 'static) -> BalancerBuilder<K, S> {
        BalancerBuilder::new(make)
    }
}

impl<K: Key, S: Clone, C> Balancer<K, S, C> {
    pub(crate) fn new(settings: Settings<K, S, C>, endpoints: Vec<Backend<K>>) -> Self {
        Self {
            state: Arc::new(State::new(settings, endpoints)),
        }
    }

    /// Changes the endpoints. Those that stay as they are keep all that is known of them.
    pub fn apply(&self, change: Change<K>) {
        self.state.apply(change);
    }

    /// Applies what a stream says, until it ends or all clones of the balancer are gone.
    ///
    /// The app spawns it. With tower's `Discover`, map its `Change`s.
    pub fn follow<D>(&self, changes: D) -> impl Future<Output = ()> + use<K, S, C, D>
    where
        D: Stream<Item = Change<K>>,
    {
        let state = Arc::downgrade(&self.state);
        async move {
            let mut changes = pin!(changes);
            while let Some(change) = poll_fn(|cx| changes.as_mut().poll_next(cx)).await {
                let Some(state) = state.upgrade() else { return };
                state.apply(change);
            }
        }
    }

    /// Checks the health of all endpoints again and again, until all clones of the
    /// balancer are gone. The app spawns it.
    ///
    /// An endpoint counts as well until checks say otherwise. One that could not be
    /// reached comes back with its first good check.
    pub fn check_health(&self, check: HealthCheck<K>) -> impl Future<Output = ()> + use<K, S, C> {
        checks::run(Arc::downgrade(&self.state), check)
    }

    /// Chooses an endpoint for a request that is not sent: what benches measure.
    #[doc(hidden)]
    #[must_use]
    pub fn pick(&self, key: Option<u64>) -> bool {
        let affinity = Affinity {
            key,
            ..Affinity::default()
        };
        self.state.choose(&[], &affinity).is_ok()
    }

    /// How the endpoints do.
    #[must_use]
    pub fn endpoints(&self) -> Vec<EndpointState<K>> {
        let now = self.state.clock.now();
        let all = self.state.all();
        all.iter().map(|it| EndpointState::of(it, now)).collect()
    }
}

impl<K, S, C> Clone for Balancer<K, S, C> {
    fn clone(&self) -> Self {
        Self {
            state: Arc::clone(&self.state),
        }
    }
}

impl<K, S, C> fmt::Debug for Balancer<K, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Balancer")
            .field("settings", &self.state.settings)
            .finish_non_exhaustive()
    }
}
