use crate::{
    Bench,
    crew::{Build, Crew},
    job::{Arrival, CODINGS, Coding, Job, Subject},
    sample::Sample,
};
use buttress_benches::{
    Result,
    table::{Table, thousands},
};

const REQUESTS: u64 = 64;

/// What a small response allocates once pools are warm, C libraries included.
pub(super) fn make(bench: &mut Bench) -> Result<String> {
    let mut table = Table::new([
        "body",
        "ours",
        "ours, B",
        "beyond the output, B",
        "tower-http",
        "tower-http, B",
        "no layer",
        "no layer, B",
    ]);
    for coding in CODINGS {
        for sample in [Sample::Json512, Sample::Json4K] {
            let row = Row::measure(&mut bench.programs.crew()?, coding, sample)?;
            row.add_to(&mut table);
            let label = &row.label;
            let [own, beyond] = [row.own_allocations(), row.beyond_output()];
            let verdicts = &mut bench.verdicts;
            verdicts.at_most(format!("{label}: allocations"), 6.0, own);
            verdicts.at_most(format!("{label}: bytes beyond the output"), 2048.0, beyond);
        }
    }
    Ok(format!(
        "### Allocations of one response\n\nMeans of {REQUESTS}, with what the handler's response \
         itself takes (no layer). The figures below are without that.\n\n{table}"
    ))
}

struct Row {
    label: String,
    output: u64,
    ours: Counts,
    peer: Counts,
    bare: Counts,
}

struct Counts {
    allocations: f64,
    bytes: f64,
}

impl Row {
    fn measure(crew: &mut Crew, coding: Coding, sample: Sample) -> Result<Self> {
        let job = Job::new(Subject::Ours, coding, sample, Arrival::Whole);
        Ok(Self {
            label: format!("{coding:?}, {}", sample.label()),
            output: crew.ask_one(Build::Stock, "output", job, 1)?,
            ours: Counts::measure(crew, job)?,
            peer: Counts::measure(crew, job.by(Subject::TowerHttp))?,
            bare: Counts::measure(crew, job.by(Subject::Bare))?,
        })
    }

    fn own_allocations(&self) -> f64 {
        self.ours.allocations - self.bare.allocations
    }

    fn beyond_output(&self) -> f64 {
        (self.ours.bytes - self.bare.bytes - self.output as f64).max(0.0)
    }

    fn add_to(&self, table: &mut Table) {
        let count = |counts: &Counts| format!("{:.1}", counts.allocations);
        let bytes = |counts: &Counts| thousands(counts.bytes.round() as u64);
        table.row([
            self.label.clone(),
            count(&self.ours),
            bytes(&self.ours),
            thousands(self.beyond_output().round() as u64),
            count(&self.peer),
            bytes(&self.peer),
            count(&self.bare),
            bytes(&self.bare),
        ]);
    }
}

impl Counts {
    fn measure(crew: &mut Crew, job: Job) -> Result<Self> {
        match crew.ask(Build::Stock, "allocations", job, REQUESTS)?[..] {
            [allocations, bytes] => Ok(Self {
                allocations: allocations as f64 / REQUESTS as f64,
                bytes: bytes as f64 / REQUESTS as f64,
            }),
            _ => Err(format!("{job}: not two numbers").into()),
        }
    }
}
