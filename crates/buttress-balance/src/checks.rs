//! The task that checks the health of all endpoints.

use crate::{HealthCheck, Key, snapshot::Shared, state::State};
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Weak,
    task::Poll,
};
use tokio::time::{sleep, timeout};

pub(crate) async fn run<K: Key, S: Clone, C>(state: Weak<State<K, S, C>>, check: HealthCheck<K>) {
    loop {
        let Some(endpoints) = state.upgrade().map(|state| state.all()) else {
            return;
        };
        let results = all(endpoints.iter().map(|endpoint| one(endpoint, &check))).await;
        let Some(state) = state.upgrade() else { return };
        for (endpoint, is_well) in endpoints.iter().zip(results) {
            state.judge(endpoint, |standing, _| {
                standing.checked(is_well, check.rules)
            });
        }
        drop((state, endpoints));
        sleep(check.interval).await;
    }
}

async fn one<K: Key, S>(endpoint: &Shared<K, S>, check: &HealthCheck<K>) -> bool {
    let checked = (check.check)(endpoint.backend.key.clone());
    timeout(check.timeout, checked).await.unwrap_or(false)
}

/// Polls all of them, which are few, until all are over.
async fn all<F: Future<Output = bool>>(checks: impl Iterator<Item = F>) -> Vec<bool> {
    let mut checks: Vec<(Pin<Box<F>>, Option<bool>)> =
        checks.map(|check| (Box::pin(check), None)).collect();
    poll_fn(|cx| {
        for (check, result) in &mut checks {
            if result.is_none() {
                if let Poll::Ready(is_well) = check.as_mut().poll(cx) {
                    *result = Some(is_well);
                }
            }
        }
        match checks.iter().all(|(_, result)| result.is_some()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    checks
        .iter()
        .map(|(_, result)| *result == Some(true))
        .collect()
}
