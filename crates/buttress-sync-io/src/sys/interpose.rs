//! Where the kernel traps no calls: functions in the place of the C library's.
//! The linker takes ours for all that is linked into the program, C included.
//!
//! Each makes its system call as the library does. While a guarded poll runs, the
//! observer is asked first, as the handler of the trap asks it. What the library
//! calls within itself does not come by here.

use super::{
    Registers,
    dispatch::{self, Trap},
};
use std::{
    arch::asm,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

static IS_ON: AtomicBool = AtomicBool::new(false);

/// From now on they ask.
pub(crate) fn interpose() -> bool {
    IS_ON.store(true, Relaxed);
    true
}

/// Whether they do.
pub(crate) fn interposes() -> bool {
    IS_ON.load(Relaxed)
}

macro_rules! functions {
    ($($name:ident($($argument:ident: $kind:ty),*) = $number:ident;)*) => {$(
        // SAFETY: name, arguments and outcome are those of the C library's.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($argument: $kind),*) -> isize {
            answer(call(libc::$number as u64, &[$($argument as u64),*]))
        }
    )*};
}

// Pointers and sizes are `u64`: what they point to is the kernel's to look at.
functions! {
    nanosleep(time: u64, left: u64) = SYS_nanosleep;
    read(fd: i32, to: u64, len: u64) = SYS_read;
    pread64(fd: i32, to: u64, len: u64, at: i64) = SYS_pread64;
    readv(fd: i32, to: u64, count: i32) = SYS_readv;
    write(fd: i32, from: u64, len: u64) = SYS_write;
    pwrite64(fd: i32, from: u64, len: u64, at: i64) = SYS_pwrite64;
    writev(fd: i32, from: u64, count: i32) = SYS_writev;
    openat(folder: i32, path: u64, flags: i32, mode: u32) = SYS_openat;
    openat64(folder: i32, path: u64, flags: i32, mode: u32) = SYS_openat;
    fsync(fd: i32) = SYS_fsync;
    fdatasync(fd: i32) = SYS_fdatasync;
    flock(fd: i32, operation: i32) = SYS_flock;
    statx(folder: i32, path: u64, flags: i32, mask: u32, to: u64) = SYS_statx;
    access(path: u64, mode: i32) = SYS_access;
    mkdir(path: u64, mode: u32) = SYS_mkdir;
    rmdir(path: u64) = SYS_rmdir;
    unlink(path: u64) = SYS_unlink;
    rename(from: u64, to: u64) = SYS_rename;
    connect(fd: i32, to: u64, len: u32) = SYS_connect;
    accept4(fd: i32, from: u64, len: u64, flags: i32) = SYS_accept4;
    recvfrom(fd: i32, to: u64, len: u64, flags: i32, from: u64, size: u64) = SYS_recvfrom;
    recvmsg(fd: i32, message: u64, flags: i32) = SYS_recvmsg;
    sendto(fd: i32, from: u64, len: u64, flags: i32, to: u64, size: u32) = SYS_sendto;
    sendmsg(fd: i32, message: u64, flags: i32) = SYS_sendmsg;
    poll(fds: u64, count: u64, timeout: i32) = SYS_poll;
    wait4(process: i32, status: u64, options: i32, usage: u64) = SYS_wait4;
    waitid(kind: i32, id: u32, info: u64, options: i32) = SYS_waitid;
}

macro_rules! opens {
    ($($name:ident)*) => {$(
        // SAFETY: as above.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(path: u64, flags: i32, mode: u32) -> isize {
            let arguments = [HERE, path, flags as u64, u64::from(mode)];
            answer(call(libc::SYS_openat as u64, &arguments))
        }
    )*};
}

opens! { open open64 }

macro_rules! stats {
    ($($name:ident($flags:expr))*) => {$(
        // SAFETY: as above.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(path: u64, to: u64) -> isize {
            answer(call(libc::SYS_newfstatat as u64, &[HERE, path, to, $flags]))
        }
    )*};
}

