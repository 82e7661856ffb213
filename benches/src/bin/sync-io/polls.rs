//! What is added to one poll, to one call that is trapped, and to one that is
//! reported.

use buttress_benches::{
    Result, clock,
    interleave::{Effort, Rounds, interleave},
    table::Table,
    verdict::Verdicts,
};
use buttress_sync_io::{Mode, SyncIoLayer, WatchBlocking};
use std::{
    fs,
    future::{Future, poll_fn},
    hint::black_box,
    pin::Pin,
    task::{Context, Poll, Waker},
};

type Boxed = Pin<Box<dyn Future<Output = ()>>>;

/// The difference to a future that nobody guards, in CPU time of the worker.
pub(crate) fn table(effort: Effort, verdicts: &mut Verdicts) -> Result<Table> {
    let mut table = Table::new(["added to", "off, ns", "watch, ns", "exact, ns"]);
    let polls = added(effort, || {})?;
    table.row(cells("a poll", polls));
    let trapped = added(effort, || {
        black_box(rustix::process::getppid());
    })?;
    table.row(cells("a poll with a call that is trapped", trapped));
    let reported = added(effort, || {
        black_box(fs::metadata("/").is_ok());
    })?;
    table.row(cells("a poll with a call that is reported", reported));
    verdicts.at_most("a poll, watch, ns", 15.0, polls[1].round());
    let call = trapped[2] - polls[2];
    verdicts.at_most("a trapped call, exact, ns", 1200.0, call.round());
    let hit = reported[2] - polls[2];
    verdicts.at_most("a reported call, exact, ns", 5000.0, hit.round());
    Ok(table)
}

fn cells(name: &str, added: [f64; 3]) -> [String; 4] {
    let [off, watch, exact] = added.map(|ns| format!("{ns:.1}"));
    [name.to_owned(), off, watch, exact]
}

fn added(effort: Effort, work: fn()) -> Result<[f64; 3]> {
    let layer = |mode| SyncIoLayer::new(mode).log(false);
    let layers = [Mode::Off, Mode::Watch, Mode::Exact].map(layer);
    let mut futures: Vec<Boxed> = vec![Box::pin(pending(work))];
    for layer in &layers {
        futures.push(Box::pin(pending(work).watch_blocking_as("bench", layer)));
    }
    let mut context = Context::from_waker(Waker::noop());
    let rounds: Rounds = interleave(effort, futures.len(), |which, polls| {
        let start = clock::thread_cpu();
        for _ in 0..polls {
            assert!(futures[which].as_mut().poll(&mut context).is_pending());
        }
        Ok(clock::thread_cpu() - start)
    })?;
    Ok([1, 2, 3].map(|which| rounds.time(which) - rounds.time(0)))
}

/// Does `work` in each poll, and never ends.
fn pending(work: fn()) -> impl Future<Output = ()> {
    poll_fn(move |_| {
        work();
        Poll::Pending
    })
}
