//! From calls to operations: what one line of the app did is one report,
//! whatever number of calls it took.

use crate::{
    Kind, Report, Tier,
    config::Config,
    hits::{Hit, Hits},
    pressure::patience,
    stack::Stack,
    symbols::Symbols,
    target,
};
use std::{sync::Arc, time::Duration};

/// Calls of one line.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    site: u64,
    kind: Kind,
    call: &'static str,
    calls: u32,
    target: Option<String>,
    took: Option<Duration>,
    stack: Stack,
}

/// The operations of one poll, but for those that are excused.
pub(crate) fn of(hits: Hits, symbols: &mut Symbols, config: &Config) -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::new();
    let is_lock = |hit: &Hit| hit.kind == Kind::Lock;
    let patience = hits
        .hits
        .iter()
        .any(is_lock)
        .then(|| patience(config.lock_threshold));
    for hit in hits.hits {
        let stack = Stack::new(symbols.resolve(&hit.frames));
        let kind = stack.refine(hit.kind);
        let is_short =
            |patience| kind == Kind::Lock && hit.took.is_some_and(|took| took < patience);
        if patience.is_some_and(is_short) || is_excused(&hit, kind, &stack, config) {
            continue;
        }
        let operation = Operation::new(hit, kind, stack);
        match operations
            .iter_mut()
            .find(|other| other.site == operation.site)
        {
            Some(other) => other.join(operation),
            None => operations.push(operation),
        }
    }
    operations
}

fn is_excused(hit: &Hit, kind: Kind, stack: &Stack, config: &Config) -> bool {
    hit.allowed.union(config.allowed).contains(kind)
        || stack.is_excused(kind, false)
        || config
            .allowed_inside
            .iter()
            .any(|path| stack.is_inside(path))
}

impl Operation {
    fn new(hit: Hit, kind: Kind, stack: Stack) -> Self {
        Self {
            site: stack.site(),
            kind,
            call: hit.call,
            calls: hit.count,
            target: hit.target.as_deref().map(target::in_words),
            took: hit.took,
            stack,
        }
    }

    /// Takes a later call in. What it is named after is the first that tells
    /// more than metadata does.
    fn join(&mut self, later: Self) {
        self.calls += later.calls;
        self.took = match (self.took, later.took) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
        if self.kind == Kind::Metadata && later.kind != Kind::Metadata {
            let target = self.target.take();
            (self.kind, self.call, self.stack) = (later.kind, later.call, later.stack);
            self.target = later.target.or(target);
        } else if self.target.is_none() {
            self.target = later.target;
        }
    }

    pub(crate) fn report(self, worker: &Arc<str>, names: [&Option<String>; 3]) -> Report {
        let [method, route, job] = names.map(Clone::clone);
        Report {
            tier: Tier::Exact,
            kind: self.kind,
            call: Some(self.call),
            calls: self.calls,
            target: self.target,
            elapsed: self.took,
            cpu: None,
            run_queue: None,
            method,
            route,
            job,
            worker: Arc::clone(worker),
            stack: self.stack.frames().cloned().collect(),
            stack_hash: self.site,
            count: 0,
            inferred: self.stack.has_guess(),
            ongoing: false,
        }
    }
}
