//! Whether a trapped call may block. Runs in the signal handler.

use super::descriptor;
use crate::{
    Kind,
    calls::{self, Rule, Timeout},
    sys::{self, Trap},
};

/// So much of a name is kept.
pub(super) const NAME: usize = 120;

/// A call that may block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) name: [u8; NAME],
    pub(super) len: usize,
    /// Whether it counts only if it takes its time.
    pub(super) is_lock: bool,
}

/// What to say of a call, if it may block.
pub(super) fn judge(trap: &Trap) -> Option<Found> {
    let arguments = &trap.arguments;
    let argument = |at: usize| arguments.get(at).copied().unwrap_or_default();
    let rule = calls::rule(trap.number, arguments);
    let found = match rule {
        Rule::Pass => return None,
        Rule::Lock(kind) => Found {
            is_lock: true,
            ..Found::new(kind).about(trap)
        },
        Rule::Always(kind) => Found::new(kind).about(trap),
        Rule::Descriptor(at) => Found::of_descriptor(argument(at))?,
        Rule::Socket(flags) => {
            let flags = flags.map_or(0, argument);
            if flags & libc::MSG_DONTWAIT as u64 != 0 {
                return None;
            }
            let is_connect = trap.number == libc::SYS_connect as u64;
            if is_connect && descriptor::is_datagram(argument(0)) {
                return None;
            }
            Found::of_descriptor(argument(0))?
        }
        Rule::Metadata { path } => {
            let found = Found::new(Kind::Metadata).about(trap);
            if found.len > 0 {
                found
            } else {
                let fd = if path == usize::MAX { 0 } else { path - 1 };
                Found::of_file(argument(fd))?
            }
        }
        Rule::Open(path) => {
            let is_directory = argument(path + 1) & libc::O_DIRECTORY as u64 != 0;
            let kind = if is_directory {
                Kind::Directory
            } else {
                Kind::File
            };
            Found::new(kind).about(trap)
        }
        Rule::Poll(timeout) => Found::of_poll(trap, timeout)?,
        Rule::Clone if is_thread(trap) => return None,
        Rule::Clone => Found::new(Kind::Process),
    };
    (!found.is_the_systems()).then_some(found)
}

/// Whether it starts a thread, not a process.
fn is_thread(trap: &Trap) -> bool {
    let flags = match trap.number as i64 {
        libc::SYS_clone => trap.arguments[0],
        libc::SYS_clone3 => word(trap.arguments[0]).unwrap_or_default(),
        _ => 0,
    };
    flags & libc::CLONE_THREAD as u64 != 0
}

fn word(address: u64) -> Option<u64> {
    let mut bytes = [0; 8];
    let is_read = sys::read_memory(address, &mut bytes) == 8;
    is_read.then(|| u64::from_ne_bytes(bytes))
}

/// What the libraries read for themselves: of the machine, once, and from
/// memory; and what goes nowhere.
const SYSTEMS: [&[u8]; 4] = [
    b"/dev/null",
    b"/sys/devices/system/cpu",
    b"/sys/fs/cgroup",
    b"/proc/sys/vm/overcommit_memory",
];

impl Found {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            name: [0; NAME],
            len: 0,
            is_lock: false,
        }
    }

    /// With the path or the descriptor in its arguments.
    fn about(mut self, trap: &Trap) -> Self {
        if let Some(path) = calls::path(trap.number, &trap.arguments) {
            // Up to the end of its page: the next one may not be there.
            let room = (4096 - path % 4096).min(NAME as u64) as usize;
            let mut read = sys::read_memory(path, &mut self.name[..room]);
            if room < NAME && read == room && !self.name[..room].contains(&0) {
                read += sys::read_memory(path + room as u64, &mut self.name[room..]);
            }
            let end = self.name[..read].iter().position(|&byte| byte == 0);
            self.len = end.unwrap_or(read);
        } else if let Some(fd) = calls::descriptor(trap.number, &trap.arguments) {
            self.name_descriptor(fd);
        }
        self
    }

    fn name_descriptor(&mut self, fd: u64) {
        self.len = sys::name_of(fd as i32, &mut self.name);
    }

    fn of_descriptor(fd: u64) -> Option<Self> {
        let mut found = Self::new(descriptor::kind(fd)?);
        found.name_descriptor(fd);
        Some(found)
    }

    /// Metadata of an open file: none, where it is a socket or a pipe.
    fn of_file(fd: u64) -> Option<Self> {
        if !descriptor::is_on_disk(fd) {
            return None;
        }
        let mut found = Self::new(Kind::Metadata);
        found.name_descriptor(fd);
        Some(found)
    }

    fn of_poll(trap: &Trap, timeout: Timeout) -> Option<Self> {
        let argument = |at: usize| trap.arguments.get(at).copied().unwrap_or_default();
        let waits = match timeout {
            Timeout::Milliseconds(at) => argument(at) as u32 != 0,
            Timeout::Pointer(at) => {
                let at = argument(at);
                let both = word(at).zip(word(at.wrapping_add(8)));
                at == 0 || both != Some((0, 0))
            }
        };
        if !waits {
            return None;
        }
        let is_select = [libc::SYS_select, libc::SYS_pselect6].contains(&(trap.number as i64));
        let count = if is_select { argument(0) } else { argument(1) };
        if count == 0 {
            return Some(Self::new(Kind::Sleep));
        }
        let is_poll = [libc::SYS_poll, libc::SYS_ppoll].contains(&(trap.number as i64));
        let Some(first) = word(argument(0)).filter(|_| is_poll) else {
            return Some(Self::new(Kind::Wait));
        };
        // The first of the descriptors stands for all.
        let fd = u64::from(first as u32);
        let mut found = Self::new(descriptor::kind_if_blocking(fd).unwrap_or(Kind::Wait));
        found.name_descriptor(fd);
        Some(found)
    }

    fn is_the_systems(&self) -> bool {
        let name = &self.name[..self.len];
        SYSTEMS.iter().any(|start| name.starts_with(start))
    }
}
