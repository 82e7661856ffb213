//! An error and what caused it.

use std::{error::Error as StdError, io, iter};

/// `error`, then its sources down to the root.
///
/// `io::Error::source` leaves out the error that it was made of, so that one is
/// looked into.
pub(crate) fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    // A source that is its own ancestor would never end.
    iter::successors(Some(error), |error| next(*error)).take(64)
}

fn next<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let inside = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    match inside {
        Some(inside) => Some(inside),
        None => error.source(),
    }
}

/// The first error of a type in the chain.
pub(crate) fn find<'a, E: StdError + 'static>(
    error: &'a (dyn StdError + 'static),
) -> Option<&'a E> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// The texts of the sources of `error`, without repetitions: many a wrapper
/// says no more than what it wraps.
pub(crate) fn texts(error: &(dyn StdError + 'static)) -> Vec<String> {
    let mut texts: Vec<_> = chain(error).map(ToString::to_string).collect();
    texts.dedup();
    texts.remove(0);
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::ParseIntError;

    #[test]
    fn what_an_io_error_was_made_of_is_found() {
        let inner = "x".parse::<u8>().unwrap_err();
        let outer = io::Error::other(io::Error::other(inner.clone()));
        assert_eq!(find::<ParseIntError>(&outer), Some(&inner));
        assert!(find::<std::fmt::Error>(&outer).is_none());
        // All three say the same.
        assert_eq!(texts(&outer), Vec::<String>::new());
    }
}
