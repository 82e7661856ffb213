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
            .or_else(|| of_request_body(error))
    }
}

/// The mappings that are there from the start.
fn ready(error: &(dyn StdError + 'static)) -> Option<Problem> {
    if error.is::<http_body_util::LengthLimitError>() {
        return Some(Problem::new(StatusCode::PAYLOAD_TOO_LARGE));
    }
    // What a handler that waits for somebody else meets, as tower's is a layer's.
    if error.is::<tokio::time::error::Elapsed>() {
        return Some(Problem::new(StatusCode::GATEWAY_TIMEOUT));
    }
    if error.is::<crate::ready::ServiceFailed>() {
        return Some(unavailable());
    }
    of_tower(error)
}

#[cfg(not(feature = "tower"))]
fn of_tower(_: &(dyn StdError + 'static)) -> Option<Problem> {
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

/// hyper's errors say that a body could not be read, and not whose. One that
/// nothing has wrapped is of the request's, as a handler meets it; an HTTP client
/// wraps those of what it read, and for them the client of ours is not to blame.
#[cfg(feature = "hyper")]
fn of_request_body(error: &(dyn StdError + 'static)) -> Option<Problem> {
    let error: &hyper::Error = chain(error)
        .find(|error| !is_transparent(*error))?
        .downcast_ref()?;
    if error.is_timeout() {
        Some(Problem::new(StatusCode::REQUEST_TIMEOUT))
    } else if error.is_user() || error.is_canceled() || error.is_closed() {
        None
    } else {
        Some(Problem::new(StatusCode::BAD_REQUEST))
    }
}

#[cfg(not(feature = "hyper"))]
fn of_request_body(_: &(dyn StdError + 'static)) -> Option<Problem> {
    None
}

/// Whether an error only hands on what is in it.
#[cfg(feature = "hyper")]
fn is_transparent(error: &(dyn StdError + 'static)) -> bool {
    #[cfg(feature = "axum")]
    if error.is::<axum::Error>() {
        return true;
    }
    crate::error::is_ours(error) || error.is::<std::io::Error>()
}

fn unavailable() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE)
}
