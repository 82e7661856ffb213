//! One thread, for what would hold a worker up: looking up the names of a
//! backtrace takes 0.2 ms, and 200 ms the first time.

use crate::guard;
use std::{
    sync::{
        OnceLock,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// How many wait at most. Beyond it reports go out at once, without names: a
/// storm of panics must not become a store of backtraces.
const CAPACITY: usize = 64;

/// Whether the job will run.
#[must_use]
pub(crate) fn run(job: Job) -> bool {
    static QUEUE: OnceLock<Option<SyncSender<Job>>> = OnceLock::new();
    let queue = QUEUE.get_or_init(start);
    queue
        .as_ref()
        .is_some_and(|queue| queue.try_send(job).is_ok())
}

/// Waits until all reports so far have gone out, for `limit` at most; whether
/// they have.
///
/// Reports with a backtrace go through another thread. A process that is about
/// to exit calls this, or loses the latest of them. It blocks: call it at the
/// end of `main`, or where blocking is allowed.
///
/// ```
/// use std::time::Duration;
///
/// assert!(buttress_error::flush_reports(Duration::from_secs(1)));
/// ```
#[allow(clippy::must_use_candidate, reason = "who exits anyway need not ask")]
pub fn flush_reports(limit: Duration) -> bool {
    let began = Instant::now();
    let (done, is_done) = sync_channel::<()>(1);
    loop {
        let done = done.clone();
        let job = move || {
            // Nobody may wait for it any more.
            let _ = done.send(());
        };
        if run(Box::new(job)) {
            break;
        }
        if began.elapsed() >= limit {
            return false;
        }
        // The queue is full: it empties by itself.
        thread::sleep(Duration::from_millis(1));
    }
    let left = limit.saturating_sub(began.elapsed());
    is_done.recv_timeout(left).is_ok()
}

fn start() -> Option<SyncSender<Job>> {
    let (queue, jobs) = sync_channel(CAPACITY);
    let thread = thread::Builder::new().name(String::from("buttress-error"));
    // Without a thread, reports go out without names.
    thread.spawn(move || work(&jobs)).ok().map(|_| queue)
}

fn work(jobs: &Receiver<Job>) {
    while let Ok(job) = jobs.recv() {
        // What it calls is the app's, and may panic. The next job must run.
        drop(guard::catch(job));
    }
}
