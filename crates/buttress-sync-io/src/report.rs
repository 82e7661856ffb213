use crate::Kind;
use std::{fmt, sync::Arc, time::Duration};

/// How something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Tier {
    /// A poll took longer than the budget.
    Watch,
    /// A poll made a system call that may block.
    Exact,
}

impl Tier {
    /// The name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Exact => "exact",
        }
    }
}

/// One function on a stack; those that were inlined have frames of their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Frame {
    pub(crate) function: String,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) is_user: bool,
    /// One of several jumps led out of it, and which is not known.
    pub(crate) is_guess: bool,
}

impl Frame {
    #[cfg(feature = "detect")]
    pub(crate) fn new(function: String, file: Option<String>, line: Option<u32>) -> Self {
        Self {
            function,
            file,
            line,
            is_user: false,
            is_guess: false,
        }
    }

    /// Its name, as far as symbols or line tables know it.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.function
    }

    /// The file of its source.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The line that it was at.
    #[must_use]
    pub fn line(&self) -> Option<u32> {
        self.line
    }

    /// Whether its source is neither the standard library's nor a dependency's.
    #[must_use]
    pub fn is_user(&self) -> bool {
        self.is_user
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.function)?;
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, " at {file}:{line}"),
            (Some(file), None) => write!(f, " at {file}"),
            _ => Ok(()),
        }
    }
}

/// One thing that held a worker up. See the [crate docs](crate).
///
/// `Display` is a few lines for people: the head, then the stack.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// How it was found.
    pub tier: Tier,
    /// What it was.
    pub kind: Kind,
    /// The system call, the first one where there were several.
    pub call: Option<&'static str>,
    /// How many calls make up this one operation.
    pub calls: u32,
    /// The file, address or descriptor that the call was about.
    pub target: Option<String>,
    /// For how long: all of the poll with [`Tier::Watch`], the calls with
    /// [`Tier::Exact`], but for those that start processes.
    pub elapsed: Option<Duration>,
    /// The CPU time of the worker meanwhile.
    pub cpu: Option<Duration>,
    /// The time for which the worker was ready to run, and did not.
    pub run_queue: Option<Duration>,
    /// The method of the request.
    pub method: Option<String>,
    /// The route of the request.
    pub route: Option<String>,
    /// The name that was given to `watch_blocking`.
    pub job: Option<String>,
    /// The name of the worker's thread.
    pub worker: Arc<str>,
    /// The stack, the innermost function first.
    pub stack: Vec<Frame>,
    /// The same for the same stack within one process.
    pub stack_hash: u64,
    /// How often this stack was seen so far.
    pub count: u64,
    /// Whether a register had to be guessed to unwind, or a line where there are
    /// two: a frame may be wrong.
    pub inferred: bool,
    /// Whether the poll had not ended yet.
    pub ongoing: bool,
}

impl Report {
    /// The innermost frame of the app's own code: the place to look at.
    #[must_use]
    pub fn location(&self) -> Option<&Frame> {
        self.stack.iter().find(|frame| frame.is_user)
    }

    /// The stack with the app's own frames first.
    pub fn frames(&self) -> impl Iterator<Item = &Frame> {
        let user = self.stack.iter().filter(|frame| frame.is_user);
        user.chain(self.stack.iter().filter(|frame| !frame.is_user))
    }
}

/// So many frames are printed.
const PRINTED: usize = 12;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "blocked a worker: {}", self.kind.as_str())?;
        if let Some(call) = self.call {
            write!(f, ", {call}")?;
        }
        if let Some(target) = &self.target {
            write!(f, " of {target}")?;
        }
        if let Some(elapsed) = self.elapsed {
            let so_far = if self.ongoing { " so far" } else { "" };
            write!(f, ", {elapsed:.1?}{so_far}")?;
        }
        for part in [&self.method, &self.route, &self.job].into_iter().flatten() {
            write!(f, " {part}")?;
        }
        if self.inferred {
            f.write_str(" (stack inferred)")?;
        }
        for frame in self.frames().take(PRINTED) {
            write!(f, "\n    {frame}")?;
        }
        Ok(())
    }
}
