use crate::{
    Bench,
    crew::Build,
    job::{Arrival, CODINGS, Coding, Job, Subject},
    sample::Sample,
};
use buttress_benches::{
    Result,
    table::{Table, thousands},
};

/// What streams that stay open hold, and what their smaller window costs.
pub(super) fn make(bench: &mut Bench) -> Result<String> {
    let (open, windows) = (open_streams(bench)?, windows(bench)?);
    Ok(format!(
        "### Open streams\n\nBytes from `malloc` that one more stream of unknown length holds after \
         300 bytes and a flush.\n\n{open}\nThe same body, flushed at its end only, as a stream that \
         paused early (and so has the small window) and as one that did not.\n\n{windows}"
    ))
}

fn open_streams(bench: &mut Bench) -> Result<Table> {
    let mut table = Table::new(["coding", "ours", "default", "tower-http", "on zlib-rs"]);
    for coding in CODINGS {
        let mut crew = bench.programs.crew()?;
        let mut held = |build, subject| {
            let job = Job::new(subject, coding, Sample::Json4K, Arrival::Open);
            crew.ask_one(build, "memory", job, 1)
        };
        let ours = held(Build::Stock, Subject::Ours)?;
        let by_default = held(Build::Stock, Subject::OursByDefault)?;
        let on_zlib_rs = match coding {
            Coding::Gzip => thousands(held(Build::ZlibRs, Subject::TowerHttp)?),
            _ => "–".to_owned(),
        };
        table.row([
            format!("{coding:?}"),
            thousands(ours),
            thousands(by_default),
            thousands(held(Build::Stock, Subject::TowerHttp)?),
            on_zlib_rs,
        ]);
        let target = match coding {
            Coding::Gzip => 200_000.0,
            Coding::Zstd => 350_000.0,
            _ => continue,
        };
        let figure = format!("{coding:?}: bytes of an open stream");
        bench.verdicts.at_most(figure, target, ours as f64);
    }
    Ok(table)
}

fn windows(bench: &Bench) -> Result<Table> {
    let mut table = Table::new([
        "body",
        "full window, B",
        "small window, B",
        "lost",
        "tower-http, B",
    ]);
    for coding in CODINGS {
        for sample in [Sample::Html68K, Sample::Json256K] {
            let mut crew = bench.programs.crew()?;
            let mut size = |subject, arrival| {
                let job = Job::new(subject, coding, sample, arrival);
                crew.ask_one(Build::Stock, "output", job, 1)
            };
            let full = size(Subject::OursNever, Arrival::Steady)?;
            let small = size(Subject::OursNever, Arrival::Pausing)?;
            table.row([
                format!("{coding:?}, {}", sample.label()),
                thousands(full),
                thousands(small),
                format!("{:.1} %", 100.0 * (small as f64 / full as f64 - 1.0)),
                thousands(size(Subject::TowerHttp, Arrival::Steady)?),
            ]);
        }
    }
    Ok(table)
}
