use crate::{
    Bench,
    crew::{Build, Programs},
    express::Express,
    job::{Arrival, Coding, Job, Subject},
    sample::Sample,
};
use buttress_benches::{
    Result,
    interleave::{Effort, Rounds, interleave},
    load,
    statistics::{median, quantile},
    table::{Table, microseconds, times},
    worker::Worker,
};
use buttress_testing::decode::decode;
use std::{net::SocketAddr, time::Duration};

const CASES: [(Sample, f64); 3] = [
    (Sample::Json512, 0.25),
    (Sample::Json4K, 0.40),
    (Sample::Json32K, 0.55),
];

/// Whole servers: axum with one layer, over keep-alive connections.
pub(super) fn make(bench: &mut Bench) -> Result<String> {
    let express = Express::install();
    let without = match &express {
        Ok(express) => express.to_string(),
        Err(error) => format!("Not run: Express ({error})"),
    };
    let (mut times, mut ratios, mut faults) = (times_table(), ratios_table(), faults_table());
    for (sample, target) in CASES {
        let launches = (0..bench.effort.rounds.div_ceil(2))
            .map(|launch| {
                eprintln!("  {}, launch {launch}", sample.label());
                Launch::measure(bench, express.as_ref().ok(), sample)
            })
            .collect::<Result<Vec<_>>>()?;
        let label = sample.label();
        times.row(cells(label, &launches, Launch::times, microseconds));
        faults.row(cells(label, &launches, Launch::faults, |faults| {
            format!("{faults:.1}")
        }));
        ratios.row(ratio_cells(label, &launches));
        let figure = format!("Gzip over loopback, {label}: CPU by tower-http's");
        let measured = ratio(&launches, PEER).unwrap_or(f64::NAN);
        bench.verdicts.at_most(figure, target, measured);
    }
    Ok(format!(
        "### Servers over loopback\n\naxum on tokio's default runtime in a process of its own, 16 \
         connections, bodies in memory, gzip at level 6. {without}. The servers are launched anew \
         several times: tower-http's allocations of 325 KB a request make glibc give pages back and \
         take them again in some launches, and in others not.\n\nCPU time of the whole server process \
         for a request, µs\n\n{times}\nOurs by theirs: median, and range of the \
         launches\n\n{ratios}\nPage faults a request\n\n{faults}"
    ))
}

fn times_table() -> Table {
    Table::new([
        "body",
        "ours",
        "tower-http",
        "on zlib-rs",
        "no layer",
        "Express",
    ])
}

fn faults_table() -> Table {
    times_table()
}

fn ratios_table() -> Table {
    Table::new(["body", "tower-http", "on zlib-rs", "Express"])
}

/// A row with the median of each server's launches.
fn cells(
    label: &str,
    launches: &[Launch],
    values: fn(&Launch) -> Vec<f64>,
    show: fn(f64) -> String,
) -> [String; 6] {
    let mut cells = [label; 6].map(str::to_owned);
    for (server, cell) in cells[1..].iter_mut().enumerate() {
        let values: Vec<_> = launches
            .iter()
            .filter_map(|launch| values(launch).get(server).copied())
            .collect();
        *cell = if values.is_empty() {
            NONE.to_owned()
        } else {
            show(median(&values))
        };
    }
    cells
}

fn ratio_cells(label: &str, launches: &[Launch]) -> [String; 4] {
    let cell = |peer| {
        let range: Vec<_> = launches
            .iter()
            .filter_map(|launch| launch.ratio(peer))
            .collect();
        let [least, most] = [0.0, 1.0].map(|share| times(quantile(&range, share)));
        ratio(launches, peer).map_or_else(
            || NONE.to_owned(),
            |ratio| format!("{} ({least}–{most})", times(ratio)),
        )
    };
    [
        label.to_owned(),
        cell(PEER),
        cell(PEER_ON_ZLIB_RS),
        cell(EXPRESS),
    ]
}

