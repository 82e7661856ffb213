//! Which system calls may block, and by what that can be told: a table, with no
//! IO, that the signal handler may ask.

#![allow(non_upper_case_globals, reason = "they are the libc crate's names")]

use crate::Kind;
// The constants below stand before those of the same name.
use libc::*;

/// How to judge a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// It does not block, or is nobody's business here.
    Pass,
    /// It may, whatever it is given.
    Always(Kind),
    /// Depends on the descriptor in this argument.
    Descriptor(usize),
    /// Of a socket: the argument with flags, if it has some.
    Socket(Option<usize>),
    /// Metadata by a path, or of the descriptor where there is none.
    Metadata { path: usize },
    /// Opens the path in this argument, with the flags in the next.
    Open(usize),
    /// A lock: reported only if it took its time.
    Lock(Kind),
    /// Waits for descriptors: how many, and for how long.
    Poll(Timeout),
    /// Starts a process or a thread.
    Clone,
}

/// How a call says how long it will wait at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timeout {
    /// In milliseconds, in this argument.
    Milliseconds(usize),
    /// By a pointer to a `timespec` or `timeval` in this argument; null is for
    /// ever.
    Pointer(usize),
}

const FUTEX_COMMAND: u64 = 0x7f;
/// WAIT, LOCK_PI, WAIT_BITSET, WAIT_REQUEUE_PI, LOCK_PI2.
const FUTEX_WAITS: [u64; 5] = [0, 6, 9, 11, 13];
const F_SETLKW: u64 = 7;
const F_OFD_SETLKW: u64 = 38;
const LOCK_NB: u64 = 4;
const MS_SYNC: u64 = 4;
const WNOHANG: u64 = 1;
/// `futex_waitv` and `futex_wait`, which the libc crate does not know.
const FUTEX_WAITV: i64 = 449;
const FUTEX_WAIT: i64 = 455;

/// How to judge this call.
pub(crate) fn rule(number: u64, arguments: &[u64; 6]) -> Rule {
    let [_, second, third, fourth, ..] = *arguments;
    match number as i64 {
        SYS_read | SYS_pread64 | SYS_readv | SYS_preadv | SYS_preadv2 | SYS_write
        | SYS_pwrite64 | SYS_writev | SYS_pwritev | SYS_pwritev2 | SYS_splice | SYS_tee
        | SYS_copy_file_range => Rule::Descriptor(0),
        SYS_sendfile => Rule::Descriptor(1),
        SYS_fsync | SYS_fdatasync | SYS_syncfs | SYS_sync | SYS_sync_file_range | SYS_ftruncate
        | SYS_truncate | SYS_fallocate | SYS_readahead => Rule::Always(Kind::File),
        SYS_msync if third & MS_SYNC != 0 => Rule::Always(Kind::File),
        SYS_open | SYS_creat => Rule::Open(0),
        SYS_openat => Rule::Open(1),
        SYS_openat2 => Rule::Always(Kind::File),
        SYS_stat | SYS_lstat | SYS_access | SYS_readlink | SYS_chmod | SYS_chown | SYS_lchown
        | SYS_statfs | SYS_getxattr | SYS_setxattr | SYS_utimes => Rule::Metadata { path: 0 },
        SYS_newfstatat | SYS_statx | SYS_faccessat | SYS_faccessat2 | SYS_readlinkat
        | SYS_fchmodat | SYS_fchownat | SYS_utimensat => Rule::Metadata { path: 1 },
        SYS_fstat | SYS_fstatfs | SYS_fchmod | SYS_fchown | SYS_fgetxattr | SYS_fsetxattr => {
            Rule::Metadata { path: usize::MAX }
        }
        SYS_getdents | SYS_getdents64 | SYS_mkdir | SYS_mkdirat | SYS_rmdir | SYS_rename
        | SYS_renameat | SYS_renameat2 | SYS_unlink | SYS_unlinkat | SYS_link | SYS_linkat
        | SYS_symlink | SYS_symlinkat | SYS_chdir | SYS_fchdir => Rule::Always(Kind::Directory),
        SYS_connect | SYS_accept => Rule::Socket(None),
        // Its flags are those of the new socket.
        SYS_accept4 => Rule::Socket(None),
        SYS_recvfrom | SYS_sendto | SYS_recvmmsg | SYS_sendmmsg => Rule::Socket(Some(3)),
        SYS_recvmsg | SYS_sendmsg => Rule::Socket(Some(2)),
        SYS_nanosleep | SYS_clock_nanosleep => Rule::Always(Kind::Sleep),
        SYS_poll => Rule::Poll(Timeout::Milliseconds(2)),
        SYS_ppoll => Rule::Poll(Timeout::Pointer(2)),
        SYS_select | SYS_pselect6 => Rule::Poll(Timeout::Pointer(4)),
        SYS_futex if FUTEX_WAITS.contains(&(second & FUTEX_COMMAND)) => Rule::Lock(Kind::Lock),
        FUTEX_WAITV | FUTEX_WAIT | SYS_semop | SYS_semtimedop => Rule::Lock(Kind::Lock),
        SYS_flock if second & LOCK_NB == 0 => Rule::Lock(Kind::Lock),
        SYS_fcntl if [F_SETLKW, F_OFD_SETLKW].contains(&second) => Rule::Lock(Kind::Lock),
        SYS_wait4 if third & WNOHANG == 0 => Rule::Always(Kind::Wait),
        SYS_waitid if fourth & WNOHANG == 0 => Rule::Always(Kind::Wait),
        SYS_rt_sigtimedwait => Rule::Poll(Timeout::Pointer(2)),
        SYS_pause | SYS_rt_sigsuspend | SYS_msgrcv | SYS_msgsnd | SYS_mq_timedreceive
        | SYS_mq_timedsend => Rule::Always(Kind::Wait),
        // So many completions it waits for.
        SYS_io_uring_enter if third > 0 => Rule::Always(Kind::Wait),
        SYS_io_getevents if second > 0 => Rule::Always(Kind::Wait),
        SYS_clone | SYS_clone3 | SYS_fork | SYS_vfork => Rule::Clone,
        SYS_execve | SYS_execveat => Rule::Always(Kind::Process),
        _ => Rule::Pass,
    }
}

