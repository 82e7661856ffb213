use std::{fmt, path::PathBuf};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The code, by [`Env::set`](crate::Env::set).
    Override,
    /// The process's environment.
    Process,
    /// The file that this variable names. The path is not kept: whoever mistakes
    /// `VAR_FILE` for `VAR` puts a secret there.
    File(String),
    /// A systemd credential of this name.
    Credential(String),
    /// A line of a `.env` file.
    DotEnv(PathBuf, usize),
    /// The code, by [`Env::fallback`](crate::Env::fallback).
    Fallback,
    /// The type's own default.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Override => f.write_str("an override in code"),
            Self::Process => f.write_str("the process environment"),
            Self::File(variable) => write!(f, "the file that {variable} names"),
            Self::Credential(name) => write!(f, "the credential {name}"),
            Self::DotEnv(path, line) => write!(f, "{} line {line}", path.display()),
            Self::Fallback => f.write_str("a fallback in code"),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// How strong a source is: the lesser, the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layer {
    Override,
    Process,
    Credential,
    DotEnvOfEnvironment,
    DotEnv,
    Fallback,
}
