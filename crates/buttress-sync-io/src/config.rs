use crate::{Grace, Mode, Report, kind::Kinds};
use http::Extensions;
use std::{sync::Arc, time::Duration};

pub(crate) type RouteFn = dyn Fn(&Extensions) -> Option<&str> + Send + Sync;
pub(crate) type ReportFn = dyn Fn(&Report) + Send + Sync;

/// The settings of a layer.
#[derive(Clone)]
#[cfg_attr(
    not(feature = "detect"),
    allow(dead_code, reason = "kept, so that the layer keeps its setters")
)]
pub(crate) struct Config {
    pub(crate) mode: Mode,
    pub(crate) budget: Duration,
    pub(crate) lock_threshold: Duration,
    pub(crate) grace: Grace,
    pub(crate) allowed: Kinds,
    /// Beginnings of the paths of functions.
    pub(crate) allowed_inside: Vec<Box<str>>,
    pub(crate) route: Option<Arc<RouteFn>>,
    pub(crate) on_report: Option<Arc<ReportFn>>,
    pub(crate) log: bool,
    /// Reports a minute.
    pub(crate) rate: u32,
}

impl Config {
    pub(crate) fn new(mode: Mode) -> Self {
        Self {
            mode,
            budget: Duration::from_millis(20),
            lock_threshold: Duration::from_millis(5),
            grace: Grace::None,
            allowed: Kinds::NONE,
            allowed_inside: Vec::new(),
            route: None,
            on_report: None,
            log: true,
            rate: 60,
        }
    }
}