/// What a thread waits for that the kernel says is in this call: descriptors are
/// taken for files, of which the name may tell otherwise.
pub(crate) fn kind(number: u64, arguments: &[u64; 6]) -> Kind {
    match rule(number, arguments) {
        Rule::Pass => Kind::Unknown,
        Rule::Always(kind) | Rule::Lock(kind) => kind,
        Rule::Descriptor(_) | Rule::Open(_) => Kind::File,
        Rule::Socket(_) => Kind::Network,
        Rule::Metadata { .. } => Kind::Metadata,
        Rule::Poll(_) => Kind::Wait,
        Rule::Clone => Kind::Process,
    }
}

/// The argument that holds the descriptor which the call is about.
pub(crate) fn descriptor(number: u64, arguments: &[u64; 6]) -> Option<u64> {
    match rule(number, arguments) {
        Rule::Descriptor(at) => arguments.get(at).copied(),
        Rule::Socket(_) => Some(arguments[0]),
        Rule::Always(Kind::File | Kind::Directory) | Rule::Lock(_)
            if takes_descriptor(number as i64) =>
        {
            Some(arguments[0])
        }
        _ => None,
    }
}

fn takes_descriptor(number: i64) -> bool {
    [
        SYS_fsync,
        SYS_fdatasync,
        SYS_syncfs,
        SYS_sync_file_range,
        SYS_ftruncate,
        SYS_fallocate,
        SYS_readahead,
        SYS_getdents,
        SYS_getdents64,
        SYS_flock,
        SYS_fcntl,
        SYS_fchdir,
    ]
    .contains(&number)
}

/// The argument that points to the path which the call is about.
pub(crate) fn path(number: u64, arguments: &[u64; 6]) -> Option<u64> {
    let at = match (number as i64, rule(number, arguments)) {
        (_, Rule::Open(at) | Rule::Metadata { path: at }) => at,
        (
            SYS_mkdir | SYS_rmdir | SYS_rename | SYS_unlink | SYS_link | SYS_symlink | SYS_chdir
            | SYS_execve | SYS_truncate,
            _,
        ) => 0,
        (
            SYS_openat2 | SYS_mkdirat | SYS_renameat | SYS_renameat2 | SYS_unlinkat | SYS_linkat
            | SYS_execveat,
            _,
        ) => 1,
        _ => return None,
    };
    arguments.get(at).copied()
}

