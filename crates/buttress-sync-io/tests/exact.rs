//! The exact tier: each blocking call is reported, however short, with its line.
#![cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]

mod support;

use buttress_sync_io::{Kind, Mode, Tier};
use std::{fs, thread, time::Duration};
use support::{Act, PLACES, Reports, ask, two_workers};

/// Each place, one report a place, of this kind, and from a function of this name.
fn reported(act: Act, name: &str, kind: Kind) {
    for place in PLACES {
        let reports = Reports::default();
        two_workers(ask(reports.layer(Mode::Exact), place, act));
        let reports = reports.take();
        let reports: Vec<_> = reports.iter().filter(|r| r.tier == Tier::Exact).collect();
        let [report] = &*reports else {
            panic!("{place:?}: {reports:#?}")
        };
        println!("{report}");
        assert_eq!(report.kind, kind, "{report}");
        let location = report.location().expect("there are line tables");
        assert!(location.function().ends_with(name), "{report}");
        assert!(
            location.file().unwrap().ends_with("tests/exact.rs"),
            "{report}"
        );
    }
}

#[test]
fn a_short_sleep() {
    fn short_sleep() {
        thread::sleep(Duration::from_micros(10));
    }
    reported(short_sleep, "short_sleep", Kind::Sleep);
}

#[test]
fn a_cached_read() {
    fn cached_read() {
        fs::read("/etc/hosts").unwrap();
    }
    reported(cached_read, "cached_read", Kind::File);
}
