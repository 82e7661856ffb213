use std::time::Duration;

// Long enough for a loaded machine; a test that hits it has failed anyway.
const LIMIT: Duration = Duration::from_secs(20);

/// Waits for `future`, and panics with `what` if nothing came in 20 seconds.
///
/// A wait for another thread or for a socket needs real time: under tokio's
/// paused clock the limit is over as soon as the runtime is idle.
pub async fn within<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(LIMIT, future).await {
        Ok(output) => output,
        Err(_) => panic!("{what}: nothing came within {LIMIT:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::within;

    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "the answer: nothing came within 20s")]
    async fn what_never_comes_is_named() {
        within("the answer", std::future::pending::<()>()).await;
    }
}
