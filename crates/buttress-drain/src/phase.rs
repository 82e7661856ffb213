/// Where a drain stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Phase {
    /// Nobody has asked for an end.
    Serving,
    /// Readiness says no, and all else goes on: load balancers look elsewhere.
    Announced,
    /// Answers over HTTP/1 say `Connection: close`; nothing is closed yet.
    Lingering,
    /// Idle connections are closed, and what is in flight goes on.
    Draining,
    /// The deadline has passed, or somebody asked for the end at once: what is
    /// still in flight is cut.
    Overdue,
}

impl Phase {
    /// Whether HTTP/1 answers should close their connection.
    #[must_use]
    pub fn closes(self) -> bool {
        self >= Self::Lingering
    }
}
