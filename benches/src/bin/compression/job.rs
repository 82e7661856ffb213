//! What is measured: who compresses what with which coding, and how the body
//! arrives. Written in a line, so that a worker can be asked for it.

use crate::sample::Sample;
use buttress_benches::{Error, Result};
use buttress_compression::Encoding;
use std::{fmt, str::FromStr};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) subject: Subject,
    pub(crate) coding: Coding,
    pub(crate) sample: Sample,
    pub(crate) arrival: Arrival,
    /// Instead of the level that the subject has.
    level: Option<i32>,
}

/// Whose layer, with which settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Ours at tower-http's default levels, for bodies of any size.
    Ours,
    /// `CompressionLayer::new()`.
    OursByDefault,
    /// As `Ours`, flushing after every frame.
    OursEveryFrame,
    /// As `Ours`, flushing at the end only.
    OursNever,
    /// tower-http's `CompressionLayer::new()`.
    TowerHttp,
    /// No layer.
    Bare,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Zstd,
    Br,
    /// The request says nothing of codings.
    Unasked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// In memory, of known length.
    Whole,
    /// In frames of 4 KiB; after every eighth the body makes its reader wait.
    Pausing,
    /// In frames of 16 KiB that are always there.
    Steady,
    /// The first 300 bytes, and nothing more.
    Open,
    /// In chunks of 94 bytes, two each millisecond, with a pause after each.
    Ticking,
}

/// The three codings in the order of the tables.
pub(crate) const CODINGS: [Coding; 3] = [Coding::Gzip, Coding::Zstd, Coding::Br];

impl Coding {
    /// The token of `Accept-Encoding`.
    pub(crate) fn token(self) -> Option<&'static str> {
        Some(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Br => "br",
            Self::Unasked => return None,
        })
    }

    /// Ours, and tower-http's default level of it.
    fn at_equal_level(self) -> Option<(Encoding, i32)> {
        Some(match self {
            Self::Gzip => (Encoding::Gzip, 6),
            Self::Zstd => (Encoding::Zstd, 3),
            Self::Br => (Encoding::Br, 4),
            Self::Unasked => return None,
        })
    }
}

impl Job {
    pub(crate) fn new(subject: Subject, coding: Coding, sample: Sample, arrival: Arrival) -> Self {
        Self {
            subject,
            coding,
            sample,
            arrival,
            level: None,
        }
    }

    /// At this level of ours.
    pub(crate) fn at(self, level: i32) -> Self {
        let level = Some(level);
        Self { level, ..self }
    }

    /// The coding that is ours to set, and the level: tower-http's by default.
    pub(crate) fn encoding_and_level(&self) -> Option<(Encoding, i32)> {
        let (encoding, level) = self.coding.at_equal_level()?;
        Some((encoding, self.level.unwrap_or(level)))
    }

    pub(crate) fn by(self, subject: Subject) -> Self {
        Self { subject, ..self }
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            subject,
            coding,
            sample,
            arrival,
            level,
        } = self;
        write!(f, "{subject:?}/{coding:?}/{sample:?}/{arrival:?}")?;
        level.map_or(Ok(()), |level| write!(f, "/{level}"))
    }
}

impl FromStr for Job {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts: Vec<_> = text.split('/').collect();
        let [subject, coding, sample, arrival, ref level @ ..] = parts[..] else {
            return Err(format!("not a job: {text}").into());
        };
        Ok(Self {
            subject: named(&Subject::ALL, subject)?,
            coding: named(&Coding::ALL, coding)?,
            sample: named(&Sample::ALL, sample)?,
            arrival: named(&Arrival::ALL, arrival)?,
            level: level.first().map(|level| level.parse()).transpose()?,
        })
    }
}

/// The value that calls itself so.
fn named<T: Copy + fmt::Debug>(all: &[T], name: &str) -> Result<T> {
    let mut found = all.iter().filter(|value| format!("{value:?}") == name);
    let value = found.next().ok_or_else(|| format!("unknown: {name}"))?;
    Ok(*value)
}

impl Subject {
    const ALL: [Self; 6] = [
        Self::Ours,
        Self::OursByDefault,
        Self::OursEveryFrame,
        Self::OursNever,
        Self::TowerHttp,
        Self::Bare,
    ];
}

impl Coding {
    const ALL: [Self; 4] = [Self::Gzip, Self::Zstd, Self::Br, Self::Unasked];
}

impl Arrival {
    const ALL: [Self; 5] = [
        Self::Whole,
        Self::Pausing,
        Self::Steady,
        Self::Open,
        Self::Ticking,
    ];
}
