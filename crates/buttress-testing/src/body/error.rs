use std::{error::Error, fmt};

/// The error of a [`ScriptedBody`](super::ScriptedBody), known by its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scripted(pub &'static str);

impl Scripted {
    /// The scripted error at the root of `error`, however often it was wrapped.
    #[must_use]
    pub fn find<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            next = error.source();
        }
        None
    }
}

impl fmt::Display for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Scripted {}

#[cfg(test)]
mod tests {
    use super::Scripted;
    use std::io;

    #[test]
    fn a_wrapped_error_is_found_and_a_foreign_one_is_not() {
        let wrapped = io::Error::other(Scripted("disk gone"));
        // `io::Error::source` skips the wrapped error itself, so look inside.
        let inner = wrapped.get_ref().unwrap();
        assert_eq!(Scripted::find(inner), Some(&Scripted("disk gone")));
        assert_eq!(Scripted::find(&io::Error::other("other")), None);
    }
}
