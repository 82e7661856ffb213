use crate::{
    Bench,
    job::{Arrival, Coding, Job, Subject},
    sample::Sample,
};
use buttress_benches::{
    Result, callgrind,
    table::{Table, thousands, times},
};

const CASES: [(&str, Coding, Sample); 3] = [
    ("no Accept-Encoding", Coding::Unasked, Sample::Json4K),
    ("text of 20 B", Coding::Gzip, Sample::Tiny),
    ("PNG", Coding::Gzip, Sample::Image),
];
const REQUESTS: u64 = 200;

/// The path that compresses nothing, in instructions.
pub(super) fn make(bench: &mut Bench) -> Result<String> {
    let mut table = Table::new([
        "request",
        "no layer",
        "ours",
        "tower-http",
        "ours alone",
        "tower-http alone",
        "alone, ours by theirs",
        "in all, ours by theirs",
    ]);
    for (name, coding, sample) in CASES {
        let count = |subject| instructions(Job::new(subject, coding, sample, Arrival::Whole));
        let bare = count(Subject::Bare)?;
        let [ours, peer] = [count(Subject::OursByDefault)?, count(Subject::TowerHttp)?];
        let alone = (ours - bare) / (peer - bare);
        let cells = [bare, ours, peer, ours - bare, peer - bare];
        let [bare, all, theirs, own, their_own] =
            cells.map(|count| thousands(count.round() as u64));
        let (name, ratio) = (name.to_owned(), times(ours / peer));
        table.row([
            name.clone(),
            bare,
            all,
            theirs,
            own,
            their_own,
            times(alone),
            ratio,
        ]);
        let figure = format!("{name}: instructions by tower-http's");
        bench.verdicts.at_most(figure, 0.45, alone);
    }
    Ok(format!(
        "### Nothing to compress\n\nInstructions of a request and its response, by callgrind; “alone” is \
         without those of no layer.\n\n{table}"
    ))
}

fn instructions(job: Job) -> Result<f64> {
    let arguments = ["answer", "requests", &job.to_string()];
    callgrind::instructions("*run_requests*", &arguments, REQUESTS)
}
