use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

type Checked = Pin<Box<dyn Future<Output = bool> + Send>>;

/// Asks endpoints whether they are well.
///
/// See [`Balancer::check_health`](crate::Balancer::check_health).
#[derive(Clone)]
#[must_use]
pub struct HealthCheck<K> {
    pub(crate) check: Arc<dyn Fn(K) -> Checked + Send + Sync>,
    pub(crate) interval: Duration,
    pub(crate) timeout: Duration,
    pub(crate) rules: Rules,
}

/// How many answers in a row change its mind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) rise: u32,
    pub(crate) fall: u32,
}

impl<K> HealthCheck<K> {
    /// A check that says whether an endpoint is well: a request to its `/readyz`, say.
    pub fn new<F>(check: impl Fn(K) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = bool> + Send + 'static,
    {
        Self {
            check: Arc::new(move |key| Box::pin(check(key))),
            interval: Duration::from_secs(2),
            timeout: Duration::from_secs(1),
            rules: Rules { rise: 2, fall: 2 },
        }
    }

    /// The time between two checks of an endpoint: 2 s.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// How long a check may take: 1 s. What takes longer is not well.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many good checks in a row bring an endpoint back: 2.
    pub fn rise(mut self, checks: u32) -> Self {
        self.rules.rise = checks.max(1);
        self
    }

    /// How many bad ones in a row take it out: 2.
    pub fn fall(mut self, checks: u32) -> Self {
        self.rules.fall = checks.max(1);
        self
    }
}

impl<K> fmt::Debug for HealthCheck<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthCheck")
            .field("interval", &self.interval)
            .field("timeout", &self.timeout)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

/// What the checks of one endpoint say. It counts as well until they say otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Health {
    is_down: bool,
    /// Checks in a row that say otherwise.
    against: u32,
}

impl Health {
    /// Says whether this changed its mind.
    pub(crate) fn checked(&mut self, is_well: bool, rules: Rules) -> bool {
        if is_well != self.is_down {
            self.against = 0;
            return false;
        }
        self.against += 1;
        let needed = if is_well { rules.rise } else { rules.fall };
        if self.against < needed {
            return false;
        }
        *self = Self {
            is_down: !is_well,
            against: 0,
        };
        true
    }

    pub(crate) fn is_down(&self) -> bool {
        self.is_down
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The last checks in a row decide, and it says so each time that it changes.
        #[test]
        fn so_many_in_a_row_change_its_mind(
            checks in prop::collection::vec(any::<bool>(), 0..100),
            rise in 1u32..4,
            fall in 1u32..4,
        ) {
            let (mut health, rules) = (Health::default(), Rules { rise, fall });
            let (mut is_down, mut last, mut in_a_row) = (false, true, 0);
            for is_well in checks {
                in_a_row = if is_well == last { in_a_row + 1 } else { 1 };
                last = is_well;
                let needed = if is_well { rise } else { fall };
                let changes = is_down == is_well && in_a_row >= needed;
                is_down ^= changes;
                prop_assert_eq!(health.checked(is_well, rules), changes);
                prop_assert_eq!(health.is_down(), is_down);
            }
        }
    }
}
