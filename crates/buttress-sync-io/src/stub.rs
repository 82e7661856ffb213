//! What stands in for the detector when the feature `detect` is off: nothing.

/// See the module of the same name.
pub(crate) mod detector {
    use crate::{Counters, config::Config, label::Label, subject::Subject};
    use std::sync::Arc;

    /// Has nothing.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Handle;

    impl Handle {
        pub(crate) fn new(_: &Config, _: &Arc<Counters>) -> Self {
            Self
        }

        pub(crate) fn subject(self, _: impl FnOnce(&Config) -> Label) -> Option<Subject> {
            None
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
    #[derive(Clone, Copy, Debug)]
    pub(crate) enum Subject {}

    impl Subject {
        pub(crate) fn poll<T>(self, _: impl FnOnce() -> T) -> T {
            match self {}
        }

        pub(crate) fn drop(self, _: impl FnOnce()) {
            match self {}
        }
    }
}
