//! Exact: waiting is reported, with the line that waits.

use crate::support::{reported, while_held};
use buttress_sync_io::{Kind, allow};
use std::{
    process::Command,
    sync::{Condvar, Mutex, mpsc},
    thread,
    time::Duration,
};

const WHILE: Duration = Duration::from_millis(700);

#[test]
fn a_sleep_however_short() {
    fn act() {
        thread::sleep(Duration::from_nanos(1));
        // Optimised, it would jump there, and was called by a pointer.
        std::hint::black_box(());
    }
    reported(act, Kind::Sleep, "thread::sleep(");
}

#[test]
fn a_system_call_by_inline_assembly() {
    #[allow(unsafe_code, reason = "there is no other way to make such a call")]
    fn act() {
        let time = [0_u64, 1_000];
        // SAFETY: nanosleep reads a `timespec`, and writes none.
        unsafe {
            std::arch::asm!(
                "syscall",
                inlateout("rax") libc::SYS_nanosleep => _,
                in("rdi") time.as_ptr(),
                in("rsi") 0,
                out("rcx") _,
                out("r11") _,
            );
        }
    }
    reported(act, Kind::Sleep, "asm!(");
}

#[test]
fn a_mutex_that_another_thread_holds() {
    static MUTEX: Mutex<()> = Mutex::new(());
    fn act() {
        while_held(|| MUTEX.lock().unwrap(), || drop(MUTEX.lock().unwrap()));
    }
    reported(act, Kind::Lock, "while_held(|| MUTEX");
}

#[test]
fn a_mutex_of_parking_lot() {
    static MUTEX: parking_lot::Mutex<()> = parking_lot::Mutex::new(());
    fn act() {
        while_held(|| MUTEX.lock(), || drop(MUTEX.lock()));
    }
    reported(act, Kind::Lock, "while_held(|| MUTEX");
}

#[test]
fn a_channel_that_is_empty() {
    fn act() {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            thread::sleep(WHILE);
            sender.send(1).unwrap();
        });
        assert_eq!(receiver.recv(), Ok(1));
    }
    reported(act, Kind::Lock, "receiver.recv()");
}

#[test]
fn a_condition() {
    static CONDITION: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());
    fn act() {
        let (mutex, condition) = &CONDITION;
        *mutex.lock().unwrap() = false;
        thread::spawn(|| {
            thread::sleep(WHILE);
            *CONDITION.0.lock().unwrap() = true;
            CONDITION.1.notify_all();
        });
        let held = mutex.lock().unwrap();
        drop(condition.wait_while(held, |is_true| !*is_true).unwrap());
    }
    reported(act, Kind::Lock, "condition.wait_while(");
}

#[test]
fn the_end_of_a_thread() {
    fn act() {
        let thread = thread::spawn(|| thread::sleep(WHILE));
        thread.join().unwrap();
    }
    reported(act, Kind::Wait, "thread.join()");
}

#[test]
fn a_process_is_one_report() {
    fn act() {
        assert!(Command::new("true").output().unwrap().status.success());
    }
    reported(act, Kind::Process, "Command::new(\"true\").output()");
}

#[test]
fn the_end_of_a_process() {
    fn act() {
        let mut child = allow(|| Command::new("true").spawn().unwrap());
        assert!(child.wait().unwrap().success());
    }
    reported(act, Kind::Wait, "child.wait()");
}
