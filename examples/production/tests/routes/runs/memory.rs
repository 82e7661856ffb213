//! How much memory a process has, as Linux counts it.

/// In KiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) now: u64,
    /// The most that it ever was.
    pub(crate) peak: u64,
}

pub(crate) fn memory(pid: u32) -> Memory {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"));
    let status = status.expect("the process runs, on Linux");
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|it| it.trim().strip_suffix(" kB"));
        kib.and_then(|it| it.parse().ok()).expect("a number of KiB")
    };
    Memory {
        now: field("VmRSS:"),
        peak: field("VmHWM:"),
    }
}
