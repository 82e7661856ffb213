//! What a stack with names says: whose it is, and whether it is excused. No IO
//! in here.

use crate::{Frame, Kind};
use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
};

/// A stack, the innermost address first, each with its function and those that
/// were inlined into it; from the guard inwards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stack(Vec<(u64, Vec<Frame>)>);

/// The files of this crate in which polls are guarded: what is further out is
/// the runtime.
const GUARDS: [&str; 4] = [
    "/src/body.rs",
    "/src/service.rs",
    "/src/subject.rs",
    "/src/task.rs",
];

/// What a signal's handler returns to.
pub(crate) const RESTORER: &str = "__restore_rt";

/// So many functions tell one stack from another.
const CALLERS: usize = 8;

impl Stack {
    pub(crate) fn new(resolved: Vec<(u64, Vec<Frame>)>) -> Self {
        let is_guard = |frame: &Frame| {
            let file = frame.file.as_deref().unwrap_or_default();
            GUARDS
                .iter()
                .any(|guard| frame.function.contains(guard) || file.contains(guard))
        };
        let mut stack = Vec::new();
        for (address, mut frames) in resolved {
            let guard = frames.iter().position(is_guard);
            frames.truncate(guard.unwrap_or(frames.len()));
            stack.push((address, frames));
            if guard.is_some() {
                break;
            }
        }
        Self(stack)
    }

    pub(crate) fn frames(&self) -> impl Iterator<Item = &Frame> {
        self.0.iter().flat_map(|(_, frames)| frames)
    }

    /// Whether the frame that a report is about is not certain.
    pub(crate) fn has_guess(&self) -> bool {
        let named = self.frames().find(|frame| frame.is_user);
        named.is_some_and(|frame| frame.is_guess)
    }

    /// The same for all calls that one line of the app made, through the same
    /// functions: what is one operation to who reads a report.
    pub(crate) fn site(&self) -> u64 {
        hash(
            self.of_user().map(|frame| (&frame.function, frame.line)),
            &self.0,
        )
    }

    /// The same for two moments within one function of the app.
    pub(crate) fn place(&self) -> u64 {
        hash(self.of_user().map(|frame| &frame.function), &self.0)
    }

    /// The innermost frame of the app's own, and some of those further out: not
    /// all, for where a long stack was cut depends on how deep it went.
    fn of_user(&self) -> impl Iterator<Item = &Frame> {
        let from_user = self.frames().skip_while(|frame| !frame.is_user);
        from_user.take(CALLERS)
    }

    /// Whether nobody is to blame: tokio knows of the blocking, or does it, or a
    /// signal handler, a panic's hook or the heap does.
    ///
    /// What was inferred may have missed the app's frames, and excuses less.
    pub(crate) fn is_excused(&self, kind: Kind, inferred: bool) -> bool {
        let is_excused = |frame| is_block_in_place(frame) || is_signal(frame) || is_panic(frame);
        self.frames().any(is_excused)
            || kind == Kind::Lock && self.frames().any(is_allocator)
            // It really forks on the worker.
            || kind != Kind::Process && !inferred && self.is_tokios()
    }

    /// Whether it passes through a function whose path begins so.
    pub(crate) fn is_inside(&self, path: &str) -> bool {
        self.frames()
            .any(|frame| frame.function.trim_start_matches('<').starts_with(path))
    }

    /// Whether what unwinds stacks for us was active, as in a signal handler whose own
    /// end was not reached.
    pub(crate) fn is_unwinding(&self) -> bool {
        self.frames()
            .any(|frame| path(frame).starts_with("framehop::"))
    }

    /// The kind, by who made the call.
    pub(crate) fn refine(&self, kind: Kind) -> Kind {
        let has = |names: &[&str]| {
            self.frames()
                .any(|frame| names.iter().any(|name| frame.function.contains(name)))
        };
        if has(&["getaddrinfo"]) {
            return Kind::Dns;
        }
        if kind == Kind::Lock && has(&["pthread_join", "JoinHandle<T>::join", "pthread_clockjoin"])
        {
            return Kind::Wait;
        }
        kind
    }

