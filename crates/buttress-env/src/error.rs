use crate::source::Origin;
use std::{fmt, process::ExitCode};

/// Everything that is wrong with the configuration, at once.
///
/// `Display` gives one line per problem, each with the variable's full name,
/// what was expected and where the value came from; never the value.
pub struct LoadError {
    problems: Vec<Problem>,
    incomplete: bool,
    note: Option<String>,
}

impl LoadError {
    pub(crate) const fn new(
        problems: Vec<Problem>,
        incomplete: bool,
        note: Option<String>,
    ) -> Self {
        Self {
            problems,
            incomplete,
            note,
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether more may come to light once these are mended: a type's own check
    /// refused all that it was offered in place of a missing or bad value.
    #[must_use]
    pub const fn is_incomplete(&self) -> bool {
        self.incomplete
    }

    /// What is not wrong, and yet may be the reason: see
    /// [`Loaded::note`](crate::Loaded::note). It has a line of its own at the end.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// 78, which sysexits.h calls `EX_CONFIG`: supervisors that know it do not
    /// start again what cannot start.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(78)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        if self.incomplete {
            f.write_str("\nmore may show once these are mended")?;
        }
        if let Some(note) = &self.note {
            write!(f, "\nnote: {note}")?;
        }
        Ok(())
    }
}

/// As `Display`, since `main` that returns it is printed by `Debug`.
impl fmt::Debug for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} problems:\n{self}", {
            self.problems.len()
        })
    }
}

impl std::error::Error for LoadError {}

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    variable: String,
    kind: Kind,
    message: String,
    origin: Option<Origin>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Missing,
    Invalid,
    Unknown,
}

impl Problem {
    pub(crate) fn new(
        kind: Kind,
        variable: impl Into<String>,
        origin: Option<Origin>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            variable: variable.into(),
            kind,
            message: message.into(),
            origin,
        }
    }

    /// The variable's full name, or the place in a `.env` file.
    #[must_use]
    pub fn variable(&self) -> &str {
        &self.variable
    }

    /// What was expected, or what to do.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where the value came from, if there is one.
    #[must_use]
    pub const fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Whether a value is needed and there is none.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.kind == Kind::Missing
    }

    /// Whether there is a value that will not do.
    #[must_use]
    pub fn is_invalid(&self) -> bool {
        self.kind == Kind::Invalid
    }

    /// Whether nothing asks for this variable.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.kind == Kind::Unknown
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.variable, self.message)?;
        match &self.origin {
            Some(origin) => write!(f, " (from {origin})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}
