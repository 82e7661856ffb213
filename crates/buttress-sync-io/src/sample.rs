//! All that can be learned of a stuck thread from outside, without stopping it.

use crate::{
    Kind, calls, exact, sys, target,
    trace::Trace,
    watch::{Doing, Slot, Thread, Times},
};
use std::{fs, thread, time::Duration};

/// What a thread is doing, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) doing: Doing,
    /// Read before the rest.
    pub(crate) used: Option<Times>,
    call: Option<(u64, [u64; 6])>,
    /// The stack and code pointers, where it waits.
    registers: Option<(u64, u64)>,
}

/// What a report needs.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    pub(crate) call: Option<&'static str>,
    pub(crate) target: Option<String>,
    pub(crate) trace: Option<Trace>,
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
    let used = times(thread);
    let file = format!("/proc/self/task/{}/syscall", thread.id);
    let moment = match fs::read_to_string(file) {
        Ok(line) => parse(&line),
        // Not allowed, or not built in.
        Err(_) => Moment::without_call(Doing::Unknown),
    };
    Moment { used, ..moment }
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
/// poll already, or `may_have_run` since and did.
pub(crate) fn take(
    slot: &Slot,
    thread: &Thread,
    moment: &Moment,
    may_have_run: bool,
    is_still: impl Fn() -> bool,
) -> Option<Sample> {
    let mut sample = Sample::default();
    match moment.registers {
        Some((sp, pc)) => {
            let before = exact::before_the_trap(slot, pc, sp);
            let mut trace = Trace::copy(thread, before, moment.call.is_some());
            if let Some((number, arguments)) = &moment.call {
                sample.call = Some(calls::name(*number));
                sample.target = target::of_call(*number, arguments);
            }
            // A thread that goes from call to call may have moved on: then the stack is not
            // that of the registers.
            let now = look(thread);
            trace.has_run = now != *moment;
            if now.registers != moment.registers || trace.has_run && !may_have_run {
                return None;
            }
            sample.trace = Some(trace);
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
    is_still().then_some(sample)
}

impl Sample {
    pub(crate) fn is_unseen(&self) -> bool {
        self.sampler.is_some()
    }

    /// Whether the thread was seen on a CPU by now, in what is still the same
    /// poll.
    pub(crate) fn look_again(&mut self, is_still: impl FnOnce() -> bool) -> bool {
        let seen = self.sampler.as_ref().and_then(sys::Sampler::seen);
        let Some(seen) = seen.filter(|_| is_still()) else {
            return false;
        };
        self.trace = Some(Trace::seen(seen.registers, seen.stack));
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
            used: None,
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
                used: None,
                call: Some((number, arguments)),
                registers: Some((sp, pc)),
            }
        }
        [_, sp, pc] => Moment {
            doing: Doing::Fault,
            used: None,
            call: None,
            registers: Some((sp, pc)),
        },
        _ => Moment::without_call(Doing::Running),
    }
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

    #[test]
    fn a_stack_is_that_of_its_registers() {
        use std::sync::{atomic::AtomicBool, atomic::Ordering::Relaxed, mpsc};

        const NAP: Duration = Duration::from_micros(500);
        /// Overwrites what a nap left on the stack, and naps where that was.
        #[inline(never)]
        fn nap_deeper() {
            let room = std::hint::black_box([0_u64; 512]);
            thread::sleep(NAP);
            std::hint::black_box(&room);
        }

        let (is_over, (tell, told)) = (AtomicBool::new(false), mpsc::channel());
        thread::scope(|scope| {
            scope.spawn(|| {
                let id = sys::thread_id();
                let (name, stack) = ("naps".into(), sys::stack_of_this_thread());
                tell.send(Thread { id, name, stack })
                    .expect("it is awaited");
                while !is_over.load(Relaxed) {
                    thread::sleep(NAP);
                    nap_deeper();
                }
            });
            let (thread, slot) = (told.recv().expect("it starts"), Slot::default());
            let mut samples = (0..5_000).filter_map(|_| {
                let moment = look(&thread);
                moment.call?;
                take(&slot, &thread, &moment, false, || true)
            });
            let lengths: Vec<usize> = samples
                .by_ref()
                .take(100)
                .filter_map(|it| Some(it.trace?.calls().addresses.len()))
                .collect();
            is_over.store(true, Relaxed);
            assert_eq!(lengths.len(), 100, "one of fifty does not move");
            // From a closure of the standard library's threads to the system call.
            assert!(lengths.iter().all(|&len| len > 5), "{lengths:?}");
        });
    }

    proptest! {
        #[test]
        fn no_line_panics(line in ".*") {
            parse(&line);
        }
    }
}
