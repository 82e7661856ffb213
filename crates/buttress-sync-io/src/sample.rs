//! All that can be learned of a stuck thread from outside, without stopping it.

use crate::{
    Kind, calls, exact, sys, target,
    unwind::{Cache, FRAMES, Modules, Stack},
    watch::{Doing, Slot, Thread, Times},
};
use std::{fs, thread, time::Duration};

/// What a thread is doing, and where.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) doing: Doing,
    call: Option<(u64, [u64; 6])>,
    /// The stack and code pointers, where it waits.
    registers: Option<(u64, u64)>,
}

/// What a report needs.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    pub(crate) call: Option<&'static str>,
    pub(crate) target: Option<String>,
    pub(crate) frames: Vec<u64>,
    pub(crate) inferred: bool,
    /// Of a thread that computes, and had no CPU yet to be seen on.
    sampler: Option<sys::Sampler>,
}

/// A thread that has a CPU is seen within two milliseconds. Who has none is
/// looked at later, with all others.
const LOOKS: u32 = 4;
const BETWEEN: Duration = Duration::from_micros(500);

/// Says once what this system does not tell, if it hides something.
pub(crate) fn say_what_is_hidden() {
    let mut byte = [0];
    let known = [7_u8];
    let reads = sys::read_memory(known.as_ptr().addr() as u64, &mut byte) == 1 && byte == known;
    let tells = fs::read_to_string("/proc/thread-self/syscall").is_ok();
    if !reads || !tells {
        tracing::warn!(
            target: "buttress_sync_io",
            stacks = reads && tells,
            calls = tells,
            "this system hides stacks (process_vm_readv) or calls (/proc/self/task/*/syscall): \
             reports of polls over the budget have the time and the route alone"
        );
    }
}

/// Looks at a thread.
pub(crate) fn look(thread: &Thread) -> Moment {
    let file = format!("/proc/self/task/{}/syscall", thread.id);
    let Ok(line) = fs::read_to_string(file) else {
        // Not allowed, or not built in.
        return Moment::without_call(Doing::Unknown);
    };
    parse(&line)
}

/// The kernel's account of a thread, if it keeps one.
pub(crate) fn times(thread: &Thread) -> Option<Times> {
    let file = format!("/proc/self/task/{}/schedstat", thread.id);
    let line = fs::read_to_string(file).ok()?;
    let mut fields = line.split_ascii_whitespace().map(str::parse);
    let mut next = || Some(Duration::from_nanos(fields.next()?.ok()?));
    let (cpu, run_queue) = (next()?, next()?);
    Some(Times { cpu, run_queue })
}

/// Takes the stack of a thread, and what its call is about, unless that is of another
/// poll already.
pub(crate) fn take(
    slot: &Slot,
    thread: &Thread,
    moment: &Moment,
    is_still: impl Fn() -> bool,
) -> Option<Sample> {
    let mut sample = Sample::default();
    if let Some((number, arguments)) = &moment.call {
        sample.call = Some(calls::name(*number));
        sample.target = target::of_call(*number, arguments);
    }
    let modules = Modules::current();
    match moment.registers {
        Some((sp, pc)) => {
            let (pc, sp, bp) = exact::before_the_trap(slot, pc, sp);
            let stack = copy(thread, sp);
            // Asked of the copy: to unwind it may take longer than the poll.
            if !is_still() {
                return None;
            }
            (sample.frames, sample.inferred) = match bp {
                Some(bp) => (
                    unwind(&modules, &stack, sys::Registers { pc, sp, bp }),
                    false,
                ),
                None => stack.unwind_without_bp(&modules, pc, sp),
            };
            if let (Some(first), Some(_)) = (sample.frames.first_mut(), moment.call) {
                // The counter stands behind the call already.
                *first -= 1;
            }
        }
        None if moment.doing == Doing::Running => {
            sample.sampler = sys::Sampler::start(thread.id);
            for _ in 0..LOOKS {
                thread::sleep(BETWEEN);
                if sample.look_again(|| true) {
                    break;
                }
            }
        }
        None => {}
    }
    (moment.registers.is_some() || is_still()).then_some(sample)
}

impl Sample {
    /// Whether the thread was seen on a CPU by now, in what is still the same
    /// poll.
    pub(crate) fn look_again(&mut self, is_still: impl FnOnce() -> bool) -> bool {
        let seen = self.sampler.as_ref().and_then(sys::Sampler::seen);
        let Some(seen) = seen.filter(|_| is_still()) else {
            return false;
        };
        let stack = Stack {
            start: seen.registers.sp,
            bytes: seen.stack,
        };
        self.frames = unwind(&Modules::current(), &stack, seen.registers);
        self.sampler = None;
        true
    }
}

/// What kind of thing a descriptor turned out to be.
pub(crate) fn refine(kind: Kind, sample: &Sample) -> Kind {
    let target = sample.target.as_deref().unwrap_or_default();
    match kind {
        Kind::File | Kind::Wait => target::kind(target).unwrap_or(kind),
        _ => kind,
    }
}

impl Moment {
    fn without_call(doing: Doing) -> Self {
        Self {
            doing,
            call: None,
            registers: None,
        }
    }
}

/// Reads a line of `/proc/…/syscall`: `running`; or the number of the call, its
/// arguments, stack pointer and program counter; or -1 and these two.
fn parse(line: &str) -> Moment {
    let fields = line.split_ascii_whitespace();
    let number = |field: &str| match field.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => field.parse::<i64>().ok().map(|number| number as u64),
    };
    let numbers: Vec<u64> = fields.map_while(number).collect();
    match *numbers {
        [number, a, b, c, d, e, f, sp, pc] => {
            let arguments = [a, b, c, d, e, f];
            let kind = calls::kind(number, &arguments);
            Moment {
                doing: Doing::Call(kind),
                call: Some((number, arguments)),
                registers: Some((sp, pc)),
            }
        }
        [_, sp, pc] => Moment {
            doing: Doing::Fault,
            call: None,
            registers: Some((sp, pc)),
        },
        _ => Moment::without_call(Doing::Running),
    }
}

fn unwind(modules: &Modules, stack: &Stack, registers: sys::Registers) -> Vec<u64> {
    let mut frames = [0; FRAMES];
    let (mut cache, read) = (Cache::new_in(), |address| stack.read(address));
    let (len, _) = modules.unwind(registers, &mut cache, read, &mut frames);
    frames[..len].to_vec()
}

/// So much of a stack is copied.
const MOST: u64 = 256 * 1024;

fn copy(thread: &Thread, sp: u64) -> Stack {
    let end = if thread.stack.contains(&sp) {
        thread.stack.end.min(sp + MOST)
    } else {
        // A stack of the app's own, as a coroutine has.
        sp + MOST / 8
    };
    let mut bytes = vec![0; usize::try_from(end - sp).unwrap_or(0)];
    let read = sys::read_memory(sp, &mut bytes);
    bytes.truncate(read);
    Stack { start: sp, bytes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_form_of_the_line_is_understood() {
        assert_eq!(parse("running\n").doing, Doing::Running);
        assert_eq!(parse("-1 0x7ffe0 0x55d0\n").doing, Doing::Fault);
        let sleeping = parse("35 0x1 0x2 0x0 0x0 0x0 0x0 0x7ffe0 0x55d0\n");
        assert_eq!(sleeping.doing, Doing::Call(Kind::Sleep));
        assert_eq!(sleeping.registers, Some((0x7ffe0, 0x55d0)));
    }

    proptest! {
        #[test]
        fn no_line_panics(line in ".*") {
            parse(&line);
        }
    }
}
