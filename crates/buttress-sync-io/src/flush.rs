use std::time::Duration;

/// Waits until all that was found so far is reported, for `limit` at most;
/// whether it is.
///
/// Reports are made on a thread of their own. A process that is about to exit
/// calls this, or loses the latest of them. It blocks: call it at the end of
/// `main`.
///
/// ```
/// use std::time::Duration;
///
/// assert!(buttress_sync_io::flush_reports(Duration::from_secs(5)));
/// ```
#[allow(clippy::must_use_candidate, reason = "who exits anyway need not ask")]
pub fn flush_reports(limit: Duration) -> bool {
    #[cfg(feature = "detect")]
    return crate::reporter::flush(limit);
    #[cfg(not(feature = "detect"))]
    {
        let _ = limit;
        true
    }
}