/// The name of the call.
pub(crate) fn name(number: u64) -> &'static str {
    let known = NAMES.iter().find(|(known, _)| *known == number as i64);
    known.map_or("a system call", |(_, name)| name.trim_start_matches("SYS_"))
}

macro_rules! names {
    ($($name:ident)*) => {
        const NAMES: &[(i64, &str)] = &[
            (FUTEX_WAITV, "futex_waitv"),
            (FUTEX_WAIT, "futex_wait"),
            $((libc::$name, stringify!($name))),*
        ];
    };
}

names! {
    SYS_read SYS_pread64 SYS_readv SYS_preadv SYS_preadv2 SYS_write SYS_pwrite64 SYS_writev
    SYS_pwritev SYS_pwritev2 SYS_splice SYS_tee SYS_copy_file_range SYS_sendfile SYS_fsync
    SYS_fdatasync SYS_syncfs SYS_sync SYS_sync_file_range SYS_ftruncate SYS_truncate SYS_fallocate
    SYS_readahead SYS_msync SYS_open SYS_creat SYS_openat SYS_openat2 SYS_stat SYS_lstat SYS_access
    SYS_readlink SYS_chmod SYS_chown SYS_lchown SYS_statfs SYS_getxattr SYS_setxattr SYS_utimes
    SYS_newfstatat SYS_statx SYS_faccessat SYS_faccessat2 SYS_readlinkat SYS_fchmodat SYS_fchownat
    SYS_utimensat SYS_fstat SYS_fstatfs SYS_fchmod SYS_fchown SYS_fgetxattr SYS_fsetxattr
    SYS_getdents SYS_getdents64 SYS_mkdir SYS_mkdirat SYS_rmdir SYS_rename SYS_renameat
    SYS_renameat2 SYS_unlink SYS_unlinkat SYS_link SYS_linkat SYS_symlink SYS_symlinkat SYS_chdir
    SYS_fchdir SYS_connect SYS_accept SYS_accept4 SYS_recvfrom SYS_sendto SYS_recvmmsg SYS_sendmmsg
    SYS_recvmsg SYS_sendmsg SYS_nanosleep SYS_clock_nanosleep SYS_poll SYS_ppoll SYS_select
    SYS_pselect6 SYS_futex SYS_semop SYS_semtimedop SYS_flock SYS_fcntl SYS_wait4 SYS_waitid
    SYS_rt_sigtimedwait SYS_pause SYS_rt_sigsuspend SYS_msgrcv SYS_msgsnd SYS_mq_timedreceive
    SYS_mq_timedsend SYS_io_uring_enter SYS_io_getevents SYS_clone SYS_clone3 SYS_fork SYS_vfork
    SYS_execve SYS_execveat SYS_sched_yield SYS_epoll_wait SYS_epoll_pwait
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_that_cannot_wait_pass() {
        let none = [0; 6];
        for call in [
            libc::SYS_getrandom,
            libc::SYS_mmap,
            libc::SYS_epoll_wait,
            libc::SYS_close,
        ] {
            assert_eq!(rule(call as u64, &none), Rule::Pass);
        }
        let wake = [0, 1 | 128, 1, 0, 0, 0];
        assert_eq!(rule(libc::SYS_futex as u64, &wake), Rule::Pass);
        let without_waiting = [3, 2 | LOCK_NB, 0, 0, 0, 0];
        assert_eq!(rule(libc::SYS_flock as u64, &without_waiting), Rule::Pass);
    }

    #[test]
    fn each_call_with_a_rule_has_a_name() {
        // With flags and counts that make every call wait.
        for number in 0..600 {
            for second in [0, F_SETLKW] {
                if rule(number, &[0, second, MS_SYNC, 0, 0, 0]) != Rule::Pass {
                    assert_ne!(name(number), "a system call", "{number}");
                }
            }
        }
        assert_eq!(name(libc::SYS_openat as u64), "openat");
    }
}
