//! The watch tier: what takes longer than the budget is reported, with the line.
#![cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]

mod support;

use buttress_sync_io::{Kind, Mode, Tier};
use std::{
    thread,
    time::{Duration, Instant},
};
use support::{PLACES, Place, Reports, ask, two_workers};

#[test]
fn a_sleep_is_reported_with_its_line_in_each_place() {
    fn sleep() {
        thread::sleep(Duration::from_millis(80));
    }
    for place in PLACES {
        let reports = Reports::default();
        two_workers(ask(reports.layer(Mode::Watch), place, sleep));
        let [report] = &*reports.wait() else {
            panic!("{place:?}")
        };
        println!("{report}");
        assert_eq!((report.tier, report.kind), (Tier::Watch, Kind::Sleep));
        assert_eq!(report.call, Some("clock_nanosleep"));
        assert_eq!(report.route.as_deref(), Some("/it"));
        assert_eq!(report.method.as_deref(), Some("GET"));
        let location = report.location().expect("there are line tables");
        assert!(location.function().ends_with("sleep"), "{report}");
        assert!(location.file().unwrap().ends_with("tests/watch.rs"));
        assert!(report.elapsed.unwrap() >= Duration::from_millis(60));
    }
}

#[test]
fn a_poll_that_computes_is_reported_with_its_line() {
    fn compute() {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(300) {
            std::hint::black_box(start);
        }
    }
    let reports = Reports::default();
    two_workers(ask(reports.layer(Mode::Watch), Place::Handler, compute));
    let [report] = &*reports.wait() else { panic!() };
    println!("{report}");
    assert_eq!(report.kind, Kind::Cpu);
    let location = report.location().expect("there are line tables");
    assert!(location.function().contains("compute"), "{report}");
    assert!(report.cpu.unwrap() >= Duration::from_millis(20));
}
