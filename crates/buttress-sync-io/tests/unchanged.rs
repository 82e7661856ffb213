//! What trapping system calls must not change.
#![cfg(all(feature = "detect", target_os = "linux", target_arch = "x86_64"))]
#![allow(
    unsafe_code,
    reason = "signals, masks and forks have no safe interface"
)]

mod support;

use buttress_sync_io::{Kind, Mode, allow};
use std::{
    fs, mem, panic,
    process::Command,
    ptr,
    sync::atomic::{AtomicU64, Ordering::SeqCst},
    thread,
    time::Duration,
};
use support::{PLACES, Place, Reports, ask, ask_router, check, exact, handler, two_workers};

/// The reports of one request that does this.
fn found(act: fn()) -> Vec<buttress_sync_io::Report> {
    let reports = Reports::default();
    two_workers(ask(reports.layer(Mode::Exact), Place::Handler, act));
    reports.take()
}

#[test]
fn a_mask_of_all_signals_leaves_the_trap_open_and_is_given_back_as_it_was() {
    fn act() {
        // SAFETY: the sets are filled before they are read.
        unsafe {
            let (mut all, mut old, mut now): (libc::sigset_t, libc::sigset_t, libc::sigset_t) =
                (mem::zeroed(), mem::zeroed(), mem::zeroed());
            libc::sigfillset(&mut all);
            assert_eq!(libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut old), 0);
            assert_eq!(libc::sigismember(&old, libc::SIGUSR1), 0);
            // Killed here, were SIGSYS blocked.
            assert!(fs::metadata("/etc/hosts").is_ok());
            assert_eq!(libc::pthread_sigmask(libc::SIG_SETMASK, &old, &mut now), 0);
            assert_eq!(libc::sigismember(&now, libc::SIGUSR1), 1);
            assert_eq!(libc::sigismember(&now, libc::SIGSYS), 0);
            let failed = libc::syscall(libc::SYS_rt_sigprocmask, 99, &all, &mut old, 8);
            assert_eq!((failed, errno()), (-1, libc::EINVAL));
        }
    }
    let found = found(act);
    let [report] = &*exact(&found) else {
        panic!("{}", support::all(&found))
    };
    check(report, Kind::Metadata, "fs::metadata(");
}

fn errno() -> i32 {
    std::io::Error::last_os_error()
        .raw_os_error()
        .unwrap_or_default()
}

#[test]
fn a_call_that_fails_fails_in_the_same_way() {
    fn act() {
        // SAFETY: the kernel refuses the address.
        let read = unsafe { libc::read(0, ptr::dangling_mut::<libc::c_void>(), usize::MAX) };
        assert_eq!((read, errno()), (-1, libc::EFAULT));
        // SAFETY: as above.
        let opened = unsafe { libc::open(ptr::dangling(), libc::O_RDONLY) };
        assert_eq!((opened, errno()), (-1, libc::EFAULT));
        assert!(fs::read("/nowhere").is_err_and(|e| e.raw_os_error() == Some(libc::ENOENT)));
    }
    found(act);
}

#[test]
fn what_is_read_is_the_same_byte_for_byte() {
    fn act() {
        let expected = allow(|| fs::read("/proc/self/exe").unwrap());
        assert!(fs::read("/proc/self/exe").unwrap() == expected);
    }
    found(act);
}

#[test]
fn floating_point_registers_outlive_a_call() {
    fn act() {
        let values: [f64; 4] = std::hint::black_box([1.5, 2.25, -3.125, 1e300]);
        let (mut before, time) = (values, [0_u64, 1]);
        for _ in 0..200 {
            // SAFETY: nanosleep reads a `timespec`; the registers are declared.
            unsafe {
                std::arch::asm!(
                    "vmovupd ymm7, [{values}]",
                    "syscall",
                    "vmovupd [{values}], ymm7",
                    values = in(reg) before.as_mut_ptr(),
                    inlateout("rax") libc::SYS_nanosleep => _,
                    in("rdi") time.as_ptr(),
                    in("rsi") 0,
                    out("rcx") _,
                    out("r11") _,
                    out("xmm7") _,
                );
            }
            assert_eq!(before, values);
            before.rotate_left(4);
        }
    }
    if std::is_x86_feature_detected!("avx") {
        found(act);
    }
}

#[test]
fn a_fork_a_spawn_and_a_thread_from_a_guarded_poll() {
    fn act() {
        // SAFETY: the child only leaves.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // SAFETY: as above.
            unsafe { libc::_exit(7) };
        }
        let mut status = 0;
        // SAFETY: an integer to be filled.
        assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
        assert_eq!(libc::WEXITSTATUS(status), 7);
        let output = Command::new("sh")
            .args(["-c", "echo out; exit 3"])
            .output()
            .unwrap();
        assert_eq!(
            (&*output.stdout, output.status.code()),
            (&b"out\n"[..], Some(3))
        );
        let sum = thread::spawn(|| fs::read("/etc/hosts").unwrap().len())
            .join()
            .unwrap();
        assert!(sum > 0);
    }
    let found = found(act);
    let exact = exact(&found);
    assert!(
        exact.iter().all(|report| report.location().is_some()),
        "{}",
        support::all(&found)
    );
    let of = |kind| exact.iter().filter(|report| report.kind == kind).count();
    // The fork, and the spawn with all that its output needs.
    assert_eq!(of(Kind::Process), 2, "{}", support::all(&found));
    check(exact[0], Kind::Process, "libc::fork()");
    check(exact[1], Kind::Wait, "libc::waitpid(");
    // What the new thread reads is not the poll's.
    assert_eq!(of(Kind::File), 0);
}

