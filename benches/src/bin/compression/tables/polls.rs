use crate::{
    Bench,
    crew::Build,
    job::{Arrival, CODINGS, Coding, Job, Subject},
    sample::Sample,
};
use buttress_benches::{
    Result,
    statistics::{median, quantile},
    table::{Table, microseconds, thousands},
};

/// How long one poll keeps its thread, on bodies that are in memory.
pub(super) fn make(bench: &mut Bench) -> Result<String> {
    let mut table = Table::new([
        "body",
        "ours: polls",
        "p99.9, µs",
        "longest, µs",
        "tower-http: polls",
        "p99.9, µs",
        "longest, µs",
    ]);
    for coding in CODINGS {
        for sample in [Sample::Zeros64M, Sample::Repetitive8M] {
            eprintln!("  {coding:?} {}", sample.label());
            let [ours, peer] = [Subject::Ours, Subject::TowerHttp].map(|subject| {
                let job = Job::new(subject, coding, sample, Arrival::Whole);
                Polls::measure(bench, job)
            });
            let (label, ours) = (format!("{coding:?}, {}", sample.label()), ours?);
            let [a, b, c] = ours.cells();
            let [d, e, f] = peer?.cells();
            table.row([label.clone(), a, b, c, d, e, f]);
            if coding != Coding::Br {
                let figure = format!("{label}: longest poll, µs");
                bench
                    .verdicts
                    .at_most(figure, 1000.0, ours.longest / 1000.0);
            }
        }
    }
    Ok(format!(
        "### Longest poll\n\nCPU time of each poll of the service's future and of the body, of one \
         frame of that size; the longest is a median of several runs.\n\n{table}"
    ))
}

struct Polls {
    count: u64,
    quantile: f64,
    longest: f64,
}

impl Polls {
    fn measure(bench: &Bench, job: Job) -> Result<Self> {
        let (mut all, mut longest) = (Vec::new(), Vec::new());
        let mut count = 0;
        let mut crew = bench.programs.crew()?;
        for _ in 0..bench.effort.rounds.div_ceil(2) {
            let times = crew.ask(Build::Stock, "polls", job, 1)?;
            let times = times.iter().map(|&time| time as f64);
            longest.push(times.clone().fold(0.0, f64::max));
            count = times.len() as u64;
            all.extend(times);
        }
        Ok(Self {
            count,
            quantile: quantile(&all, 0.999),
            longest: median(&longest),
        })
    }

    fn cells(&self) -> [String; 3] {
        [
            thousands(self.count),
            microseconds(self.quantile),
            microseconds(self.longest),
        ]
    }
}
