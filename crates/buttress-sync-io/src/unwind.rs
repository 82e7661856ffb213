//! From registers and a stack to addresses of code. Nothing here allocates once
//! the modules are known, so that the signal handler may use it.

use crate::{
    jumps::{self, Code},
    sys::{self, Registers},
};
use framehop::{
    CacheNative, ExplicitModuleSectionInfo, FrameAddress, Module, MustNotAllocateDuringUnwind,
    Unwinder as _, UnwinderNative,
};
use std::{
    ops::Range,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

pub(crate) type Cache = CacheNative<MustNotAllocateDuringUnwind>;

/// So many frames are kept of a stack: from the innermost on, enough to get from
/// a system call through a handler.
pub(crate) const FRAMES: usize = 96;

/// What is loaded in this process, ready to unwind.
pub(crate) struct Modules {
    unwinder: UnwinderNative<Vec<u8>, MustNotAllocateDuringUnwind>,
    known: Vec<Known>,
}

/// Where a file's code lies.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) path: PathBuf,
    pub(crate) bias: u64,
    pub(crate) code: Range<u64>,
    /// Where its functions begin, in the file.
    functions: Vec<u64>,
}

impl Modules {
    /// Those that were loaded when this was first asked for, or since the last
    /// [`reload`](Self::reload).
    pub(crate) fn current() -> Arc<Self> {
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(current.get_or_insert_with(|| Arc::new(Self::load())))
    }

    /// Looks again, as after a stack led into code that nobody knew.
    pub(crate) fn reload() {
        let loaded = Arc::new(Self::load());
        *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = Some(loaded);
    }

    fn load() -> Self {
        let (mut unwinder, mut known) = (UnwinderNative::new(), Vec::new());
        for object in sys::loaded_objects() {
            let range = |(start, bytes): &(u64, Vec<u8>)| *start..start + bytes.len() as u64;
            let sections = ExplicitModuleSectionInfo {
                eh_frame_svma: Some(range(&object.frames)),
                eh_frame: Some(object.frames.1.clone()),
                eh_frame_hdr_svma: Some(range(&object.header)),
                eh_frame_hdr: Some(object.header.1.clone()),
                ..Default::default()
            };
            let name = object.path.to_string_lossy().into_owned();
            let (code, bias) = (object.code.clone(), object.bias);
            unwinder.add_module(Module::new(name, code.clone(), bias, sections));
            known.push(Known {
                functions: functions(&object.header),
                path: object.path,
                bias,
                code,
            });
        }
        Self { unwinder, known }
    }

    pub(crate) fn of(&self, address: u64) -> Option<&Known> {
        self.known
            .iter()
            .find(|known| known.code.contains(&address))
    }

    /// Puts the addresses of the calls that led to `registers` into `frames`;
    /// how many, and whether the end of the stack was reached.
    pub(crate) fn unwind(
        &self,
        registers: Registers,
        cache: &mut Cache,
        mut read: impl FnMut(u64) -> Result<u64, ()>,
        frames: &mut [u64],
    ) -> (usize, bool) {
        let Registers { pc, sp, bp } = registers;
        let start = framehop::UnwindRegsNative::new(pc, sp, bp);
        let mut unwound = self.unwinder.iter_frames(pc, start, cache, &mut read);
        let mut len = 0;
        loop {
            match unwound.next() {
                Ok(Some(frame)) => {
                    let Some(free) = frames.get_mut(len) else {
                        return (len, true);
                    };
                    *free = address(frame);
                    len += 1;
                }
                Ok(None) => return (len, true),
                Err(_) => return (len, false),
            }
        }
    }
}

impl Code for Modules {
    fn read(&self, address: u64, into: &mut [u8]) -> usize {
        sys::read_memory(address, into)
    }

    fn function(&self, address: u64) -> Option<u64> {
        let known = self.of(address)?;
        let within = address - known.bias;
        let after = known.functions.partition_point(|&start| start <= within);
        let start = known.functions.get(after.checked_sub(1)?)?;
        Some(start + known.bias)
    }
}

