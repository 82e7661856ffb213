//! A sandbox.
#![allow(unsafe_code, reason = "seccomp has no safe interface")]

/// From now on these calls of this thread, and of those that it starts, answer
/// "operation not permitted".
pub(crate) fn refuse(calls: &[i64]) {
    const ALLOW: u32 = 0x7fff_0000;
    const ERRNO: u32 = 0x0005_0000 | libc::EPERM as u32;
    const LOAD: u16 = 0x20;
    const EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    // The number of the call is the first word that a filter sees.
    let mut program = vec![step(LOAD, 0, 0, 0)];
    for &call in calls {
        program.push(step(EQUAL, 0, 1, call as u32));
        program.push(step(RETURN, 0, 0, ERRNO));
    }
    program.push(step(RETURN, 0, 0, ALLOW));
    let program = libc::sock_fprog {
        len: program.len() as u16,
        filter: program.as_mut_ptr(),
    };
    // SAFETY: the program lives for the call, and says its own length.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        let filter = libc::SECCOMP_SET_MODE_FILTER;
        assert_eq!(libc::syscall(libc::SYS_seccomp, filter, 0, &program), 0);
    }
}
