//! Programs that measure on behalf of the bench: one line asks, one answers.
//!
//! A subject runs in a process of its own, so that builds with different
//! features can take turns, and no table inherits another's heap.

use crate::{Error, Result};
use std::{
    io::{self, BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// A running worker; dropping it ends it.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts `program` with `arguments`, which must call [`serve`].
    pub fn start(program: &Path, arguments: &[&str]) -> Result<Self> {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let questions = child.stdin.take();
        let answers = child.stdout.take().ok_or("the worker has no stdout")?;
        Ok(Self {
            child,
            questions,
            answers: BufReader::new(answers),
        })
    }

    /// Sends a line, and waits for the numbers that answer it.
    pub fn ask(&mut self, question: &str) -> Result<Vec<u64>> {
        let questions = self.questions.as_mut().ok_or("the worker has no stdin")?;
        writeln!(questions, "{question}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let failed = || -> Error { format!("{question}: {}", line.trim()).into() };
        let numbers = line.strip_prefix("ok").ok_or_else(failed)?;
        let numbers = numbers.split_whitespace().map(|number| number.parse().ok());
        numbers.collect::<Option<_>>().ok_or_else(failed)
    }

    /// As [`ask`](Self::ask), for one number.
    pub fn ask_one(&mut self, question: &str) -> Result<u64> {
        match self.ask(question)?[..] {
            [number] => Ok(number),
            ref other => Err(format!("{question}: {} numbers", other.len()).into()),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // A worker ends with its stdin.
        self.questions = None;
        let _ = self.child.wait();
    }
}

/// Answers questions until stdin ends.
pub fn serve(mut answer: impl FnMut(&str) -> Result<Vec<u64>>) -> Result<()> {
    for question in io::stdin().lines() {
        let line = match answer(&question?) {
            Ok(numbers) => numbers
                .iter()
                .fold("ok".to_owned(), |line, number| format!("{line} {number}")),
            Err(error) => format!("failed: {error}"),
        };
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{line}")?;
        stdout.flush()?;
    }
    Ok(())
}
