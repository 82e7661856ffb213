use crate::{
    Bench,
    crew::{Build, Crew},
    job::{Arrival, Coding, Job, Subject},
    sample::Sample,
};
use buttress_benches::{
    Result,
    interleave::interleave,
    table::{Table, times},
};

const SAMPLES: [Sample; 4] = [
    Sample::Json4K,
    Sample::Json32K,
    Sample::Html68K,
    Sample::Css70K,
];
const LEVELS: [(Coding, &[i32]); 3] = [
    (Coding::Gzip, &[1, 2, 4, 6, 9]),
    (Coding::Zstd, &[1, 3, 6]),
    (Coding::Br, &[1, 2, 4, 5, 6]),
];

/// What levels cost and give: what the defaults are chosen by.
pub(super) fn make(bench: &mut Bench) -> Result<String> {
    let mut columns = vec!["coding, level".to_owned()];
    for sample in SAMPLES {
        columns.extend([sample.label().to_owned(), "ratio".to_owned()]);
    }
    let columns: Vec<_> = columns.iter().map(String::as_str).collect();
    let columns: [&str; 9] = columns.try_into().map_err(|_| "nine columns")?;
    let mut table = Table::new(columns);
    let jobs: Vec<_> = LEVELS
        .iter()
        .flat_map(|&(coding, levels)| levels.iter().map(move |&level| (coding, level)))
        .collect();
    let mut rows: Vec<_> = jobs
        .iter()
        .map(|(coding, level)| vec![format!("{coding:?} {level}")])
        .collect();
    for sample in SAMPLES {
        eprintln!("  {}", sample.label());
        for (row, [speed, ratio]) in rows.iter_mut().zip(column(bench, &jobs, sample)?) {
            row.extend([times(speed), times(ratio)]);
        }
    }
    for row in rows {
        table.row::<9>(row.try_into().map_err(|_| "nine cells")?);
    }
    Ok(format!(
        "### Levels of ours\n\nComplete bodies: how many times faster than tower-http's gzip 6, and how \
         many times shorter than the body.\n\n{table}"
    ))
}

/// Speed and compression of each of the jobs.
fn column(bench: &Bench, jobs: &[(Coding, i32)], sample: Sample) -> Result<Vec<[f64; 2]>> {
    let peer = Job::new(Subject::TowerHttp, Coding::Gzip, sample, Arrival::Whole);
    let ours = jobs
        .iter()
        .map(|&(coding, level)| Job::new(Subject::Ours, coding, sample, Arrival::Whole).at(level));
    let contenders: Vec<_> = ours.chain([peer]).collect();
    let mut crew = bench.programs.crew()?;
    let rounds = interleave(bench.effort, contenders.len(), |contender, requests| {
        Crew::ask_one(
            &mut crew,
            Build::Stock,
            "cpu",
            contenders[contender],
            requests,
        )
    })?;
    let len = sample.bytes().len() as f64;
    let cells = (0..jobs.len()).map(|job| {
        let size = crew.ask_one(Build::Stock, "output", contenders[job], 1)?;
        Ok([rounds.ratio(jobs.len(), job), len / size as f64])
    });
    cells.collect()
}
