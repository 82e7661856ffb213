use crate::policy::Timestamp;
use std::{fmt, sync::Arc, time::SystemTime};

/// The time of day, or what a test says it is.
#[derive(Clone, Default)]
pub(crate) struct Clock(Option<Arc<dyn Fn() -> SystemTime + Send + Sync>>);

impl Clock {
    pub(crate) fn new(clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(clock)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        match &self.0 {
            None => SystemTime::now().into(),
            Some(clock) => clock().into(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_none() { "System" } else { "Given" })
    }
}
