//! Apps that make it hard: callbacks, threads, runtimes and signals that do what
//! they should not.
#![cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]

mod support;

use buttress_sync_io::{
    Kind, Mode, SyncIoLayer, WatchBlocking, allow, flush_reports, testing::forbid_blocking,
};
use std::{
    cell::Cell,
    fs,
    future::{Future, poll_fn},
    pin::pin,
    sync::{Arc, Mutex, mpsc},
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};
use support::{Place, Reports, ask, check, exact, two_workers};

/// Polls to the end on this thread; nothing has to be waited for.
fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
    }
}

fn reads() {
    drop(fs::metadata("/etc/hosts")); // reads
    std::hint::black_box(());
}

#[test]
fn a_callback_that_panics_gets_the_next_report_all_the_same() {
    let reports = Reports::default();
    let given = reports.clone();
    let layer = SyncIoLayer::new(Mode::Exact)
        .log(false)
        .on_report(move |report| {
            given.add(report);
            panic!("on purpose");
        });
    run(async { reads() }.watch_blocking_as("one", &layer));
    run(async { drop(fs::read_dir("/etc")) }.watch_blocking_as("two", &layer));
    assert!(flush_reports(Duration::from_secs(60)));
    let found = reports.take();
    assert_eq!(exact(&found).len(), 2, "{}", support::all(&found));
}

#[test]
fn a_callback_may_block_poll_and_flush_and_waits_for_nobody() {
    let outcome = Arc::new(Mutex::new(None));
    let set = Arc::clone(&outcome);
    let inner = SyncIoLayer::new(Mode::Panic).log(false);
    let layer = SyncIoLayer::new(Mode::Exact)
        .log(false)
        .on_report(move |_| {
            reads();
            run(async { reads() }.watch_blocking_as("inner", &inner));
            run(forbid_blocking(async { reads() }));
            let flushed = flush_reports(Duration::from_secs(3600));
            *set.lock().unwrap() = Some((flushed, inner.counters().total()));
        });
    run(async { reads() }.watch_blocking_as("outer", &layer));
    assert!(flush_reports(Duration::from_secs(60)));
    // Nothing of it was looked at, and there was nothing to wait for.
    assert_eq!(*outcome.lock().unwrap(), Some((false, 0)));
}

#[test]
fn a_callback_that_hangs_holds_nobody_up_and_what_is_lost_is_counted() {
    let (go_on, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let layer = SyncIoLayer::new(Mode::Exact)
        .log(false)
        .on_report(move |_| {
            // Until the other end is dropped.
            let _ = wait.lock().unwrap().recv();
        });
    for _ in 0..1100 {
        run(async { reads() }.watch_blocking_as("job", &layer));
    }
    assert!(layer.counters().lost() > 0);
    drop(go_on);
    assert!(flush_reports(Duration::from_secs(60)));
    let counted = layer.counters().total() + layer.counters().lost();
    assert_eq!(counted, 1100);
}

#[test]
fn what_a_poll_did_before_it_panicked_is_reported_as_its_own() {
    let reports = Reports::default();
    let layer = reports.layer(Mode::Exact);
    two_workers(async {
        let job = async {
            reads();
            // Without the hook, which is slow.
            std::panic::resume_unwind(Box::new("on purpose"));
        };
        let ended = tokio::spawn(job.watch_blocking_as("panics", &layer)).await;
        assert!(ended.is_err_and(|error| error.is_panic()));
    });
    let found = reports.take();
    let [report] = &*exact(&found) else {
        panic!("{}", support::all(&found))
    };
    check(report, Kind::Metadata, "// reads");
    assert_eq!(report.job.as_deref(), Some("panics"));
}

#[test]
fn many_threads_of_many_runtimes_each_find_their_own() {
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let reports = Reports::default();
                let layer = reports.layer(Mode::Exact);
                two_workers(async {
                    let jobs: Vec<_> = (0..50)
                        .map(|_| {
                            let job = async {
                                reads();
                                tokio::task::yield_now().await;
                            };
                            tokio::spawn(job.watch_blocking_as("job", &layer))
                        })
                        .collect();
                    for job in jobs {
                        job.await.unwrap();
                    }
                });
                let found = reports.take();
                assert_eq!(exact(&found).len(), 1, "{}", support::all(&found));
                assert_eq!(layer.counters().of(Kind::Metadata), 50);
            });
        }
    });
}

