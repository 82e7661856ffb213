//! What stands in for the parts that only Linux on x86-64 has.

/// See the module of the same name.
pub(crate) mod exact {
    use crate::{hits::Hits, kind::Kinds, watch::Slot};

    pub(crate) fn start() {
        tracing::warn!(
            target: "buttress_sync_io",
            "blocking system calls cannot be trapped on this platform: only polls over the budget are reported"
        );
    }

    pub(crate) fn is_supported() -> bool {
        false
    }

    pub(crate) fn of_this_thread(_: &'static Slot, _: Kinds) -> Option<&'static Exact> {
        None
    }

    pub(crate) fn leave_thread() {}
    pub(crate) fn allow(_: Kinds) {}

    /// There is none.
    pub(crate) enum Exact {}

    impl Exact {
        pub(crate) fn begin(&self, _: u64) {}
        pub(crate) fn arm(&self) {}
        pub(crate) fn disarm(&self) {}

        pub(crate) fn has_hits(&self) -> bool {
            match *self {}
        }

        pub(crate) fn take(&self) -> Option<Hits> {
            match *self {}
        }
    }
}

/// See the module of the same name.
pub(crate) mod sample {
    use crate::{
        Kind,
        trace::Trace,
        watch::{Doing, Slot, Thread, Times},
    };

    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Moment {
        pub(crate) doing: Doing,
        pub(crate) used: Option<Times>,
    }

    #[derive(Debug, Default)]
    pub(crate) struct Sample {
        pub(crate) call: Option<&'static str>,
        pub(crate) target: Option<String>,
        pub(crate) trace: Option<Trace>,
    }

    impl Sample {
        pub(crate) fn is_unseen(&self) -> bool {
            false
        }

        pub(crate) fn look_again(&mut self, _: impl FnOnce() -> bool) -> bool {
            false
        }
    }

    pub(crate) fn say_what_is_hidden() {
        tracing::warn!(
            target: "buttress_sync_io",
            "on this platform reports of polls over the budget have the time and the route alone"
        );
    }

    pub(crate) fn look(_: &Thread) -> Moment {
        Moment {
            doing: Doing::Unknown,
            used: None,
        }
    }

    pub(crate) fn times(_: &Thread) -> Option<Times> {
        None
    }

    pub(crate) fn take(
        _: &Slot,
        _: &Thread,
        _: &Moment,
        _: bool,
        is_still: impl Fn() -> bool,
    ) -> Option<Sample> {
        is_still().then(Sample::default)
    }

    pub(crate) fn refine(kind: Kind, _: &Sample) -> Kind {
        kind
    }
}

/// See the module of the same name.
pub(crate) mod trace {
    /// There is none.
    #[derive(Debug)]
    pub(crate) enum Trace {}

    #[derive(Debug, Default)]
    pub(crate) struct Calls {
        pub(crate) addresses: Vec<u64>,
        pub(crate) inferred: bool,
    }

    impl Trace {
        pub(crate) fn calls(&self) -> Calls {
            match *self {}
        }
    }
}

/// See the module of the same name.
pub(crate) mod symbols {
    use crate::Frame;

    #[derive(Default)]
    pub(crate) struct Symbols;

    impl Symbols {
        pub(crate) fn resolve(&mut self, _: &[u64]) -> Vec<(u64, Vec<Frame>)> {
            Vec::new()
        }
    }
}

/// See the module of the same name.
pub(crate) mod target {
    pub(crate) fn in_words(target: &str) -> String {
        target.to_owned()
    }
}

/// See the module of the same name.
pub(crate) mod sys {
    use std::ops::Range;

    pub(crate) fn thread_id() -> i32 {
        0
    }

    pub(crate) fn stack_of_this_thread() -> Range<u64> {
        0..0
    }
}
