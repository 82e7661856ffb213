use http::Method;
use std::sync::{Mutex, PoisonError};

/// How often requests go elsewhere when an endpoint did not answer.
///
/// See [`BalancerBuilder::retry`](crate::BalancerBuilder::retry).
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Retry {
    pub(crate) attempts: u32,
    pub(crate) ratio: f64,
    pub(crate) per_second: f64,
    pub(crate) replay: usize,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 3,
            ratio: 0.2,
            per_second: 10.0,
            replay: 64 * 1024,
        }
    }
}

impl Retry {
    /// As the default: two more attempts, and over all no more than one for each five
    /// requests and ten a second.
    pub fn new() -> Self {
        Self::default()
    }

    /// None at all.
    pub fn none() -> Self {
        Self::default().attempts(1)
    }

    /// How many endpoints a request is sent to at most: 3.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// How many there may be more than requests, as a share of these: 0.2. Where all
    /// endpoints fail, so much more load is the most that retries make of it.
    pub fn ratio(mut self, ratio: f64) -> Self {
        self.ratio = ratio.clamp(0.0, 10.0);
        self
    }

    /// How many a second there may be beside: 10, for where there are few requests.
    pub fn per_second(mut self, retries: f64) -> Self {
        self.per_second = retries.clamp(0.0, 1e6);
        self
    }

    /// How many bytes of a body are kept for being sent again, where the method may be
    /// repeated: 64 KiB. A body that is longer is sent once.
    pub fn replay(mut self, bytes: usize) -> Self {
        self.replay = bytes;
        self
    }
}

/// Whether doing it twice is as good as doing it once (RFC 9110 §9.2.2).
pub(crate) fn is_idempotent(method: &Method) -> bool {
    method.is_safe() || [Method::PUT, Method::DELETE].contains(method)
}

/// What retries may be taken from.
#[derive(Debug)]
pub(crate) struct Budget {
    rules: Retry,
    account: Mutex<Account>,
}

/// Pure but for its lock. Times are nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    tokens: f64,
    at: u64,
}

/// How many seconds of the allowance can be saved up.
const SAVED: f64 = 10.0;

impl Account {
    pub(crate) fn new(rules: Retry, now: u64) -> Self {
        Self {
            tokens: rules.per_second * SAVED,
            at: now,
        }
    }

    pub(crate) fn deposit(&mut self, rules: Retry) {
        // As much as a second of 1,000 requests brings, and the allowance beside.
        let most = rules.per_second * SAVED + rules.ratio * 1000.0;
        self.tokens = (self.tokens + rules.ratio).min(most.max(self.tokens));
    }

    pub(crate) fn withdraw(&mut self, rules: Retry, now: u64) -> bool {
        let seconds = now.saturating_sub(self.at) as f64 / 1e9;
        let allowance = rules.per_second * SAVED;
        if self.tokens < allowance {
            self.tokens = (self.tokens + seconds * rules.per_second).min(allowance);
        }
        self.at = self.at.max(now);
        let has = self.tokens >= 1.0;
        if has {
            self.tokens -= 1.0;
        }
        has
    }
}

impl Budget {
    pub(crate) fn new(rules: Retry, now: u64) -> Self {
        Self {
            rules,
            account: Mutex::new(Account::new(rules, now)),
        }
    }

    pub(crate) fn deposit(&self) {
        if self.rules.attempts > 1 {
            self.account().deposit(self.rules);
        }
    }

    pub(crate) fn withdraw(&self, now: u64) -> bool {
        self.account().withdraw(self.rules, now)
    }

    fn account(&self) -> std::sync::MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What is taken is never more than what was brought, allowed and saved.
        #[test]
        fn a_budget_is_kept(
            steps in prop::collection::vec((0u32..20, 0u32..20, 0u64..500_000_000), 0..100),
            ratio in 0.0f64..1.0,
            per_second in 0.0f64..50.0,
        ) {
            let rules = Retry::new().ratio(ratio).per_second(per_second);
            let (mut account, mut now) = (Account::new(rules, 0), 0);
            let (mut requests, mut retries) = (0, 0);
            for (asked, wanted, wait) in steps {
                now += wait;
                requests += asked;
                (0..asked).for_each(|_| account.deposit(rules));
                for _ in 0..wanted {
                    retries += u32::from(account.withdraw(rules, now));
                }
            }
            let allowed = per_second * (SAVED + now as f64 / 1e9) + ratio * f64::from(requests);
            prop_assert!(f64::from(retries) <= allowed + 1e-6, "{} of {}", retries, allowed);
        }
    }

    #[test]
    fn an_allowance_comes_back_with_time() {
        let rules = Retry::new().ratio(0.0).per_second(1.0);
        let mut account = Account::new(rules, 0);
        let taken = (0..20).filter(|_| account.withdraw(rules, 0)).count();
        assert_eq!(taken, 10);
        assert!(account.withdraw(rules, 1_000_000_000));
        assert!(!account.withdraw(rules, 1_000_000_000));
    }
}
