use crate::store::{StoreError, StoreErrorKind};
use std::{error, fmt};

/// Why something could not be done with a session.
#[derive(Debug)]
pub struct Error(Kind);

#[derive(Debug)]
pub(crate) enum Kind {
    Missing,
    Late,
    Gone,
    Encode(serde_json::Error),
    Decode(&'static str, serde_json::Error),
    Store(StoreError),
    Failed(StoreErrorKind),
    Contended,
    Random(getrandom::Error),
    Unsealed(&'static str),
    TooLarge,
}

impl Error {
    /// There is no [`SessionLayer`](crate::SessionLayer) with this tag around the
    /// service.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self.0, Kind::Missing)
    }

    /// The head of the response has left: what is set now would be lost, and
    /// what was not read before would come too late to make the response private.
    #[must_use]
    pub fn is_late(&self) -> bool {
        matches!(self.0, Kind::Late)
    }

    /// The session ended meanwhile, by a logout or by its time.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self.0, Kind::Gone)
    }

    /// The value cannot be read as the type of its key.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        matches!(self.0, Kind::Decode(..))
    }

    /// The session, or a value, is larger than the store or a cookie takes.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        match &self.0 {
            Kind::Store(error) => error.kind() == StoreErrorKind::TooLarge,
            Kind::TooLarge | Kind::Failed(StoreErrorKind::TooLarge) => true,
            _ => false,
        }
    }

    /// The store, or the mode of the layer, does not have this at all.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        match &self.0 {
            Kind::Store(error) => error.kind() == StoreErrorKind::Unsupported,
            Kind::Unsealed(_) => true,
            _ => false,
        }
    }

    /// The store did not do it; later it may. The layer answers the request with
    /// 503 and `Retry-After`.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        match &self.0 {
            Kind::Store(error) => is_passing(error.kind()),
            Kind::Failed(kind) => is_passing(*kind),
            Kind::Contended => true,
            _ => false,
        }
    }

    /// What is kept of this error to answer the request.
    pub(crate) fn store_kind(&self) -> Option<StoreErrorKind> {
        match &self.0 {
            Kind::Store(error) => {
                Some(error.kind()).filter(|it| *it != StoreErrorKind::Unsupported)
            }
            Kind::Contended => Some(StoreErrorKind::Unavailable),
            _ => None,
        }
    }
}

/// Whether it may be better a moment later.
pub(crate) fn is_passing(kind: StoreErrorKind) -> bool {
    matches!(kind, StoreErrorKind::Unavailable | StoreErrorKind::Backend)
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self(kind)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self(Kind::Store(error))
    }
}

impl From<getrandom::Error> for Error {
    fn from(error: getrandom::Error) -> Self {
        Self(Kind::Random(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Missing => f.write_str("no `SessionLayer` with this tag is around the service"),
            Kind::Late => f.write_str(
                "the head of the response has left: load, set and commit the session before, \
                 or use `Session::detached`",
            ),
            Kind::Gone => f.write_str("the session ended meanwhile"),
            Kind::Encode(_) => f.write_str("the value cannot be written as JSON"),
            Kind::Decode(name, _) => {
                write!(
                    f,
                    "the entry `{name}` cannot be read as the type of its key"
                )
            }
            Kind::Store(error) => error.fmt(f),
            Kind::Failed(_) => f.write_str("the session store failed earlier in this request"),
            Kind::Contended => f.write_str("too many requests update the session at once"),
            Kind::Random(_) => f.write_str("the system gives no random bytes"),
            Kind::Unsealed(what) => write!(f, "a sealed session has no {what}"),
            Kind::TooLarge => f.write_str("the sealed session does not fit into a cookie"),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.0 {
            Kind::Encode(error) | Kind::Decode(_, error) => Some(error),
            Kind::Store(error) => error.source(),
            Kind::Random(error) => Some(error),
            _ => None,
        }
    }
}
