use crate::{BoxError, Error};
use http::StatusCode;
use std::borrow::Cow;

/// Says more of the error in a `Result`, which becomes an [`Error`].
///
/// It has the names of anyhow's trait where it does the same.
pub trait ResultExt<T>: Sized {
    /// Says what was being done; see [`Error::context`].
    #[track_caller]
    fn context(self, message: impl Into<Cow<'static, str>>) -> Result<T, Error>;

    /// As [`context`](Self::context), with a message that is made on failure.
    #[track_caller]
    fn with_context<M: Into<Cow<'static, str>>>(
        self,
        message: impl FnOnce() -> M,
    ) -> Result<T, Error>;

    /// Sets the status; see [`Error::with_status`].
    #[track_caller]
    fn with_status(self, status: StatusCode) -> Result<T, Error>;

    /// Sets the detail that clients see; see [`Error::public`].
    #[track_caller]
    fn public(self, detail: impl Into<Cow<'static, str>>) -> Result<T, Error>;
}

// `match` and not `map_err` throughout: a closure is no `track_caller`.
impl<T, E: Into<Error>> ResultExt<T> for Result<T, E> {
    #[track_caller]
    fn context(self, message: impl Into<Cow<'static, str>>) -> Result<T, Error> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(error.into().context(message)),
        }
    }

    #[track_caller]
    fn with_context<M: Into<Cow<'static, str>>>(
        self,
        message: impl FnOnce() -> M,
    ) -> Result<T, Error> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(error.into().context(message())),
        }
    }

    #[track_caller]
    fn with_status(self, status: StatusCode) -> Result<T, Error> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(error.into().with_status(status)),
        }
    }

    #[track_caller]
    fn public(self, detail: impl Into<Cow<'static, str>>) -> Result<T, Error> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(error.into().public(detail)),
        }
    }
}

/// Makes an [`Error`] of one that `?` does not convert: a
/// `Box<dyn std::error::Error + Send + Sync>`, which is no `std::error::Error`
/// itself, anyhow's, or a text.
///
/// ```
/// use buttress_error::{BoxError, BoxedExt, Error, ResultExt};
///
/// fn load() -> Result<u32, BoxError> {
///     Ok("7".parse()?)
/// }
///
/// fn handler() -> Result<u32, Error> {
///     load().boxed().context("loading the number")
/// }
/// # assert_eq!(handler().unwrap(), 7);
/// ```
pub trait BoxedExt<T>: Sized {
    /// The value, or the error as an [`Error`]; see [`Error::from_boxed`].
    #[track_caller]
    fn boxed(self) -> Result<T, Error>;
}

impl<T, E: Into<BoxError>> BoxedExt<T> for Result<T, E> {
    #[track_caller]
    fn boxed(self) -> Result<T, Error> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => Err(Error::from_boxed(error)),
        }
    }
}

/// Makes an [`Error`] of what is not there.
pub trait OptionExt<T>: Sized {
    /// The value, or an error with this status.
    #[track_caller]
    fn or_status(self, status: StatusCode) -> Result<T, Error>;
}

impl<T> OptionExt<T> for Option<T> {
    #[track_caller]
    fn or_status(self, status: StatusCode) -> Result<T, Error> {
        match self {
            Some(value) => Ok(value),
            None => Err(Error::new(status)),
        }
    }
}
