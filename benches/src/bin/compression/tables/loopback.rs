use crate::{
    Bench,
    crew::{Build, Programs},
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

const CONTENDERS: [(Build, Subject); 4] = [
    (Build::Stock, Subject::Ours),
    (Build::Stock, Subject::TowerHttp),
    (Build::ZlibRs, Subject::TowerHttp),
    (Build::Stock, Subject::Bare),
];
const CASES: [(Sample, f64); 3] = [
    (Sample::Json512, 0.25),
    (Sample::Json4K, 0.40),
    (Sample::Json32K, 0.55),
];

/// Whole servers: axum with one layer, over keep-alive connections.
pub(super) fn make(bench: &mut Bench) -> Result<String> {
    let mut table = Table::new([
        "gzip, server CPU a request",
        "ours, µs",
        "tower-http, µs",
        "on zlib-rs, µs",
        "no layer, µs",
        "ours by theirs",
        "by theirs on zlib-rs",
    ]);
    for (sample, target) in CASES {
        eprintln!("  {}", sample.label());
        let mut servers = CONTENDERS
            .iter()
            .map(|&(build, subject)| Server::start(&bench.programs, build, subject, sample))
            .collect::<Result<Vec<_>>>()?;
        // Long turns: much of the noise is in who wakes whom.
        let effort = Effort {
            turn: bench.effort.turn.max(Duration::from_millis(20)) * 6,
            ..bench.effort
        };
        let rounds = interleave(effort, servers.len(), |contender, requests| {
            servers[contender].cpu_of(requests)
        })?;
        let mut cells = vec![sample.label().to_owned()];
        cells.extend((0..servers.len()).map(|contender| microseconds(rounds.time(contender))));
        cells.extend([1, 2].map(|peer| times(rounds.ratio(0, peer))));
        let cells: [String; 7] = cells.try_into().map_err(|_| "seven cells")?;
        table.row(cells);
        let figure = format!(
            "Gzip over loopback, {}: CPU by tower-http's",
            sample.label()
        );
        bench.verdicts.at_most(figure, target, rounds.ratio(0, 1));
    }
    Ok(format!(
        "### Servers over loopback\n\naxum on tokio's default runtime in a process of its own, 16 \
         connections, bodies in memory, gzip at level 6. CPU time is the whole server process's.\n\n{table}"
    ))
}

struct Server {
    process: Worker,
    addr: SocketAddr,
}

impl Server {
    fn start(programs: &Programs, build: Build, subject: Subject, sample: Sample) -> Result<Self> {
        let job = Job::new(subject, Coding::Gzip, sample, Arrival::Whole);
        let mut process = Worker::start(programs.path(build), &["serve", &job.to_string()])?;
        let port = process.ask_one("port")?.try_into()?;
        let server = Self {
            process,
            addr: SocketAddr::from(([127, 0, 0, 1], port)),
        };
        server.check(job)?;
        Ok(server)
    }

    fn check(&self, job: Job) -> Result<()> {
        let (head, body) = load::once(self.addr, "gzip")?;
        let encoded = head.contains("content-encoding: gzip");
        let encoding = if encoded { "gzip" } else { "identity" };
        if encoded == (job.subject == Subject::Bare)
            || decode(encoding, &body)? != job.sample.bytes()
        {
            return Err(format!("{job}: a wrong answer: {head}").into());
        }
        Ok(())
    }

    fn cpu_of(&mut self, requests: u64) -> Result<u64> {
        let before = self.process.ask_one("cpu")?;
        load::run(self.addr, "gzip", requests)?;
        let spent = self.process.ask_one("cpu")? - before;
        Ok(spent * requests / load::rounded(requests))
    }
}
