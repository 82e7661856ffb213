//! A handler of SIGSYS that was there before ours.
#![cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]
#![allow(unsafe_code, reason = "signals have no safe interface")]

mod support;

use buttress_sync_io::{Kind, Mode};
use std::{
    mem, ptr,
    sync::atomic::{AtomicU32, Ordering::SeqCst},
    thread,
    time::Duration,
};

static CALLED: AtomicU32 = AtomicU32::new(0);

extern "C" fn earlier(signal: i32, _: *mut libc::siginfo_t, _: *mut libc::c_void) {
    assert_eq!(signal, libc::SIGSYS);
    CALLED.fetch_add(1, SeqCst);
}

#[test]
fn it_still_gets_what_is_not_ours_and_nothing_else() {
    // SAFETY: the handler only counts.
    unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = earlier as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO;
        assert_eq!(libc::sigaction(libc::SIGSYS, &action, ptr::null_mut()), 0);
    }
    fn act() {
        thread::sleep(Duration::from_nanos(1));
        // SAFETY: it takes no pointers.
        unsafe { libc::raise(libc::SIGSYS) };
    }
    let reports = support::Reports::default();
    support::two_workers(support::ask(
        reports.layer(Mode::Exact),
        support::Place::Handler,
        act,
    ));
    assert_eq!(CALLED.load(SeqCst), 1);
    let found = reports.take();
    let [report] = &*support::exact(&found) else {
        panic!("{}", support::all(&found))
    };
    support::check(report, Kind::Sleep, "thread::sleep(");
    // SAFETY: as above.
    unsafe { libc::raise(libc::SIGSYS) };
    assert_eq!(CALLED.load(SeqCst), 2);
}
