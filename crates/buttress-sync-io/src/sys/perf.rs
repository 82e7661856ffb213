//! Where a thread is that does not sleep, asked of the kernel's own sampler: the
//! thread is not stopped, and no signal is sent.

use std::{mem, ops::Range, ptr, time::Duration};

/// The registers that unwinding starts with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Registers {
    pub(crate) pc: u64,
    pub(crate) sp: u64,
    pub(crate) bp: u64,
}

/// A thread at one moment.
pub(crate) struct Snapshot {
    pub(crate) registers: Registers,
    /// Its stack from `sp` on.
    pub(crate) stack: Vec<u8>,
}

/// `perf_event_attr` up to `PERF_ATTR_SIZE_VER5`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Attributes {
    kind: u32,
    size: u32,
    config: u64,
    sample_period: u64,
    sample_type: u64,
    read_format: u64,
    flags: u64,
    wakeup_events: u32,
    breakpoint_type: u32,
    config1: u64,
    config2: u64,
    branch_sample_type: u64,
    sample_regs_user: u64,
    sample_stack_user: u32,
    clock_id: i32,
    sample_regs_intr: u64,
    aux_watermark: u32,
    sample_max_stack: u16,
    reserved: u16,
}

const SOFTWARE: u32 = 1;
const CPU_CLOCK: u64 = 0;
const SAMPLE_REGS_USER: u64 = 1 << 12;
const SAMPLE_STACK_USER: u64 = 1 << 13;
const EXCLUDE_KERNEL_AND_HYPERVISOR: u64 = 1 << 5 | 1 << 6;
/// bp, sp and ip of x86-64: the kernel gives them in this order.
const REGISTERS: u64 = 1 << 6 | 1 << 7 | 1 << 8;
const STACK: u32 = 32 * 1024;
const PAGES: usize = 32;
const PAGE: usize = 4096;
const RECORD_SAMPLE: u32 = 9;
const EVERY: Duration = Duration::from_micros(500);

/// Waits for a thread to run for half a millisecond.
#[derive(Debug)]
pub(crate) struct Sampler(Ring);

impl Sampler {
    /// `None` if the kernel does not allow it (`perf_event_paranoid` above 2, or a
    /// container without `perf_event_open`).
    pub(crate) fn start(thread: i32) -> Option<Self> {
        // Also while it runs in the kernel, if that is allowed: a thread that
        // copies files does nothing else.
        let ring = Ring::open(thread, 0);
        let ring = ring.or_else(|| Ring::open(thread, EXCLUDE_KERNEL_AND_HYPERVISOR));
        ring.map(Self)
    }

    /// What was seen first, once something was.
    pub(crate) fn seen(&self) -> Option<Snapshot> {
        self.0.first()
    }
}

#[derive(Debug)]
struct Ring {
    fd: libc::c_int,
    memory: *mut libc::c_void,
}

impl Ring {
    const LEN: usize = PAGE * (1 + PAGES);

    fn open(thread: i32, excluded: u64) -> Option<Self> {
        // SAFETY: all of its fields are integers.
        let mut attributes: Attributes = unsafe { mem::zeroed() };
        attributes.kind = SOFTWARE;
        attributes.size = mem::size_of::<Attributes>() as u32;
        attributes.config = CPU_CLOCK;
        attributes.sample_period = EVERY.as_nanos() as u64;
        attributes.sample_type = SAMPLE_REGS_USER | SAMPLE_STACK_USER;
        attributes.flags = excluded;
        attributes.sample_regs_user = REGISTERS;
        attributes.sample_stack_user = STACK;
        const CLOSE_ON_EXEC: libc::c_ulong = 8;
        // SAFETY: the attributes live for the call and say their own size.
        let fd = unsafe {
            let attributes = ptr::from_ref(&attributes);
            libc::syscall(
                libc::SYS_perf_event_open,
                attributes,
                thread,
                -1,
                -1,
                CLOSE_ON_EXEC,
            )
        };
        let fd = libc::c_int::try_from(fd).ok().filter(|&fd| fd >= 0)?;
        // SAFETY: a new mapping of a descriptor that is ours.
        let memory = unsafe {
            let access = libc::PROT_READ | libc::PROT_WRITE;
            libc::mmap(ptr::null_mut(), Self::LEN, access, libc::MAP_SHARED, fd, 0)
        };
        if memory == libc::MAP_FAILED {
            // SAFETY: opened above, and not used again.
            unsafe { libc::close(fd) };
            return None;
        }
        Some(Self { fd, memory })
    }

    /// The first sample, if it has come: the ring is new, so it lies at its start.
    fn first(&self) -> Option<Snapshot> {
        // The kernel's `data_head` stands at byte 1024 of the first page.
        if self.word(1024) == 0 {
            return None;
        }
        let header = self.word(PAGE);
        let (kind, size) = (header as u32, (header >> 48) as usize);
        let (abi, at) = (self.word(PAGE + 8), PAGE + 16);
        if kind != RECORD_SAMPLE || abi == 0 || size < 56 {
            return None;
        }
        let registers = Registers {
            bp: self.word(at),
            sp: self.word(at + 8),
            pc: self.word(at + 16),
        };
        let room = usize::try_from(self.word(at + 24)).unwrap_or(0);
        // After the stack stands how much of it is true.
        let used = self.word(at + 32 + room.min(STACK as usize)) as usize;
        let stack = self.bytes(at + 32..at + 32 + used.min(room).min(STACK as usize));
        Some(Snapshot { registers, stack })
    }

    fn word(&self, at: usize) -> u64 {
        assert!(at + 8 <= Self::LEN);
        // SAFETY: within the mapping, by the line above, and aligned to eight.
        // Volatile, since the kernel writes there.
        unsafe { ptr::read_volatile(self.memory.cast::<u8>().add(at).cast()) }
    }

    fn bytes(&self, range: Range<usize>) -> Vec<u8> {
        range
            .step_by(8)
            .flat_map(|at| self.word(at).to_ne_bytes())
            .collect()
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: both are ours, and nothing uses them any more.
        unsafe {
            libc::munmap(self.memory, Self::LEN);
            libc::close(self.fd);
        }
    }
}
