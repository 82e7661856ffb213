//! A row of CPU ratios and sizes: ours at equal levels, the peer in both
//! builds, and our defaults.

use crate::{
    Bench,
    crew::{Build, Crew},
    job::{Arrival, Coding, Job, Subject},
    sample::Sample,
};
use buttress_benches::{
    Result,
    interleave::interleave,
    table::{Table, microseconds, thousands, times},
};

/// Who takes turns; each ratio is between two of one build.
const CONTENDERS: [(Build, Subject); 5] = [
    (Build::Stock, Subject::Ours),
    (Build::Stock, Subject::TowerHttp),
    (Build::Stock, Subject::OursByDefault),
    (Build::ZlibRs, Subject::Ours),
    (Build::ZlibRs, Subject::TowerHttp),
];
const OURS: usize = 0;
const PEER: usize = 1;
const DEFAULT: usize = 2;
const OURS_BESIDE_ZLIB_RS: usize = 3;
const PEER_ON_ZLIB_RS: usize = 4;

pub(super) struct Row {
    /// Nanoseconds of ours.
    time: f64,
    /// How many times the CPU of ours the peer needs.
    pub(super) ratio: f64,
    ratio_on_zlib_rs: Option<f64>,
    ratio_by_default: f64,
    sizes: Vec<u64>,
}

impl Row {
    pub(super) fn measure(
        bench: &Bench,
        coding: Coding,
        sample: Sample,
        arrival: Arrival,
    ) -> Result<Self> {
        let job = |subject| Job::new(subject, coding, sample, arrival);
        // Only gzip has to do with flate2.
        let contenders = match coding {
            Coding::Gzip => &CONTENDERS[..],
            _ => &CONTENDERS[..OURS_BESIDE_ZLIB_RS],
        };
        let mut crew = bench.programs.crew()?;
        let sizes = contenders
            .iter()
            .map(|&(build, subject)| crew.ask_one(build, "output", job(subject), 1));
        let sizes = sizes.collect::<Result<Vec<_>>>()?;
        let rounds = interleave(bench.effort, contenders.len(), |contender, requests| {
            let (build, subject) = contenders[contender];
            Crew::ask_one(&mut crew, build, "cpu", job(subject), requests)
        })?;
        Ok(Self {
            time: rounds.time(OURS),
            ratio: rounds.ratio(PEER, OURS),
            ratio_on_zlib_rs: (contenders.len() > PEER_ON_ZLIB_RS)
                .then(|| rounds.ratio(PEER_ON_ZLIB_RS, OURS_BESIDE_ZLIB_RS)),
            ratio_by_default: rounds.ratio(PEER, DEFAULT),
            sizes,
        })
    }

    /// Our bytes by the peer's, at equal levels.
    pub(super) fn size_ratio(&self) -> f64 {
        self.sizes[OURS] as f64 / self.sizes[PEER] as f64
    }

    pub(super) fn add_to(&self, table: &mut Table, label: &str) {
        table.row([
            label.to_owned(),
            microseconds(self.time),
            times(self.ratio),
            self.ratio_on_zlib_rs.map_or_else(|| "–".to_owned(), times),
            thousands(self.sizes[OURS]),
            thousands(self.sizes[PEER]),
            format!("{:.3}", self.size_ratio()),
            times(self.ratio_by_default),
            thousands(self.sizes[DEFAULT]),
        ]);
    }
}

pub(super) fn table() -> Table {
    Table::new([
        "body",
        "ours, µs",
        "× tower-http",
        "× on zlib-rs",
        "ours, B",
        "theirs, B",
        "size",
        "default ×",
        "default, B",
    ])
}

/// What the columns mean, once above each group of tables.
pub(super) const LEGEND: &str = "\
At equal levels (gzip 6, zstd 3, br 4): CPU time of ours for one request, how many times that \
tower-http needs, the same with tower-http on zlib-rs, the sizes and ours by theirs. Last the \
ratio and size of `CompressionLayer::new()`, beside tower-http's defaults.\n";
