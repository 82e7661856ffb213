use std::process::{ExitCode, Termination};

/// How a drain ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Outcome {
    cut: usize,
}

impl Outcome {
    pub(crate) fn new(cut: usize) -> Self {
        Self { cut }
    }

    /// Whether everything that was in flight came to its end.
    #[must_use]
    pub fn is_clean(self) -> bool {
        self.cut == 0
    }

    /// How much was in flight when the rest was cut.
    #[must_use]
    pub fn cut(self) -> usize {
        self.cut
    }

    /// Success if nothing was cut, else failure.
    #[must_use]
    pub fn exit_code(self) -> ExitCode {
        if self.is_clean() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// So that `main`, or a worker, can end with it.
impl Termination for Outcome {
    fn report(self) -> ExitCode {
        self.exit_code()
    }
}
