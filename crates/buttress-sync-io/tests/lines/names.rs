//! The function and the line that a report names, also where an optimiser has
//! been: run with `--release` and line tables, these say more.

use crate::support::{Place, Reports, ask, ask_router, check, exact, handler, two_workers};
use buttress_sync_io::{Kind, Mode, Report};
use std::{fs, thread, time::Duration};

/// The one report of an act in a handler.
fn found(act: fn()) -> Report {
    let reports = Reports::default();
    two_workers(ask(reports.layer(Mode::Exact), Place::Handler, act));
    only(&reports)
}

fn only(reports: &Reports) -> Report {
    let found = reports.take();
    let [report] = &*exact(&found) else {
        panic!("{}", crate::support::all(&found))
    };
    (*report).clone()
}

/// Whether a report names this function, and the line with this text.
fn names(report: &Report, function: &str, line: &str) {
    check(report, report.kind, line);
    let named = report.location().expect("there are line tables").function();
    assert!(named.ends_with(function), "{named}: {report}");
}

/// Optimised, it jumps: there is no frame of it.
#[inline(never)]
fn sleeps_last() {
    thread::sleep(Duration::from_nanos(1)); // last
}

#[test]
fn a_function_whose_last_call_blocks() {
    fn act() {
        sleeps_last();
        std::hint::black_box(());
    }
    let report = found(act);
    assert_eq!(report.kind, Kind::Sleep);
    names(&report, "::sleeps_last", "// last");
    assert!(!report.inferred, "{report}");
}

#[inline(never)]
fn leads_there() {
    sleeps_last(); // leads there
}

#[test]
fn a_function_whose_last_call_is_of_one_whose_last_call_blocks() {
    fn act() {
        leads_there();
        std::hint::black_box(());
    }
    let report = found(act);
    names(&report, "::sleeps_last", "// last");
    let callers: Vec<_> = report.stack.iter().map(ToString::to_string).collect();
    assert!(
        callers.iter().any(|frame| frame.contains("leads_there")),
        "{report}"
    );
}

#[inline(always)]
fn is_part_of_another() {
    drop(fs::metadata("/etc/hosts")); // a part
}

#[test]
fn a_function_that_is_inlined() {
    fn act() {
        is_part_of_another();
        std::hint::black_box(());
    }
    names(&found(act), "is_part_of_another", "// a part");
}

#[test]
fn a_method_by_a_table_and_a_closure() {
    trait Job {
        fn run(&self);
    }
    struct Reads;
    impl Job for Reads {
        fn run(&self) {
            drop(fs::metadata("/etc/hosts")); // by a table
            std::hint::black_box(());
        }
    }
    fn act() {
        let job: Box<dyn Job> = std::hint::black_box(Box::new(Reads));
        let call = || {
            job.run();
            std::hint::black_box(());
        };
        call();
    }
    let report = found(act);
    names(&report, "run", "// by a table");
}

#[test]
fn an_async_function_in_a_handler_of_axum() {
    async fn reads() {
        let _ = fs::metadata("/etc/hosts"); // in an async function
    }
    let reports = Reports::default();
    let router = handler(|| async { reads().await }).layer(reports.layer(Mode::Exact));
    two_workers(ask_router(router));
    // Inlined, it has no better name than `{async_fn#0}`.
    check(&only(&reports), Kind::Metadata, "// in an async function");
}
