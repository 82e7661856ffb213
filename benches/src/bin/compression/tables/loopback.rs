use crate::{
    Bench,
    crew::{Build, Programs},
    express::Express,
    job::{Arrival, Coding, Job, Subject},
    sample::Sample,
};
use buttress_benches::{
    Result,
    interleave::{Effort, interleave},
    load,
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
    let mut table = Table::new([
        "gzip, server CPU a request",
        "ours, µs",
        "tower-http, µs",
        "on zlib-rs, µs",
        "no layer, µs",
        "Express, µs",
        "ours by theirs",
        "on zlib-rs",
        "by Express's",
    ]);
    for (sample, target) in CASES {
        eprintln!("  {}", sample.label());
        let mut servers = axum_servers(&bench.programs, sample)?;
        if let Ok(express) = &express {
            servers.push(Server::start(express.serve(sample)?, sample, true)?);
        }
        let rounds = interleave(effort(bench), servers.len(), |contender, requests| {
            servers[contender].cpu_of(requests)
        })?;
        let none = || "–".to_owned();
        let with_express = servers.len() > EXPRESS;
        let ours = |peer| times(rounds.ratio(OURS, peer));
        let mut cells = vec![sample.label().to_owned()];
        cells.extend((OURS..EXPRESS).map(|contender| microseconds(rounds.time(contender))));
        cells.push(if with_express {
            microseconds(rounds.time(EXPRESS))
        } else {
            none()
        });
        cells.extend([ours(PEER), ours(PEER_ON_ZLIB_RS)]);
        cells.push(if with_express { ours(EXPRESS) } else { none() });
        table.row::<9>(cells.try_into().map_err(|_| "nine cells")?);
        let label = sample.label();
        let figure = format!("Gzip over loopback, {label}: CPU by tower-http's");
        bench
            .verdicts
            .at_most(figure, target, rounds.ratio(OURS, PEER));
    }
    Ok(format!(
        "### Servers over loopback\n\naxum on tokio's default runtime in a process of its own, 16 \
         connections, bodies in memory, gzip at level 6. CPU time is the whole server process's. \
         {without}.\n\n{table}"
    ))
}

/// Requests after which node has compiled what is hot.
const WARM_UP: u64 = 4000;

const OURS: usize = 0;
const PEER: usize = 1;
const PEER_ON_ZLIB_RS: usize = 2;
const EXPRESS: usize = 4;

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
    let turn = bench.effort.turn.max(Duration::from_millis(20)) * 6;
    Effort {
        turn,
        ..bench.effort
    }
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
}
