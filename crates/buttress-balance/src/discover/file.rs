use super::{Every, every};
use crate::{Backend, Key};
use std::{fmt, io, path::PathBuf, str::FromStr, time::Duration};

/// The endpoints that a file lists, read again and again: see [`parse`] for its lines.
///
/// Replace the file by renaming a new one, so that no half of it is read.
pub fn file<K>(path: impl Into<PathBuf>, period: Duration) -> Every<K>
where
    K: Key + FromStr,
{
    let path = path.into();
    every(period, move || {
        let path = path.clone();
        async move {
            let read = tokio::task::spawn_blocking(move || std::fs::read_to_string(path));
            let text = read.await.map_err(io::Error::other)??;
            parse(&text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
        }
    })
}

/// Reads endpoints, one a line: its key, and perhaps `weight=N` and `zone=NAME`. What
/// follows a `#` is a comment.
///
/// # Errors
///
/// At the first line that is no such.
pub fn parse<K: FromStr>(text: &str) -> Result<Vec<Backend<K>>, ParseFileError> {
    let lines = text.lines().enumerate();
    let lines = lines.map(|(number, line)| (number + 1, line.split('#').next().unwrap_or("")));
    let endpoints = lines.filter(|(_, line)| !line.trim().is_empty());
    endpoints
        .map(|(number, line)| parse_line(line).ok_or(ParseFileError { line: number }))
        .collect()
}

fn parse_line<K: FromStr>(line: &str) -> Option<Backend<K>> {
    let mut words = line.split_whitespace();
    let mut backend = Backend::new(words.next()?.parse().ok()?);
    for word in words {
        backend = match word.split_once('=')? {
            ("weight", weight) => backend.weight(weight.parse().ok()?),
            ("zone", zone) => backend.zone(zone),
            _ => return None,
        };
    }
    Some(backend)
}

/// A line lists no endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseFileError {
    line: usize,
}

impl ParseFileError {
    /// The number of the line, from 1 on.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for ParseFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line;
        write!(
            f,
            "line {line}: expected an endpoint, such as 10.0.0.1:3000 weight=2 zone=a"
        )
    }
}

impl std::error::Error for ParseFileError {}
