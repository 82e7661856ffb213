use crate::{
    BoxError, Kind, chain,
    error::Inner,
    guard::{self, Panic},
};
use std::{error::Error as StdError, fmt, sync::Arc};

/// What went wrong, in the form in which it came.
pub(crate) enum Cause {
    Panic(Box<Panic>),
    Error(BoxError),
    /// An [`Error`](crate::Error) that came in the extensions of a response.
    Attached(Arc<Inner>),
    /// Any other error that came so.
    Shared(SharedError),
}

/// What a handler puts into the extensions of its response, to have it reported.
pub(crate) type SharedError = Arc<dyn StdError + Send + Sync>;

impl Cause {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Panic(_) => Kind::Panic,
            _ => Kind::Error,
        }
    }

    pub(crate) fn panic(&self) -> Option<&Panic> {
        match self {
            Self::Panic(panic) => Some(panic),
            _ => None,
        }
    }

    pub(crate) fn error(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Panic(_) => None,
            Self::Error(error) => Some(&**error),
            Self::Attached(error) => Some(&**error),
            Self::Shared(error) => Some(&**error),
        }
    }

    pub(crate) fn message(&self) -> String {
        match self {
            Self::Panic(panic) => panic
                .message
                .clone()
                .unwrap_or_else(|| String::from("a panic whose payload is no text")),
            _ => self.error().map(ToString::to_string).unwrap_or_default(),
        }
    }

    /// Whether another layer of this crate, further in, has reported it.
    pub(crate) fn is_reported(&self) -> bool {
        // To ask for sources is to call the app's code.
        self.error().is_some_and(|error| {
            guard::catch(|| chain::find::<Reported>(error).is_some()).unwrap_or(false)
        })
    }

    /// What a broken body gives the server, marked as reported.
    pub(crate) fn into_body_error(self) -> BoxError {
        match self {
            reported @ Self::Error(_) if reported.is_reported() => reported.into_box(),
            other => Box::new(Reported(other.into_box())),
        }
    }

    fn into_box(self) -> BoxError {
        match self {
            Self::Panic(_) => Box::new(Panicked),
            Self::Error(error) => error,
            Self::Attached(error) => Box::new(error),
            Self::Shared(error) => Box::new(error),
        }
    }
}

/// An error that was reported: whoever meets it need not do so again.
#[derive(Debug)]
struct Reported(BoxError);

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Reported {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.0)
    }
}

/// A body panicked. What it said is in the report alone, for a server may log
/// or even send the errors of bodies.
#[derive(Debug)]
struct Panicked;

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the response body panicked")
    }
}

impl StdError for Panicked {}
