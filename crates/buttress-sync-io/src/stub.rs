//! What stands in for the detector when the feature `detect` is off: nothing.

/// See the module of the same name.
pub(crate) mod detector {
    use crate::{Counters, config::Config, label::Label, subject::Subject};
    use std::{fmt, sync::Arc};

    /// Has settings, and does nothing with them.
    pub(crate) struct Detector {
        pub(crate) config: Config,
        pub(crate) counters: Arc<Counters>,
    }

    impl Detector {
        pub(crate) fn new(config: Config) -> Arc<Self> {
            let counters = Arc::default();
            Arc::new(Self { config, counters })
        }

        pub(crate) fn subject(&self, _: impl FnOnce() -> Label) -> Option<Subject> {
            None
        }
    }

    impl fmt::Debug for Detector {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Detector")
        }
    }
}

/// See the module of the same name.
pub(crate) mod label {
    use http::Method;

    /// Nobody asks for it.
    pub(crate) struct Label;

    impl Label {
        pub(crate) fn request(_: &Method, _: Option<&str>) -> Self {
            Self
        }

        pub(crate) fn job(_: &str) -> Self {
            Self
        }
    }
}

/// See the module of the same name.
pub(crate) mod subject {
    /// There is none.
    #[derive(Clone, Debug)]
    pub(crate) enum Subject {}

    impl Subject {
        pub(crate) fn poll<T>(&self, _: impl FnOnce() -> T) -> T {
            match *self {}
        }

        pub(crate) fn drop(&self, _: impl FnOnce()) {
            match *self {}
        }
    }
}