/// By the sorted table of `.eh_frame_hdr`, in the encoding that linkers use. It
/// has each function that can be unwound, also where symbols were stripped.
fn functions((address, header): &(u64, Vec<u8>)) -> Vec<u64> {
    const USUAL: [u8; 4] = [1, 0x1b, 0x03, 0x3b];
    const TABLE: usize = 12;
    if !header.starts_with(&USUAL) {
        return Vec::new();
    }
    let entries = header.get(TABLE..).unwrap_or_default().chunks_exact(8);
    let start = |entry: &[u8]| {
        let distance = i32::from_le_bytes(entry.get(..4)?.try_into().ok()?);
        address.checked_add_signed(distance.into())
    };
    entries.filter_map(start).collect()
}

static CURRENT: Mutex<Option<Arc<Modules>>> = Mutex::new(None);

/// That of the call, not of what comes after it.
fn address(frame: FrameAddress) -> u64 {
    frame.address_for_lookup()
}

/// A copy of a stack.
#[derive(Debug)]
pub(crate) struct Stack {
    pub(crate) start: u64,
    pub(crate) bytes: Vec<u8>,
}

impl Stack {
    pub(crate) fn read(&self, address: u64) -> Result<u64, ()> {
        let at = address.checked_sub(self.start).ok_or(())?;
        let at = usize::try_from(at).map_err(|_| ())?;
        let bytes = self
            .bytes
            .get(at..)
            .and_then(|rest| rest.get(..8))
            .ok_or(())?;
        Ok(u64::from_ne_bytes(bytes.try_into().map_err(|_| ())?))
    }

    /// Unwinds, although `bp` is not known; the frames, and whether they rest on
    /// a guess.
    pub(crate) fn unwind_without_bp(
        &self,
        modules: &Modules,
        pc: u64,
        sp: u64,
    ) -> (Vec<u64>, bool) {
        let mut cache = Cache::new_in();
        let mut unwind = |bp| {
            let mut frames = [0; FRAMES];
            let read = |address| self.read(address);
            let (len, ends) =
                modules.unwind(Registers { pc, sp, bp }, &mut cache, read, &mut frames);
            (frames[..len].to_vec(), ends)
        };
        // Not zero, which would be the end of a chain of frames: the unwinder
        // fails at the first frame that needs it.
        let (mut best, ends) = unwind(1);
        if ends {
            return (best, false);
        }
        let last = best.last().copied().unwrap_or(pc);
        let calls = self.calls_of(modules, last, false);
        let likely = calls.chain(self.calls_of(modules, last, true));
        let likely = likely.chain(self.records(modules));
        for bp in likely.take(GUESSES) {
            let (frames, ends) = unwind(bp);
            if ends {
                return (frames, true);
            }
            if frames.len() > best.len() {
                best = frames;
            }
        }
        (best, true)
    }

    /// Where the frame of the function at `address` may begin, since the word
    /// behind is an address that a call of it returns to; or of one that may have
    /// jumped to it.
    fn calls_of<'a>(
        &'a self,
        modules: &'a Modules,
        address: u64,
        by_jumps: bool,
    ) -> impl Iterator<Item = u64> + 'a {
        let function = modules.function(address);
        self.words().filter(move |&at| {
            let code = self.read(at + 8).ok();
            let Some(code) = code.filter(|&code| modules.of(code).is_some()) else {
                return false;
            };
            if by_jumps {
                return !jumps::between(modules, address, code).is_empty();
            }
            let callee = jumps::callee(modules, code);
            callee.is_some() && callee == function
        })
    }

    fn words(&self) -> impl Iterator<Item = u64> + use<> {
        (self.start..self.start + self.bytes.len() as u64).step_by(8)
    }

    /// Where a frame's record seems to be: the address of another one further
    /// out, and behind it an address of code.
    fn records<'a>(&'a self, modules: &'a Modules) -> impl Iterator<Item = u64> + 'a {
        let end = self.start + self.bytes.len() as u64;
        self.words().filter(move |&at| {
            let (Ok(next), Ok(code)) = (self.read(at), self.read(at + 8)) else {
                return false;
            };
            next > at && next < end && next % 8 == 0 && modules.of(code).is_some()
        })
    }
}

/// So many records are tried.
const GUESSES: usize = 32;
