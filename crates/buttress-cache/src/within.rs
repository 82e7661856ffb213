use crate::shared::State;
use http::Extensions;
use std::sync::Arc;

/// The caches that a request goes through on its way to the origin.
///
/// Only those in which it leads a flight. A layer may stand twice around one service,
/// around a router and around one nested in it. The inner one would wait for what the
/// outer one brings, which waits for it; so it passes.
#[derive(Clone, Debug)]
struct Within(Vec<usize>);

impl State {
    /// Whether the request is on its way from this very cache.
    pub(crate) fn is_around(self: &Arc<Self>, extensions: &Extensions) -> bool {
        let within = extensions.get::<Within>();
        within.is_some_and(|Within(states)| states.contains(&self.id()))
    }

    /// Makes [`is_around`](Self::is_around) true for the request.
    pub(crate) fn go_around(self: &Arc<Self>, extensions: &mut Extensions) {
        let id = self.id();
        match extensions.get_mut::<Within>() {
            Some(Within(states)) => states.push(id),
            None => drop(extensions.insert(Within(vec![id]))),
        }
    }

    fn id(self: &Arc<Self>) -> usize {
        Arc::as_ptr(self) as usize
    }
}
