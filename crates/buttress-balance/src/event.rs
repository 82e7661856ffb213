use std::fmt;

/// Something changed about an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The endpoint's name: its key as text.
    pub endpoint: &'a str,
    /// What changed.
    pub kind: Kind,
}

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// It is known now.
    Added,
    /// It is known no more; what is in flight ends.
    Removed,
    /// It was not reached several times in a row: nothing is sent to it for a while.
    Opened,
    /// It was reached again.
    Closed,
    /// It answered badly several times in a row: it is left out for a while.
    Ejected,
    /// The time of its ejection is over.
    Returned,
    /// Checks say that it is not well.
    Down,
    /// Checks say that it is well again.
    Up,
    /// Its service failed to get ready and was made anew.
    Remade,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Opened => "opened",
            Self::Closed => "closed",
            Self::Ejected => "ejected",
            Self::Returned => "returned",
            Self::Down => "down",
            Self::Up => "up",
            Self::Remade => "remade",
        })
    }
}
