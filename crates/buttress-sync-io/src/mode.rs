use std::str::FromStr;

/// How much a layer looks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// Nothing: the layer only forwards.
    Off,
    /// Polls that hold their worker longer than the budget. Safe in production.
    #[default]
    Watch,
    /// Also every blocking system call within a poll, however short: for
    /// development and tests. Where the system cannot do it, as [`Watch`](Self::Watch).
    Exact,
    /// As [`Exact`](Self::Exact), and a poll that blocked panics after it.
    Panic,
}

impl Mode {
    /// The name, as [`FromStr`] takes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Watch => "watch",
            Self::Exact => "exact",
            Self::Panic => "panic",
        }
    }

    #[cfg(feature = "detect")]
    pub(crate) fn is_exact(self) -> bool {
        matches!(self, Self::Exact | Self::Panic)
    }
}

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(name: &str) -> Result<Self, UnknownMode> {
        [Self::Off, Self::Watch, Self::Exact, Self::Panic]
            .into_iter()
            .find(|mode| mode.as_str() == name)
            .ok_or(UnknownMode)
    }
}

/// The error of a [`Mode`] that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownMode;

impl std::fmt::Display for UnknownMode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the mode is one of off, watch, exact, panic")
    }
}

impl std::error::Error for UnknownMode {}
