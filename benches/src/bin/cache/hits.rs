use crate::{
    Bench,
    subject::{self, Subject},
};
use buttress_benches::{
    Result, callgrind,
    clock::process_cpu,
    interleave::interleave,
    table::{Table, thousands, times},
};

const SIZES: [(usize, &str); 2] = [(1024, "1 KiB"), (100 * 1024, "100 KiB")];
const CACHES: [Subject; 5] = [
    Subject::Floor,
    Subject::Ours,
    Subject::AxumResponseCache,
    Subject::TowerHttpCache,
    Subject::HttpCacheTowerServer,
];
const OURS: usize = 1;

fn instructions(subject: Subject, size: usize, requests: u64) -> Result<f64> {
    let arguments = ["count", subject.name(), &size.to_string()];
    callgrind::instructions("*run_requests*", &arguments, requests)
}

/// What a hit costs, in instructions and in CPU time.
pub(super) fn make(bench: &mut Bench) -> Result<String> {
    let mut counts = Table::new(["a hit, instructions", "1 KiB", "100 KiB"]);
    let mut totals = Vec::new();
    for subject in [&[Subject::Harness], &CACHES[..]].concat() {
        // The slowest one takes 24 million instructions a hit.
        let few = subject == Subject::HttpCacheTowerServer;
        let requests = if few { 4 } else { 500 };
        let counted = SIZES.map(|(size, _)| instructions(subject, size, requests));
        let [small, large] = counted;
        let (small, large) = (small?, large?);
        totals.push((subject, small, large));
        let cells = [small, large].map(|count| thousands(count.round() as u64));
        let [small, large] = cells;
        counts.row([subject.name().to_owned(), small, large]);
    }
    let ours = totals
        .iter()
        .find(|(subject, ..)| *subject == Subject::Ours);
    let floor = totals
        .iter()
        .find(|(subject, ..)| *subject == Subject::Floor);
    let (Some(ours), Some(floor)) = (ours, floor) else {
        return Err("nothing was counted".into());
    };
    let verdicts = &mut bench.verdicts;
    verdicts.at_most("Instructions of a hit, 1 KiB", 7700.0, ours.1.round());
    verdicts.at_most("Instructions of a hit, 100 KiB", 7700.0, ours.2.round());
    verdicts.at_most(
        "Instructions of a hit by the floor's",
        1.6,
        ours.1 / floor.1,
    );
    Ok(format!(
        "### A hit\n\nIn process: `Service::call` to the last frame of the body, with a request of five \
         fields and a response of six, both made anew and dropped.\n\n{counts}\n{}",
        cpu(bench)?
    ))
}

fn cpu(bench: &mut Bench) -> Result<String> {
    let runtime = subject::runtime()?;
    let _entered = runtime.enter();
    let mut table = Table::new(["a hit, CPU, 1 KiB", "ns", "by ours"]);
    let mut contenders = CACHES.map(|subject| subject::contender(subject, 1024));
    let rounds = interleave(bench.effort, CACHES.len(), |contender, requests| {
        let start = process_cpu();
        contenders[contender](requests);
        Ok(process_cpu() - start)
    })?;
    for (index, subject) in CACHES.into_iter().enumerate() {
        let time = thousands(rounds.time(index).round() as u64);
        let ratio = rounds.ratio(index, OURS);
        table.row([subject.name().to_owned(), time, times(ratio)]);
    }
    let verdicts = &mut bench.verdicts;
    verdicts.at_least(
        "CPU of a hit: tower-http-cache's by ours",
        3.0,
        rounds.ratio(3, OURS),
    );
    verdicts.at_least(
        "CPU of a hit: http-cache-tower-server's by ours",
        30.0,
        rounds.ratio(4, OURS),
    );
    verdicts.at_most(
        "CPU of a hit by the floor's",
        1.6,
        1.0 / rounds.ratio(0, OURS),
    );
    Ok(table.to_string())
}

/// What a request costs more that the cache cannot answer.
pub(super) fn passing(bench: &mut Bench) -> Result<String> {
    let of = |subject| instructions(subject, 1024, 500);
    let (get, post) = (of(Subject::Bare)?, of(Subject::BarePost)?);
    let (no_store, ours_post) = (of(Subject::OursNoStore)?, of(Subject::OursPost)?);
    let mut table = Table::new([
        "a request that passes, instructions",
        "bare",
        "with ours",
        "added",
    ]);
    for (name, bare, ours) in [
        ("POST, which makes its target stale", post, ours_post),
        ("GET of what says `no-store`", get, no_store),
    ] {
        let cells = [bare, ours, ours - bare].map(|count| thousands(count.round() as u64));
        let [bare_cell, ours_cell, added] = cells;
        table.row([name.to_owned(), bare_cell, ours_cell, added]);
        let figure = format!("Instructions added to a {name}");
        bench
            .verdicts
            .at_most(figure, 3000.0, (ours - bare).round());
    }
    Ok(format!("### What passes\n\n{table}"))
}
