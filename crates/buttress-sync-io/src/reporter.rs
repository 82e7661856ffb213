//! The reporter: one thread, which looks up names, judges and reports. Nothing
//! of this happens on a worker.

use crate::{
    Kind, Report, Tier, detector::Detector, exact, guard, hits::Hits, label::Label, operations,
    pressure::patience, stack::Stack, symbols::Symbols, trace::Trace, watch,
};
use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, OnceLock,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

/// So many polls wait to be reported; what comes when there are more is counted
/// as lost.
const QUEUE: usize = 1024;

/// A poll that took longer than the budget.
#[derive(Debug)]
pub(crate) struct Stall {
    pub(crate) detector: &'static Detector,
    pub(crate) label: Label,
    pub(crate) worker: Arc<str>,
    pub(crate) kind: Kind,
    pub(crate) call: Option<&'static str>,
    pub(crate) target: Option<String>,
    pub(crate) trace: Option<Trace>,
    pub(crate) elapsed: Duration,
    pub(crate) cpu: Option<Duration>,
    pub(crate) run_queue: Option<Duration>,
    pub(crate) ongoing: bool,
}

/// What one poll called.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) detector: &'static Detector,
    pub(crate) label: Label,
    pub(crate) hits: Hits,
}

enum Message {
    Stalled(Stall),
    Found(Batch),
    Judge(Batch, SyncSender<Option<String>>),
    Flush(SyncSender<()>),
}

thread_local! {
    /// Whether this is the reporter's thread.
    static IS_HERE: Cell<bool> = const { Cell::new(false) };
}

static REPORTER: OnceLock<Option<SyncSender<Message>>> = OnceLock::new();

/// Starts it, if it does not run yet.
pub(crate) fn start() {
    queue();
}

fn queue() -> Option<&'static SyncSender<Message>> {
    let start = || {
        let (sender, receiver) = sync_channel(QUEUE);
        let thread = thread::Builder::new().name("sync-io-reporter".to_owned());
        let spawned = thread.spawn(move || Reporter::default().run(&receiver));
        spawned.ok().map(|_| sender)
    };
    REPORTER.get_or_init(start).as_ref()
}

/// Reports a poll that took longer than the budget.
pub(crate) fn stalled(stall: Stall) {
    send(stall.detector, Message::Stalled(stall));
}

/// Reports what a poll called.
pub(crate) fn found(batch: Batch) {
    send(batch.detector, Message::Found(batch));
}

fn send(detector: &Detector, message: Message) {
    let is_sent = queue().is_some_and(|queue| queue.try_send(message).is_ok());
    if !is_sent {
        detector.counters.lose(1);
    }
}

/// As [`found`], and waits; what to say, if it was not excused.
pub(crate) fn judge(batch: Batch) -> Option<String> {
    let (answer, judged) = sync_channel(1);
    queue()?.send(Message::Judge(batch, answer)).ok()?;
    judged.recv().ok()?
}

