use super::{
    error::RequestDecompressionError,
    limits::Limits,
    stage::{Run, Stage},
};
use crate::Encoding;
use bytes::Bytes;
use std::io;

/// The longest frame that a decoded body yields, and all that is ever buffered
/// between two codings.
const MAX_OUTPUT: usize = 16 * 1024;

/// The codings of one body, each feeding the next.
pub(super) struct Pipeline {
    /// The coding that was applied last, and comes off first, stands first.
    stages: Vec<Stage>,
    limits: Limits,
    /// Encoded bytes received.
    encoded: u64,
    scratch: Box<[u8]>,
}

/// What a step came to, and how many bytes it took in and gave out.
pub(super) struct Step {
    pub(super) progress: Progress,
    pub(super) run: Run,
}

pub(super) enum Progress {
    /// Decoded bytes, never empty.
    Data(Bytes),
    /// Something moved that is not yet to be seen from outside.
    Working,
    /// All input is used up.
    NeedsInput,
}

impl Pipeline {
    /// For `codings` in the order in which they were applied; `None` if this
    /// build lacks one of them.
    pub(super) fn new(codings: &[Encoding], limits: Limits) -> Option<Self> {
        let stages = codings.iter().rev().map(|&coding| Stage::new(coding));
        Some(Self {
            stages: stages.collect::<Option<_>>()?,
            limits,
            encoded: 0,
            scratch: vec![0; MAX_OUTPUT].into_boxed_slice(),
        })
    }

    /// Takes the next encoded bytes, after [`Progress::NeedsInput`].
    pub(super) fn feed(&mut self, input: Bytes) {
        self.encoded += input.len() as u64;
        if let Some(stage) = self.stages.first_mut() {
            stage.feed(input);
        }
    }

    /// Calls one codec once: the last in the chain that has something to do,
    /// so that no more than one piece waits between any two.
    pub(super) fn step(&mut self) -> Result<Step, RequestDecompressionError> {
        let Some(index) = self.stages.iter().rposition(Stage::can_run) else {
            return Ok(Step {
                progress: Progress::NeedsInput,
                run: Run::default(),
            });
        };
        let stage = &mut self.stages[index];
        let run = stage
            .run(&mut self.scratch)
            .map_err(|error| RequestDecompressionError::corrupt(stage.encoding(), error))?;
        // Held against every coding, so that one in the middle cannot blow up
        // into something that the next one makes small again.
        self.limits.check(stage.decoded(), self.encoded)?;
        let progress = if run.written == 0 {
            Progress::Working
        } else {
            self.hand_on(index, run.written)
        };
        Ok(Step { progress, run })
    }

    fn hand_on(&mut self, index: usize, written: usize) -> Progress {
        let output = Bytes::copy_from_slice(&self.scratch[..written]);
        match self.stages.get_mut(index + 1) {
            Some(next) => {
                next.feed(output);
                Progress::Working
            }
            None => Progress::Data(output),
        }
    }

    /// Whether the input may end here. A body without a byte may, whatever
    /// coding it names: clients label empty bodies too.
    pub(super) fn is_complete(&self) -> bool {
        self.encoded == 0 || self.stages.iter().all(Stage::is_complete)
    }

    /// Says which coding is cut short, if the input ends here.
    pub(super) fn finish(&self) -> Result<(), RequestDecompressionError> {
        if self.is_complete() {
            return Ok(());
        }
        match self.stages.iter().find(|stage| !stage.is_complete()) {
            Some(stage) => Err(RequestDecompressionError::corrupt(
                stage.encoding(),
                io::Error::new(io::ErrorKind::UnexpectedEof, "the stream ends early"),
            )),
            None => Ok(()),
        }
    }
}
