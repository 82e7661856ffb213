//! The one place that catches panics.

use crate::hook::{self, Note};
use std::{
    any::Any,
    mem,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Once,
};

/// A panic that was caught.
#[derive(Debug)]
pub(crate) struct Panic {
    /// The text of its payload, if that is one.
    pub(crate) message: Option<String>,
    /// What the panic hook saw, if ours is installed.
    pub(crate) note: Option<Note>,
}

/// Runs `work`; a panic comes back instead of unwinding further.
///
/// What `work` leaves half done is safe to look at, for every caller stops using
/// what panicked: it is dropped, behind another guard. The result comes back by
/// value, for what a guarded closure borrows has to be in memory, and a response
/// that is written there and read again costs more than all else here.
#[inline]
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Box<Panic>> {
    catch_unless(false, work)
}

/// As [`catch`], but a panic goes on if this `is_off`. To catch it all the same
/// spares a second copy of `work` in the caller, which would keep both from
/// being inlined.
#[inline]
pub(crate) fn catch_unless<T>(is_off: bool, work: impl FnOnce() -> T) -> Result<T, Box<Panic>> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(value) => Ok(value),
        Err(payload) => Err(caught(is_off, payload)),
    }
}

/// Puts `value` where nothing is that has to be dropped.
///
/// Behind a guard the compiler cannot see that the old value is an empty one,
/// and would test for each thing in it that might need a drop.
#[inline]
pub(crate) fn put<T>(slot: &mut T, value: T) {
    mem::forget(mem::replace(slot, value));
}

/// Runs `work`; a panic is shown to `see`, and then unwinds further.
pub(crate) fn observe<T>(work: impl FnOnce() -> T, see: impl FnOnce(Box<Panic>)) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        see(describe(payload.as_ref()));
        resume_unwind(payload)
    })
}

#[cold]
#[inline(never)]
fn caught(is_off: bool, payload: Box<dyn Any + Send>) -> Box<Panic> {
    if is_off {
        resume_unwind(payload)
    }
    let panic = describe(payload.as_ref());
    discard(payload);
    panic
}

fn describe(payload: &(dyn Any + Send)) -> Box<Panic> {
    let message = text(payload);
    let note = hook::take_note(message);
    Box::new(Panic {
        message: message.map(str::to_owned),
        note,
    })
}

/// The text of a payload, if it is one: `panic!` makes no other.
pub(crate) fn text(payload: &(dyn Any + Send)) -> Option<&str> {
    match payload.downcast_ref::<&'static str>() {
        Some(text) => Some(text),
        None => payload.downcast_ref::<String>().map(String::as_str),
    }
}

/// Drops a payload, whose own `Drop` may panic as well. The payload of that
/// second panic is leaked: dropping it could go on like this for ever.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(second);
    }
}

/// Says once that nothing can be caught in this build.
pub(crate) fn warn_if_panics_abort() {
    static WARNING: Once = Once::new();
    warn_once(cfg!(panic = "abort"), &WARNING);
}

fn warn_once(panics_abort: bool, warning: &Once) {
    if panics_abort {
        warning.call_once(|| {
            tracing::warn!(
                target: "buttress_error",
                "built with panic = \"abort\": the first panic ends the process, and no layer can answer it"
            );
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use buttress_testing::Capture;
    use std::{any::type_name, panic::panic_any};

    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("the payload's own panic");
        }
    }

    #[test]
    fn texts_of_both_kinds_are_kept() {
        let caught = |work: fn()| catch(work).unwrap_err();
        let panic = caught(|| panic!("plain"));
        assert_eq!(panic.message.as_deref(), Some("plain"));
        let panic = caught(|| panic!("with {}", 1));
        assert_eq!(panic.message.as_deref(), Some("with 1"));
    }

    #[test]
    fn a_payload_of_any_type_is_survived_even_if_its_drop_panics() {
        let caught = |work: fn()| catch(work).unwrap_err();
        assert_eq!(caught(|| panic_any(7_u8)).message, None);
        let panic = caught(|| panic_any(Bomb));
        assert_eq!(panic.message, None, "{}", type_name::<Bomb>());
    }

    #[test]
    fn the_result_comes_back_where_nothing_panicked() {
        assert_eq!(catch(|| 7).ok(), Some(7));
        assert_eq!(catch_unless(true, || 7).ok(), Some(7));
    }

    #[test]
    fn switched_off_a_panic_goes_on() {
        let outer = catch(|| catch_unless(true, || panic!("through")));
        assert_eq!(outer.unwrap_err().message.as_deref(), Some("through"));
    }

    #[test]
    fn a_build_in_which_panics_abort_is_warned_of_once() {
        let (capture, warning) = (Capture::new(), Once::new());
        let _guard = capture.install();
        warn_once(false, &warning);
        assert!(!warning.is_completed());
        warn_once(true, &warning);
        warn_once(true, &warning);
        let event = capture.only_event_of("buttress_error");
        assert_eq!(event.level, tracing::Level::WARN);
        assert!(event.message.contains("panic = \"abort\""));
    }

    #[test]
    fn an_observed_panic_goes_on() {
        let mut seen = None;
        let outer = catch(|| observe(|| -> () { panic!("through") }, |panic| seen = panic.message));
        assert_eq!(seen.as_deref(), Some("through"));
        assert_eq!(outer.unwrap_err().message.as_deref(), Some("through"));
    }
}
