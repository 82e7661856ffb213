//! What only a panic hook can see: where the panic was.

use crate::{backtrace::Trace, guard};
use std::{
    cell::RefCell,
    panic::{self, PanicHookInfo},
    sync::{Arc, Once},
};

/// More panics than this in one unwinding, each caught inside a destructor, and
/// the oldest note is forgotten.
const MAX_NOTES: usize = 4;

/// What the hook saw of a panic, left for the guard that catches it.
#[derive(Debug)]
pub(crate) struct Note {
    message: Option<Box<str>>,
    /// `file:line`.
    pub(crate) location: Option<Box<str>>,
    pub(crate) trace: Arc<Trace>,
}

thread_local! {
    static NOTES: RefCell<Vec<Note>> = const { RefCell::new(Vec::new()) };
}

/// Makes reports of panics name the place and carry a backtrace, which only a
/// panic hook can know.
///
/// The hook that was installed before runs after ours, for every panic: the
/// default one goes on to print to stderr. Both can ask
/// [`current_request`](crate::current_request) what was being served. The hook
/// writes nothing itself, so that a panic is reported once, by the layer that
/// catches it. A second call does nothing.
///
/// Taking a backtrace costs about 35 µs for each panic; its symbols are looked
/// up later and on another thread.
///
/// ```
/// buttress_error::install_panic_hook();
/// ```
pub fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            leave_note(info);
            previous(info);
        }));
    });
}

fn leave_note(info: &PanicHookInfo<'_>) {
    let location = info.location();
    let note = Note {
        message: guard::text(info.payload()).map(Box::from),
        location: location.map(|at| format!("{}:{}", at.file(), at.line()).into()),
        trace: Arc::new(Trace::capture()),
    };
    // A thread that is being torn down has no place for notes any more.
    let _ = NOTES.try_with(|notes| {
        if let Ok(mut notes) = notes.try_borrow_mut() {
            if notes.len() == MAX_NOTES {
                notes.remove(0);
            }
            notes.push(note);
        }
    });
}

/// The note of the panic with this text that was caught just now. Others are
/// thrown away: they are of panics that somebody else has caught meanwhile.
pub(crate) fn take_note(message: Option<&str>) -> Option<Note> {
    NOTES
        .try_with(|notes| {
            let mut notes = notes.try_borrow_mut().ok()?;
            let index = notes
                .iter()
                .rposition(|note| note.message.as_deref() == message)?;
            let note = notes.swap_remove(index);
            notes.clear();
            Some(note)
        })
        .ok()
        .flatten()
}
