use std::{
    io::{self, ErrorKind, Write},
    thread,
    time::Duration,
};

/// Where the thread that writes puts lines.
pub(super) trait Sink: Send {
    /// Takes lines, each whole, waiting for room as long as it must.
    fn write(&mut self, lines: &[u8]) -> Outcome;

    fn flush(&mut self) -> io::Result<()>;

    /// Opens anew what has a name.
    fn reopen(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What became of lines.
#[derive(Debug)]
pub(super) struct Outcome {
    /// How many bytes were written. The rest is lost.
    pub(super) taken: usize,
    pub(super) error: Option<io::Error>,
}

/// Any `io::Write`.
pub(super) struct Plain<W> {
    inner: W,
    /// Whether the last line was cut by an error.
    is_torn: bool,
}

impl<W> Plain<W> {
    pub(super) fn new(inner: W) -> Self {
        Self {
            inner,
            is_torn: false,
        }
    }

    pub(super) fn get_ref(&self) -> &W {
        &self.inner
    }

    /// Says that what was torn has been taken back.
    pub(super) fn mended(&mut self) {
        self.is_torn = false;
    }
}

impl<W: Write + Send> Sink for Plain<W> {
    fn write(&mut self, lines: &[u8]) -> Outcome {
        if self.is_torn {
            // What is left of a line must not become the beginning of another.
            let ended = write_all(&mut self.inner, b"\n");
            if ended.error.is_some() {
                return Outcome { taken: 0, ..ended };
            }
            self.is_torn = false;
        }
        // So it is if this panics.
        self.is_torn = true;
        let outcome = write_all(&mut self.inner, lines);
        self.is_torn = outcome.taken > 0 && lines[outcome.taken - 1] != b'\n';
        outcome
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// As `Write::write_all`, but it tells how far it came, and waits for a
/// descriptor that somebody has made non-blocking: a terminal or a pipe that
/// other processes share.
pub(super) fn write_all(writer: &mut impl Write, bytes: &[u8]) -> Outcome {
    let mut taken = 0;
    while taken < bytes.len() {
        let error = match writer.write(&bytes[taken..]) {
            Ok(0) => ErrorKind::WriteZero.into(),
            Ok(count) => {
                // A writer that counts too many must not make us panic.
                taken = bytes.len().min(taken + count);
                continue;
            }
            Err(error) => error,
        };
        match error.kind() {
            ErrorKind::Interrupted => {}
            ErrorKind::WouldBlock => thread::sleep(Duration::from_millis(5)),
            _ => {
                let error = Some(error);
                return Outcome { taken, error };
            }
        }
    }
    Outcome { taken, error: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// Answers as it is told, and keeps what it took.
    #[derive(Default)]
    struct Told {
        answers: VecDeque<io::Result<usize>>,
        text: Vec<u8>,
    }

    impl Write for Told {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = self.answers.pop_front().unwrap_or(Ok(bytes.len()))?;
            self.text.extend(&bytes[..count.min(bytes.len())]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn told<const N: usize>(answers: [io::Result<usize>; N]) -> Plain<Told> {
        Plain::new(Told {
            answers: answers.into(),
            ..Told::default()
        })
    }

    #[test]
    fn short_writes_and_passing_errors_are_tried_again() {
        let passing = [ErrorKind::Interrupted, ErrorKind::WouldBlock].map(io::Error::from);
        let [interrupted, would_block] = passing;
        let mut sink = told([Ok(1), Err(interrupted), Ok(1), Err(would_block)]);
        let outcome = sink.write(b"one\n");
        assert_eq!((outcome.taken, outcome.error.is_none()), (4, true));
        assert_eq!(sink.inner.text, b"one\n");
    }

    #[test]
    fn a_torn_line_is_ended_before_the_next() {
        let full = || io::Error::from(ErrorKind::StorageFull);
        let mut sink = told([Ok(2), Err(full()), Err(full())]);
        assert_eq!(sink.write(b"one\ntwo\n").taken, 2);
        // Still full: nothing of the next line may follow "on".
        assert_eq!(sink.write(b"three\n").taken, 0);
        assert_eq!(sink.write(b"four\n").taken, 5);
        assert_eq!(sink.inner.text, b"on\nfour\n");
    }

    #[test]
    fn a_writer_that_lies_about_its_count_is_survived() {
        assert_eq!(told([Ok(100)]).write(b"one\n").taken, 4);
        assert!(told([Ok(0)]).write(b"one\n").error.is_some());
    }
}