fn ratio(launches: &[Launch], peer: usize) -> Option<f64> {
    let ratios: Vec<_> = launches
        .iter()
        .filter_map(|launch| launch.ratio(peer))
        .collect();
    (!ratios.is_empty()).then(|| median(&ratios))
}

const NONE: &str = "–";
const OURS: usize = 0;
const PEER: usize = 1;
const PEER_ON_ZLIB_RS: usize = 2;
const EXPRESS: usize = 4;

/// What one set of server processes did.
struct Launch {
    rounds: Rounds,
    faults: Vec<f64>,
}

impl Launch {
    fn measure(bench: &Bench, express: Option<&Express>, sample: Sample) -> Result<Self> {
        let mut servers = axum_servers(&bench.programs, sample)?;
        if let Some(express) = express {
            servers.push(Server::start(express.serve(sample)?, sample, true)?);
        }
        let rounds = interleave(effort(bench), servers.len(), |contender, requests| {
            servers[contender].cpu_of(requests)
        })?;
        let faults = servers.iter_mut().map(Server::faults_of_a_request);
        Ok(Self {
            rounds,
            faults: faults.collect::<Result<_>>()?,
        })
    }

    fn times(&self) -> Vec<f64> {
        (0..self.faults.len())
            .map(|server| self.rounds.time(server))
            .collect()
    }

    fn faults(&self) -> Vec<f64> {
        self.faults.clone()
    }

    /// Ours by that one's, if it ran.
    fn ratio(&self, peer: usize) -> Option<f64> {
        (peer < self.faults.len()).then(|| self.rounds.ratio(OURS, peer))
    }
}

/// Requests after which node has compiled what is hot.
const WARM_UP: u64 = 4000;

fn axum_servers(programs: &Programs, sample: Sample) -> Result<Vec<Server>> {
    let contenders = [
        (Build::Stock, Subject::Ours),
        (Build::Stock, Subject::TowerHttp),
        (Build::ZlibRs, Subject::TowerHttp),
        (Build::Stock, Subject::Bare),
    ];
    let servers = contenders.map(|(build, subject)| {
        let job = Job::new(subject, Coding::Gzip, sample, Arrival::Whole);
        let process = Worker::start(programs.path(build), &["serve", &job.to_string()])?;
        Server::start(process, sample, subject != Subject::Bare)
    });
    servers.into_iter().collect()
}

/// Long turns: much of the noise is in who wakes whom.
fn effort(bench: &Bench) -> Effort {
    let turn = bench.effort.turn.max(Duration::from_millis(20)) * 4;
    let rounds = bench.effort.rounds.div_ceil(2);
    Effort { rounds, turn }
}

struct Server {
    process: Worker,
    addr: SocketAddr,
}

impl Server {
    /// Checks that the server compresses, if it should, and answers well.
    fn start(mut process: Worker, sample: Sample, compresses: bool) -> Result<Self> {
        let port = process.ask_one("port")?.try_into()?;
        let addr = SocketAddr::from(([127, 0, 0, 1], port));
        let (head, body) = load::once(addr, "gzip")?;
        let gzip = head.to_ascii_lowercase().contains("content-encoding: gzip");
        let encoding = if gzip { "gzip" } else { "identity" };
        if gzip != compresses || decode(encoding, &body)? != sample.bytes() {
            return Err(format!("{}: a wrong answer: {head}", sample.label()).into());
        }
        load::run(addr, "gzip", WARM_UP)?;
        Ok(Self { process, addr })
    }

    fn cpu_of(&mut self, requests: u64) -> Result<u64> {
        let before = self.process.ask_one("cpu")?;
        load::run(self.addr, "gzip", requests)?;
        let spent = self.process.ask_one("cpu")? - before;
        Ok(spent * requests / load::rounded(requests))
    }

    fn faults_of_a_request(&mut self) -> Result<f64> {
        let before = self.process.ask_one("faults")?;
        load::run(self.addr, "gzip", WARM_UP)?;
        let faults = self.process.ask_one("faults")? - before;
        Ok(faults as f64 / load::rounded(WARM_UP) as f64)
    }
}
