//! CPU time, which other programs on the machine do not add to.

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds that this thread has computed.
pub fn thread_cpu() -> u64 {
    nanoseconds(ClockId::ThreadCPUTime)
}

/// Nanoseconds that all threads of this process have computed: work that a
/// subject moves to another thread counts too.
pub fn process_cpu() -> u64 {
    nanoseconds(ClockId::ProcessCPUTime)
}

fn nanoseconds(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}