    /// Whether the lock is tokio's own: those of its queues are held for a
    /// moment by threads that got no CPU.
    fn is_tokios(&self) -> bool {
        let owner = self
            .frames()
            .find(|frame| !is_std(frame) && !is_lock(frame));
        owner.is_some_and(is_tokio)
    }
}

/// Of these parts, or of the addresses where there are none.
fn hash<T: Hash>(parts: impl Iterator<Item = T>, stack: &[(u64, Vec<Frame>)]) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        stack
            .iter()
            .for_each(|(address, _)| address.hash(&mut hasher));
    }
    parts.for_each(|part| part.hash(&mut hasher));
    hasher.finish()
}

fn path(frame: &Frame) -> &str {
    frame.function.trim_start_matches(['<', '&'])
}

fn file(frame: &Frame) -> &str {
    frame.file.as_deref().unwrap_or_default()
}

/// Whether a file is one of this crate's sources, wherever they lie.
pub(crate) fn is_ours(file: &str) -> bool {
    let mut parts = file.split("/buttress-sync-io");
    parts.nth(1).is_some_and(|within| within.contains("/src/"))
}

fn is_std(frame: &Frame) -> bool {
    let file = file(frame);
    // What has no file is C, as a rule the C library; ours stands in its place.
    file.is_empty()
        || is_ours(file)
        || file.starts_with("/rustc/")
        || file.contains("/lib/rustlib/")
        || ["std::", "core::", "alloc::"]
            .iter()
            .any(|krate| path(frame).starts_with(krate))
}

fn is_lock(frame: &Frame) -> bool {
    ["parking_lot", "lock_api"]
        .iter()
        .any(|krate| path(frame).starts_with(krate))
        || file(frame).contains("/parking_lot")
        || file(frame).contains("/lock_api-")
}

fn is_tokio(frame: &Frame) -> bool {
    is_in_tokio(frame)
        || ["tokio::", "mio::"]
            .iter()
            .any(|krate| path(frame).starts_with(krate))
}

/// Not `tokio-util` and others.
fn is_in_tokio(frame: &Frame) -> bool {
    let version = file(frame).split("/tokio-").nth(1);
    version.is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
}

fn is_block_in_place(frame: &Frame) -> bool {
    is_tokio(frame) && frame.function.contains("block_in_place")
}

/// The C library's heap has locks, which it holds for a moment.
fn is_allocator(frame: &Frame) -> bool {
    const HEAP: [&str; 8] = [
        "malloc",
        "calloc",
        "realloc",
        "free",
        "cfree",
        "memalign",
        "posix_memalign",
        "aligned_alloc",
    ];
    let name = frame
        .function
        .trim_start_matches("__libc_")
        .trim_start_matches("__");
    frame.file.is_none() && HEAP.contains(&name)
}

/// What a hook does when something panics: it prints, and reads symbols.
fn is_panic(frame: &Frame) -> bool {
    path(frame).starts_with("std::panicking::")
        && ["panic_with_hook", "begin_panic_handler", "default_hook"]
            .iter()
            .any(|name| frame.function.contains(name))
}

fn is_signal(frame: &Frame) -> bool {
    frame.function == RESTORER
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(functions: &[&str]) -> Stack {
        let frame = |name: &&str| Frame::new((*name).to_owned(), None, None);
        let resolved = functions.iter().map(|name| (0, vec![frame(name)]));
        Stack::new(resolved.collect())
    }

    #[test]
    fn our_unwinder_is_known_however_little_of_a_stack_is_seen() {
        let ours = "<framehop::dwarf::DwarfUnwinder<R,A>>::unwind_info_for_fde";
        assert!(stack(&["gimli::read::cfi::UnwindContext<T,S>::reset", ours]).is_unwinding());
        assert!(!stack(&["gimli::read::cfi::UnwindContext<T,S>::reset", "app::f"]).is_unwinding());
    }
}
