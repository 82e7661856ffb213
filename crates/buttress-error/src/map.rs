//! Which status an error means.

use crate::{Problem, chain::chain};
use http::StatusCode;
use std::{error::Error as StdError, sync::Arc};

type Mapping = Arc<dyn Fn(&(dyn StdError + 'static)) -> Option<Problem> + Send + Sync>;

/// The app's own mappings, and behind them those that everybody needs.
#[derive(Clone, Default)]
pub(crate) struct Mappings {
    own: Vec<Mapping>,
}

impl Mappings {
    pub(crate) fn add<E, F>(&mut self, map: F)
    where
        E: StdError + 'static,
        F: Fn(&E) -> Problem + Send + Sync + 'static,
    {
        self.own
            .push(Arc::new(move |error| error.downcast_ref().map(&map)));
    }

    /// Looks through the whole chain: what wraps an error, as tower's Buffer
    /// does, must not hide it. The app's mappings go before the ready ones
    /// wherever in the chain they match.
    pub(crate) fn find(&self, error: &(dyn StdError + 'static)) -> Option<Problem> {
        let own = chain(error).find_map(|error| self.own.iter().find_map(|map| map(error)));
        own.or_else(|| chain(error).find_map(ready))
    }
}

/// The mappings that are there from the start.
fn ready(error: &(dyn StdError + 'static)) -> Option<Problem> {
    if error.is::<http_body_util::LengthLimitError>() {
        return Some(Problem::new(StatusCode::PAYLOAD_TOO_LARGE));
    }
    if error.is::<crate::ready::ServiceFailed>() {
        return Some(unavailable());
    }
    #[cfg(feature = "tower")]
    if let Some(problem) = of_tower(error) {
        return Some(problem);
    }
    #[cfg(feature = "hyper")]
    if let Some(error) = error.downcast_ref() {
        return of_hyper(error);
    }
    None
}

#[cfg(feature = "tower")]
fn of_tower(error: &(dyn StdError + 'static)) -> Option<Problem> {
    use http::{HeaderValue, header::RETRY_AFTER};
    use tower::{buffer::error::Closed, load_shed::error::Overloaded, timeout::error::Elapsed};

    if error.is::<Elapsed>() {
        Some(Problem::new(StatusCode::GATEWAY_TIMEOUT))
    } else if error.is::<Overloaded>() {
        Some(unavailable().header(RETRY_AFTER, HeaderValue::from_static("1")))
    } else if error.is::<Closed>() {
        Some(unavailable())
    } else {
        None
    }
}

/// Errors of the request's body, which a handler met as it read it.
#[cfg(feature = "hyper")]
fn of_hyper(error: &hyper::Error) -> Option<Problem> {
    if error.is_timeout() {
        Some(Problem::new(StatusCode::REQUEST_TIMEOUT))
    } else if error.is_parse() || error.is_incomplete_message() {
        Some(Problem::new(StatusCode::BAD_REQUEST))
    } else {
        None
    }
}

fn unavailable() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE)
}