stats! { stat64(0) lstat64(libc::AT_SYMLINK_NOFOLLOW as u64) }

/// What a path is relative to.
const HERE: u64 = libc::AT_FDCWD as u64;

// SAFETY: as above. This one answers with the error.
#[unsafe(no_mangle)]
unsafe extern "C" fn clock_nanosleep(clock: i32, flags: i32, time: u64, left: u64) -> i32 {
    let arguments = [clock as u64, flags as u64, time, left];
    (call(libc::SYS_clock_nanosleep as u64, &arguments) as i32).wrapping_neg()
}

// SAFETY: as above.
#[unsafe(no_mangle)]
unsafe extern "C" fn recv(fd: i32, to: u64, len: u64, flags: i32) -> isize {
    let arguments = [fd as u64, to, len, flags as u64];
    answer(call(libc::SYS_recvfrom as u64, &arguments))
}

// SAFETY: as above.
#[unsafe(no_mangle)]
unsafe extern "C" fn send(fd: i32, from: u64, len: u64, flags: i32) -> isize {
    let arguments = [fd as u64, from, len, flags as u64];
    answer(call(libc::SYS_sendto as u64, &arguments))
}

// SAFETY: as above.
#[unsafe(no_mangle)]
unsafe extern "C" fn waitpid(process: i32, status: u64, options: i32) -> isize {
    let arguments = [process as u64, status, options as u64];
    answer(call(libc::SYS_wait4 as u64, &arguments))
}

// SAFETY: as above. A caller that gives fewer arguments than six leaves anything
// in the others, which the call that it makes does not look at.
#[unsafe(no_mangle)]
unsafe extern "C" fn syscall(n: u64, a: u64, b: u64, c: u64, d: u64, e: u64, f: u64) -> isize {
    answer(call(n, &[a, b, c, d, e, f]))
}

/// Makes a call; the kernel's answer.
#[inline(never)]
fn call(number: u64, given: &[u64]) -> u64 {
    let mut arguments = [0; 6];
    arguments[..given.len()].copy_from_slice(given);
    let observer = interposes().then(dispatch::observer).flatten();
    let observer = observer.filter(|observer| dispatch::is_armed(observer.selector()));
    let Some(observer) = observer else {
        return make(number, arguments);
    };
    // What the observer itself calls may come by here.
    dispatch::disarm(observer.selector());
    let before = errno();
    let registers = here();
    let trap = Trap {
        number,
        arguments,
        registers,
    };
    let mut result = None;
    observer.around(&trap, &mut || result = Some(make(number, arguments)));
    set_errno(before);
    let result = result.unwrap_or_else(|| make(number, arguments));
    dispatch::arm(observer.selector());
    result
}

/// As the C library answers.
fn answer(result: u64) -> isize {
    let result = result as isize;
    if (-4095..0).contains(&result) {
        set_errno(-result as i32);
        return -1;
    }
    result
}

/// Where to begin to unwind.
#[inline(always)]
fn here() -> Registers {
    let (pc, sp, bp): (u64, u64, u64);
    // SAFETY: it only copies registers.
    unsafe {
        asm!(
            "lea {pc}, [rip]",
            "mov {sp}, rsp",
            "mov {bp}, rbp",
            pc = out(reg) pc,
            sp = out(reg) sp,
            bp = out(reg) bp,
            options(nomem, nostack, preserves_flags),
        );
    }
    Registers { pc, sp, bp }
}

/// Not by the code that is never trapped: where the kernel traps, it has to see
/// this one.
fn make(number: u64, arguments: [u64; 6]) -> u64 {
    let [a, b, c, d, e, f] = arguments;
    let result;
    // SAFETY: what the caller asked of the C library, with its own arguments.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") a,
            in("rsi") b,
            in("rdx") c,
            in("r10") d,
            in("r8") e,
            in("r9") f,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

fn errno() -> i32 {
    // SAFETY: the address of a thread-local integer.
    unsafe { *libc::__errno_location() }
}

fn set_errno(value: i32) {
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = value };
}
