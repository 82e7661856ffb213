//! A sandbox that refuses all that the detector asks the kernel for. A process of
//! its own: a filter of seccomp stays.
#![cfg(all(
    feature = "detect",
    not(feature = "interpose"),
    target_os = "linux",
    target_arch = "x86_64"
))]

#[path = "support/seccomp.rs"]
mod seccomp;
mod support;

use buttress_sync_io::{
    Kind, Mode, Tier,
    testing::{assert_detector_works, forbid_blocking},
};
use std::{fs, panic, thread, time::Duration};
use support::{Place, Reports, ask, two_workers};

/// In one test, for the filter is that of all threads which start after it.
#[test]
fn polls_over_the_budget_are_reported_and_nothing_else_happens() {
    // `openat` hides `/proc`.
    seccomp::refuse(&[
        libc::SYS_prctl,
        libc::SYS_process_vm_readv,
        libc::SYS_perf_event_open,
        libc::SYS_openat,
    ]);
    fn act() {
        let _ = fs::metadata("/etc/hosts");
        thread::sleep(Duration::from_millis(400));
    }
    let reports = Reports::default();
    two_workers(ask(reports.layer(Mode::Exact), Place::Handler, act));
    let found = reports.wait();
    let [report] = &*found else {
        panic!("{}", support::all(&found))
    };
    assert_eq!((report.tier, report.kind), (Tier::Watch, Kind::Unknown));
    assert_eq!(report.route.as_deref(), Some("/it"));
    assert!(report.elapsed >= Some(Duration::from_millis(20)));
    assert_eq!(report.stack, []);
    // Tests of an app pass, but the one that is there for that.
    two_workers(forbid_blocking(async { act() }));
    assert!(panic::catch_unwind(assert_detector_works).is_err());
}