/// Waits until all that was found so far is reported, for `limit` at most;
/// whether it is. It blocks: for tests, and for the end of `main`.
pub(crate) fn flush(limit: Duration) -> bool {
    if IS_HERE.with(Cell::get) {
        // It would wait for itself.
        return false;
    }
    let began = Instant::now();
    if !watch::looked(limit) {
        return false;
    }
    let (done, is_done) = sync_channel(1);
    let Some(queue) = queue() else {
        return false;
    };
    while queue.try_send(Message::Flush(done.clone())).is_err() {
        if began.elapsed() >= limit {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    let left = limit.saturating_sub(began.elapsed());
    is_done.recv_timeout(left).is_ok()
}

#[derive(Default)]
struct Reporter {
    symbols: Symbols,
}

impl Reporter {
    fn run(mut self, messages: &Receiver<Message>) {
        // What the app does with a report is not reported, and does not wait for
        // this thread.
        guard::never_on_this_thread();
        IS_HERE.with(|is_here| is_here.set(true));
        while let Ok(message) = messages.recv() {
            match message {
                Message::Stalled(stall) => self.stalled(stall),
                Message::Found(batch) => drop(self.found(batch)),
                Message::Judge(batch, answer) => {
                    // Who asked may have given up.
                    let _ = answer.send(self.found(batch));
                }
                Message::Flush(done) => {
                    let _ = done.send(());
                }
            }
        }
    }

    fn stalled(&mut self, stall: Stall) {
        let calls = stall.trace.as_ref().map(Trace::calls).unwrap_or_default();
        let stack = Stack::new(self.symbols.resolve(&calls.addresses));
        let config = &stall.detector.config;
        if config.mode.is_exact() && exact::is_supported() && stall.call.is_some() && !stall.ongoing
        {
            // The call itself is reported, with its length.
            return;
        }
        let kind = stack.refine(stall.kind);
        if kind == Kind::Lock && !stall.ongoing && stall.elapsed < patience(config.budget) {
            return;
        }
        if config.mode.is_exact() && kind == Kind::Cpu && stack.is_unwinding() {
            // The exact tier's own, while it looks at a call.
            return;
        }
        if stack.is_excused(kind, calls.inferred)
            || config
                .allowed_inside
                .iter()
                .any(|path| stack.is_inside(path))
        {
            return;
        }
        let [method, route, job] = names(stall.label);
        deliver(
            stall.detector,
            Report {
                tier: Tier::Watch,
                kind,
                call: stall.call,
                calls: u32::from(stall.call.is_some()),
                target: stall.target,
                elapsed: Some(stall.elapsed),
                cpu: stall.cpu,
                run_queue: stall.run_queue,
                method,
                route,
                job,
                worker: stall.worker,
                stack: stack.frames().cloned().collect(),
                stack_hash: stack.place(),
                count: 0,
                inferred: calls.inferred || stack.has_guess(),
                ongoing: stall.ongoing,
            },
        );
    }

    /// Reports each operation of a poll; all of it as a text, if there were some.
    fn found(&mut self, batch: Batch) -> Option<String> {
        let Batch {
            detector,
            label,
            hits,
        } = batch;
        let worker = Arc::clone(&hits.worker);
        detector.counters.lose(hits.lost);
        let found = operations::of(hits, &mut self.symbols, &detector.config);
        let [method, route, job] = names(label);
        let mut text = String::new();
        for operation in found {
            let report = operation.report(&worker, [&method, &route, &job]);
            text.push_str(&format!("{report}\n"));
            deliver(detector, report);
        }
        (!text.is_empty()).then(|| text.trim_end().to_owned())
    }
}

/// Method, route, job.
fn names(label: Label) -> [Option<String>; 3] {
    let name = label.name();
    let text = name.text.as_deref().map(str::to_owned);
    match name.method {
        Some(method) => [Some(method.to_owned()), text, None],
        None => [None, None, text],
    }
}

fn deliver(detector: &Detector, mut report: Report) {
    let route = report.route.as_deref();
    let Some(count) = detector.record(report.kind, route, report.stack_hash) else {
        return;
    };
    report.count = count;
    if detector.config.log {
        warn(&report);
    }
    if let Some(on_report) = &detector.config.on_report {
        // The app's code may panic; the next report must go out.
        let called = catch_unwind(AssertUnwindSafe(|| on_report(&report)));
        if called.is_err() {
            tracing::error!(target: "buttress_sync_io", "on_report panicked");
        }
    }
}

fn warn(report: &Report) {
    let ms = |time: Option<Duration>| time.map(|time| time.as_secs_f64() * 1e3);
    let location = report.location().map(ToString::to_string);
    tracing::warn!(
        target: "buttress_sync_io",
        tier = report.tier.as_str(),
        kind = report.kind.as_str(),
        call = report.call,
        calls = report.calls,
        on = report.target,
        location,
        elapsed_ms = ms(report.elapsed),
        cpu_ms = ms(report.cpu),
        run_queue_ms = ms(report.run_queue),
        method = report.method,
        route = report.route,
        job = report.job,
        worker = &*report.worker,
        stack_hash = format_args!("{:016x}", report.stack_hash),
        count = report.count,
        inferred = report.inferred,
        ongoing = report.ongoing,
        "{report}"
    );
}