#[test]
fn a_guarded_poll_within_a_scope_that_allows_it() {
    let reports = Reports::default();
    let layer = reports.layer(Mode::Exact);
    allow(|| run(async { reads() }.watch_blocking_as("allowed", &layer)));
    run(
        async { allow(|| run(async { reads() }.watch_blocking_as("inner", &layer))) }
            .watch_blocking_as("outer", &layer),
    );
    assert_eq!(reports.take().len(), 0);
    // And after it as ever.
    run(async { reads() }.watch_blocking_as("job", &layer));
    assert_eq!(reports.take().len(), 1);
}

#[test]
fn a_poll_while_its_thread_is_torn_down() {
    thread_local! {
        static LAST: Cell<Option<Last>> = const { Cell::new(None) };
    }
    struct Last(SyncIoLayer);
    impl Drop for Last {
        fn drop(&mut self) {
            run(async { reads() }.watch_blocking_as("last", &self.0));
        }
    }
    let reports = Reports::default();
    for is_first in [true, false] {
        let layer = reports.layer(Mode::Exact);
        let thread = thread::spawn(move || {
            // Whatever is torn down first.
            if is_first {
                LAST.set(Some(Last(layer.clone())));
            }
            run(async { reads() }.watch_blocking_as("job", &layer));
            if !is_first {
                LAST.set(Some(Last(layer)));
            }
        });
        thread.join().unwrap();
        assert!(!reports.take().is_empty());
    }
}

#[test]
fn a_child_that_goes_on_after_a_fork_is_not_looked_at() {
    #[allow(unsafe_code, reason = "forks have no safe interface")]
    fn act() {
        // SAFETY: the child makes system calls, and leaves.
        let child = unsafe { libc::fork() };
        if child == 0 {
            thread::sleep(Duration::from_nanos(1));
            let is_there = fs::metadata("/etc/hosts").is_ok();
            // SAFETY: as above.
            unsafe { libc::_exit(if is_there { 7 } else { 8 }) };
        }
        let mut status = 0;
        // SAFETY: an integer to be filled.
        let waited = allow(|| unsafe { libc::waitpid(child, &mut status, 0) });
        assert_eq!((waited, libc::WEXITSTATUS(status)), (child, 7));
    }
    let reports = Reports::default();
    two_workers(ask(reports.layer(Mode::Exact), Place::Handler, act));
    let found = reports.take();
    let [report] = &*exact(&found) else {
        panic!("{}", support::all(&found))
    };
    check(report, Kind::Process, "libc::fork()");
}

#[test]
fn a_signal_handler_that_blocks_is_not_the_polls() {
    #[allow(unsafe_code, reason = "signals have no safe interface")]
    fn act() {
        extern "C" fn handler(_: i32) {
            let time = [0_u64, 1_000];
            // SAFETY: nanosleep reads a `timespec`, and writes none.
            unsafe { libc::nanosleep(time.as_ptr().cast(), std::ptr::null_mut()) };
        }
        // SAFETY: what the handler calls is async-signal-safe.
        unsafe {
            libc::signal(libc::SIGUSR2, handler as *const () as usize);
            libc::raise(libc::SIGUSR2);
        }
        reads();
    }
    let reports = Reports::default();
    two_workers(ask(reports.layer(Mode::Exact), Place::Handler, act));
    let found = reports.take();
    let [report] = &*exact(&found) else {
        panic!("{}", support::all(&found))
    };
    check(report, Kind::Metadata, "// reads");
}

#[test]
fn a_future_that_is_polled_in_turns_by_two_threads() {
    let reports = Reports::default();
    let layer = reports.layer(Mode::Exact);
    let mut turns = 0;
    let poll = poll_fn(move |_| {
        reads();
        turns += 1;
        if turns == 4 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    });
    let mut future = Box::pin(poll.watch_blocking_as("wanders", &layer));
    for _ in 0..4 {
        let polls = thread::spawn(move || {
            let mut context = Context::from_waker(Waker::noop());
            let _ = future.as_mut().poll(&mut context);
            future
        });
        future = polls.join().unwrap();
    }
    reports.take();
    assert_eq!(layer.counters().of(Kind::Metadata), 4);
}
