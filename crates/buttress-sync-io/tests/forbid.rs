//! For the tests of others: what blocks fails.
#![cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]

mod support;

use buttress_sync_io::{
    Grace, Mode, WatchBlocking,
    testing::{assert_detector_works, forbid_blocking},
};
use futures_util::FutureExt;
use std::{
    fs,
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    thread,
    time::Duration,
};
use support::{Place, Reports, ask, exact, two_workers};

#[test]
fn the_detector_works_here() {
    assert_detector_works();
}

#[tokio::test]
async fn a_future_that_blocks_panics_with_its_stack() {
    let blocks = async { fs::read("/etc/hosts").unwrap() };
    let ended = AssertUnwindSafe(forbid_blocking(blocks))
        .catch_unwind()
        .await;
    let panic = ended.expect_err("it blocks");
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(
        text.starts_with("blocked a worker: file, openat of /etc/hosts"),
        "{text}"
    );
    assert!(text.contains("tests/forbid.rs:"), "{text}");
}

#[tokio::test]
async fn a_future_that_does_not_gives_its_result() {
    let sleeps = async {
        tokio::time::sleep(Duration::from_millis(2)).await;
        tokio::fs::read("/etc/hosts").await.unwrap().len()
    };
    assert!(forbid_blocking(sleeps).await > 0);
}

#[test]
fn a_job_that_blocks_panics_after_the_poll() {
    static IS_PAST: AtomicBool = AtomicBool::new(false);
    let reports = Reports::default();
    let layer = reports.layer(Mode::Panic);
    two_workers(async {
        let job = async {
            drop(fs::read("/etc/hosts").unwrap());
            IS_PAST.store(true, SeqCst);
        };
        let ended = tokio::spawn(job.watch_blocking_as("job", &layer)).await;
        assert!(ended.is_err_and(|error| error.is_panic()));
    });
    assert!(IS_PAST.load(SeqCst));
    assert_eq!(exact(&reports.take()).len(), 1);
}

#[test]
fn a_drop_is_reported_and_does_not_panic() {
    let reports = Reports::default();
    let act = || drop(fs::read("/etc/hosts").unwrap());
    two_workers(async {
        struct Acting(fn());
        impl Drop for Acting {
            fn drop(&mut self) {
                (self.0)();
            }
        }
        let acting = Acting(act);
        let waits = async move {
            let _acting = acting;
            std::future::pending::<()>().await;
        };
        drop(waits.watch_blocking_as("never", &reports.layer(Mode::Panic)));
    });
    assert_eq!(exact(&reports.take()).len(), 1);
}

#[test]
fn the_first_requests_are_let_go() {
    let reports = Reports::default();
    let layer = reports.layer(Mode::Exact).grace(Grace::FirstRequests(2));
    let act = || thread::sleep(Duration::from_nanos(1));
    for expected in [0, 0, 1] {
        two_workers(ask(layer.clone(), Place::Handler, act));
        assert_eq!(reports.take().len(), expected);
    }
}

#[test]
fn what_was_reported_is_only_counted_then() {
    let reports = Reports::default();
    let layer = reports.layer(Mode::Exact);
    let act = || thread::sleep(Duration::from_nanos(1));
    for _ in 0..3 {
        two_workers(ask(layer.clone(), Place::Handler, act));
    }
    let [report] = &*reports.take() else { panic!() };
    assert_eq!(report.count, 1);
    let counters = layer.counters();
    assert_eq!(counters.total(), 3);
    let route = Some(String::from("/it"));
    assert_eq!(counters.by_kind_and_route(), [(report.kind, route, 3)]);
}
