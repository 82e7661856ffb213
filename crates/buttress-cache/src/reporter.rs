use crate::policy::CacheStatus;
use http::{HeaderMap, HeaderName, HeaderValue};

/// How much a cache tells of itself in `Cache-Status` (RFC 9211).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatusMode {
    /// Nothing. The field tells clients what others have asked for (RFC 9211 §6).
    #[default]
    Off,
    /// Whether it was a hit, and why not; whether the response was stored or
    /// shared.
    Short,
    /// That, and the time that is left, the origin's status, the key, and the
    /// reason for which a response is not stored.
    Full,
}

/// Writes `Cache-Status`.
#[derive(Clone, Debug)]
pub(crate) struct Reporter {
    mode: StatusMode,
    name: Box<str>,
    /// The short form of a hit, which is most of what is written.
    hit: HeaderValue,
}

static FIELD: HeaderName = HeaderName::from_static("cache-status");

impl Reporter {
    pub(crate) fn new(mode: StatusMode, name: &str) -> Self {
        Self {
            mode,
            name: name.into(),
            hit: CacheStatus::hit().to_value(name),
        }
    }

    pub(crate) fn with_mode(&self, mode: StatusMode) -> Self {
        Self::new(mode, &self.name)
    }

    pub(crate) fn named(&self, name: &str) -> Self {
        Self::new(self.mode, name)
    }

    /// Whether it tells keys.
    pub(crate) fn is_full(&self) -> bool {
        self.mode == StatusMode::Full
    }

    pub(crate) fn hit(
        &self,
        headers: &mut HeaderMap,
        details: impl FnOnce(CacheStatus) -> CacheStatus,
    ) {
        match self.mode {
            StatusMode::Off => {}
            StatusMode::Short => drop(headers.append(&FIELD, self.hit.clone())),
            StatusMode::Full => details(CacheStatus::hit()).append_to(headers, &self.name),
        }
    }

    /// Says `status`, and where everything is to be said `details` as well.
    pub(crate) fn say(
        &self,
        headers: &mut HeaderMap,
        status: impl FnOnce() -> CacheStatus,
        details: impl FnOnce(CacheStatus) -> CacheStatus,
    ) {
        match self.mode {
            StatusMode::Off => {}
            StatusMode::Short => status().append_to(headers, &self.name),
            StatusMode::Full => details(status()).append_to(headers, &self.name),
        }
    }
}

impl Default for Reporter {
    fn default() -> Self {
        Self::new(StatusMode::Off, "buttress")
    }
}