#[test]
fn a_panic_in_a_poll_ends_the_guard() {
    // The usual hook may look names up, for a tenth of a second: that is reported, and
    // rightly so.
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if panic.payload().downcast_ref() != Some(&"on purpose") {
            usual(panic);
        }
    }));
    let reports = Reports::default();
    let layer = reports.layer(Mode::Exact);
    two_workers(async {
        use buttress_sync_io::WatchBlocking;
        for _ in 0..10 {
            let job = async { panic!("on purpose") };
            let ended = tokio::spawn(job.watch_blocking_as("panics", &layer)).await;
            assert!(ended.is_err_and(|error| error.is_panic()));
            // On the same workers, outside of guards.
            tokio::spawn(async { fs::read("/etc/hosts").unwrap() })
                .await
                .unwrap();
        }
    });
    let found = reports.take();
    assert_eq!(found.len(), 0, "{}", support::all(&found));
}

#[test]
fn layers_within_layers_report_once() {
    let (outer, inner) = (Reports::default(), Reports::default());
    let router = handler(|| async { drop(fs::read("/etc/hosts").unwrap()) })
        .layer(inner.layer(Mode::Exact))
        .layer(outer.layer(Mode::Exact));
    two_workers(ask_router(router));
    assert_eq!((outer.take().len(), inner.take().len()), (1, 0));
}

#[test]
fn threads_that_end_give_their_slots_back() {
    for _ in 0..50 {
        let found = found(|| drop(fs::read("/etc/hosts").unwrap()));
        assert_eq!(exact(&found).len(), 1);
    }
}

static TICKS: AtomicU64 = AtomicU64::new(0);

extern "C" fn tick(_: i32) {
    TICKS.fetch_add(1, SeqCst);
    // A system call in a handler, as profilers make.
    // SAFETY: it takes nothing.
    unsafe { libc::syscall(libc::SYS_gettid) };
}

#[test]
fn a_profiler_that_interrupts_a_thousand_times_a_second() {
    fn act() {
        let start = TICKS.load(SeqCst);
        for round in 0_u64.. {
            assert!(!fs::read("/etc/hosts").unwrap().is_empty());
            assert_eq!(
                fs::metadata("/nowhere").unwrap_err().raw_os_error(),
                Some(libc::ENOENT)
            );
            if TICKS.load(SeqCst) > start + 20 && round > 500 {
                break;
            }
        }
    }
    // SAFETY: the handler is async-signal-safe; the timer takes a structure.
    unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = tick as *const () as usize;
        action.sa_flags = libc::SA_RESTART;
        assert_eq!(libc::sigaction(libc::SIGPROF, &action, ptr::null_mut()), 0);
        let every = libc::timeval {
            tv_sec: 0,
            tv_usec: 1000,
        };
        let timer = libc::itimerval {
            it_interval: every,
            it_value: every,
        };
        assert_eq!(
            libc::setitimer(libc::ITIMER_PROF, &timer, ptr::null_mut()),
            0
        );
    }
    for place in PLACES {
        let reports = Reports::default();
        two_workers(ask(reports.layer(Mode::Exact), place, act));
        let found = reports.take();
        let exact = exact(&found);
        let of = |kind| exact.iter().filter(|report| report.kind == kind).count();
        assert_eq!(
            (of(Kind::File), of(Kind::Metadata)),
            (1, 1),
            "{}",
            support::all(&found)
        );
    }
    // SAFETY: as above.
    unsafe {
        let never: libc::itimerval = mem::zeroed();
        libc::setitimer(libc::ITIMER_PROF, &never, ptr::null_mut());
    }
}

#[test]
fn a_poll_with_more_calls_than_the_buffer_holds_says_so() {
    /// Each of its leaves has a stack of its own.
    fn tree(depth: u32) {
        if depth == 0 {
            drop(fs::metadata("/etc/hosts"));
            return;
        }
        tree(depth - 1);
        tree(depth - 1);
    }
    let reports = Reports::default();
    let layer = reports.layer(Mode::Exact);
    two_workers(ask(layer.clone(), Place::Handler, || tree(7)));
    assert!(!reports.take().is_empty());
    assert!(layer.counters().lost() > 0);
    // And one loop is one report, however often it goes round.
    let reports = Reports::default();
    let layer = reports.layer(Mode::Exact);
    let act = || (0..500).for_each(|_| thread::sleep(Duration::from_nanos(1)));
    two_workers(ask(layer.clone(), Place::Handler, act));
    let found = reports.take();
    let [report] = &*exact(&found) else {
        panic!("{}", support::all(&found))
    };
    assert_eq!((report.calls, layer.counters().lost()), (500, 0));
}
