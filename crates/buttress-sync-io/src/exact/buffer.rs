//! Where the handler writes down what it found: fixed, made before the first
//! trap.

use super::judge::{Found, NAME};
use crate::{
    Kind, calls,
    hits::{Hit, Hits},
    kind::Kinds,
    sys::{OwnStack, Registers, Trap},
    unwind::{Cache, FRAMES, Modules},
};
use std::{fmt, sync::Arc, thread, time::Duration};

/// So many different calls of one poll are kept: about 64 KiB a worker.
const RECORDS: usize = 64;
/// Fewer frames than these are no stack of a handler.
const FEW: usize = 6;

/// A worker's.
pub(super) struct Buffer {
    worker: Arc<str>,
    modules: Arc<Modules>,
    cache: Cache,
    stack: OwnStack,
    records: Box<[Record]>,
    len: usize,
    lost: u64,
}

#[derive(Clone)]
struct Record {
    number: u64,
    kind: Kind,
    allowed: Kinds,
    name: [u8; NAME],
    name_len: usize,
    took: Option<Duration>,
    count: u32,
    frames: [u64; FRAMES],
    frames_len: usize,
}

impl Buffer {
    pub(super) fn of_this_thread() -> Self {
        let empty = Record {
            number: 0,
            kind: Kind::Unknown,
            allowed: Kinds::NONE,
            name: [0; NAME],
            name_len: 0,
            took: None,
            count: 0,
            frames: [0; FRAMES],
            frames_len: 0,
        };
        Self {
            worker: Arc::from(thread::current().name().unwrap_or("unnamed")),
            modules: Modules::current(),
            cache: Cache::new_in(),
            stack: OwnStack::of_this_thread(),
            records: vec![empty; RECORDS].into_boxed_slice(),
            len: 0,
            lost: 0,
        }
    }

    /// Writes a call down, with its stack. Async-signal-safe.
    pub(super) fn record(
        &mut self,
        trap: &Trap,
        found: &Found,
        allowed: Kinds,
        took: Option<Duration>,
    ) {
        let Some(free) = self.records.get_mut(self.len) else {
            self.lost += 1;
            return;
        };
        let (modules, stack) = (&self.modules, &self.stack);
        free.frames_len = unwind(
            modules,
            &mut self.cache,
            stack,
            trap.registers,
            &mut free.frames,
        );
        // The counter stands behind the call already.
        free.frames[0] = trap.registers.pc - 1;
        free.number = trap.number;
        free.kind = found.kind;
        free.allowed = allowed;
        (free.name, free.name_len) = (found.name, found.len);
        free.took = took;
        free.count = 1;
        let (known, new) = self.records.split_at_mut(self.len);
        let Some(new) = new.first() else { return };
        match known.iter_mut().rev().find(|known| known.is_same(new)) {
            Some(known) => known.again(took),
            None => self.len += 1,
        }
    }

    /// Takes it all out. Not in the handler.
    #[cold]
    pub(super) fn take(&mut self) -> Option<Hits> {
        let records = &self.records[..self.len];
        let hits = records.iter().map(Record::to_hit).collect();
        let knows_all = records.iter().all(|record| {
            let last = record.frames().last();
            last.is_some_and(|&last| self.modules.of(last).is_some())
        });
        if !knows_all {
            // Something was loaded since.
            Modules::reload();
        }
        self.modules = Modules::current();
        let lost = std::mem::take(&mut self.lost);
        self.len = 0;
        let worker = Arc::clone(&self.worker);
        Some(Hits { worker, hits, lost })
    }
}

fn unwind(
    modules: &Modules,
    cache: &mut Cache,
    stack: &OwnStack,
    registers: Registers,
    frames: &mut [u64; FRAMES],
) -> usize {
    let read = |address| stack.read(address);
    let (len, _) = modules.unwind(registers, cache, read, frames);
    if len >= FEW {
        return len;
    }
    // What starts a thread has no way back in its unwind information. It is a
    // function without a frame: the address of its caller is on top.
    let Ok(caller) = stack.read(registers.sp) else {
        return len;
    };
    let registers = Registers {
        pc: caller,
        sp: registers.sp + 8,
        bp: registers.bp,
    };
    let mut others = [0; FRAMES];
    let (more, _) = modules.unwind(registers, cache, read, &mut others);
    if more <= len {
        return len;
    }
    *frames = others;
    more
}

impl Record {
    fn frames(&self) -> &[u64] {
        &self.frames[..self.frames_len]
    }

    fn is_same(&self, other: &Self) -> bool {
        self.number == other.number
            && self.allowed == other.allowed
            && self.kind == other.kind
            && self.frames() == other.frames()
    }

    fn again(&mut self, took: Option<Duration>) {
        self.count = self.count.saturating_add(1);
        if let (Some(all), Some(took)) = (&mut self.took, took) {
            *all += took;
        }
    }

    fn to_hit(&self) -> Hit {
        let name = &self.name[..self.name_len];
        Hit {
            call: calls::name(self.number),
            count: self.count,
            kind: self.kind,
            allowed: self.allowed,
            target: (!name.is_empty()).then(|| String::from_utf8_lossy(name).into_owned()),
            took: self.took,
            frames: self.frames().to_vec(),
        }
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}
