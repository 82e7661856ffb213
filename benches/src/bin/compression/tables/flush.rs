use crate::{
    Bench,
    crew::Build,
    job::{Arrival, CODINGS, Coding, Job, Subject},
    sample::Sample,
};
use buttress_benches::{
    Result,
    table::{Table, thousands, times},
};

/// What flushing costs in bytes.
pub(super) fn make(bench: &mut Bench) -> Result<String> {
    let mut table = Table::new([
        "chunks",
        "Never, B",
        "Auto, B",
        "Auto ×",
        "EveryFrame, B",
        "EveryFrame ×",
        "tower-http, B",
        "tower-http ×",
    ]);
    for coding in CODINGS {
        for sample in [Sample::ListItems, Sample::PageChunks] {
            let label = format!("{coding:?}, {}", sample.label());
            let size = |subject| size(bench, coding, sample, subject);
            let never = size(Subject::OursNever)?;
            let auto = size(Subject::Ours)?;
            let others = [size(Subject::OursEveryFrame)?, size(Subject::TowerHttp)?];
            let inflation = |size: u64| size as f64 / never as f64;
            let mut cells = vec![label.clone(), thousands(never)];
            for size in [auto, others[0], others[1]] {
                cells.extend([thousands(size), times(inflation(size))]);
            }
            let figure = format!("{label}: inflation by Auto");
            bench.verdicts.at_most(figure, 2.0, inflation(auto));
            let cells: [String; 8] = cells.try_into().map_err(|_| "eight cells")?;
            table.row(cells);
        }
    }
    Ok(format!(
        "### Inflation by flushing\n\n1000 chunks of 94 bytes of HTML, two each millisecond of a clock \
         that does not wait, with a pause after each; by the size that `Flush::Never` gives.\n\n{table}"
    ))
}

fn size(bench: &Bench, coding: Coding, sample: Sample, subject: Subject) -> Result<u64> {
    let job = Job::new(subject, coding, sample, Arrival::Ticking);
    let mut crew = bench.programs.crew()?;
    crew.ask_one(Build::Stock, "output-in-time", job, 1)
}
