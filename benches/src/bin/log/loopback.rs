//! Whole servers that log to a pipe, over keep-alive connections.

use buttress_benches::{
    Result,
    interleave::{Effort, Rounds, interleave},
    load, npm,
    table::{Table, microseconds, times},
    verdict::Verdicts,
    worker::Worker,
};
use std::{
    env, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

const PACKAGES: [&str; 4] = ["express@5.3.0", "pino@10", "pino-http@11", "morgan@1.12"];

/// The server without a log, and those with one.
const RUST: [&str; 4] = ["bare", "ours", "trace", "trace-appender"];
const NODE: [&str; 3] = ["bare", "pino", "morgan"];

pub(crate) fn table(effort: Effort, verdicts: &mut Verdicts) -> Result<String> {
    let mut table = Table::new(["server", "µs of CPU a request", "by the same without a log"]);
    let rust = measure(effort, &RUST, Server::axum)?;
    let names = [
        "axum",
        "axum, AccessLogLayer",
        "axum, TraceLayer, fmt JSON",
        "axum, TraceLayer, fmt JSON, tracing-appender",
    ];
    rows(&mut table, names, &rust);
    let folder = npm::install(&PACKAGES)?;
    fs::write(folder.join("log.js"), include_str!("express.js"))?;
    let script = folder.join("log.js");
    let node = measure(effort, &NODE, |subject| Server::express(&script, subject))?;
    rows(
        &mut table,
        ["Express", "Express, pino-http", "Express, morgan"],
        &node,
    );

    let ours = rust.ratio(1, 0);
    verdicts.at_most("CPU of axum with a JSON log, by without", 1.2, ours);
    verdicts.at_most(
        "what our log adds, by what pino-http adds to Express",
        1.0,
        (ours - 1.0) / (node.ratio(1, 0) - 1.0),
    );
    let appender = rust.ratio(3, 0);
    verdicts.at_most(
        "what our log adds, by what tracing-appender adds",
        1.0,
        (ours - 1.0) / (appender - 1.0),
    );
    Ok(format!(
        "### Servers over loopback\n\nA hello on two workers, 16 connections, the log into a pipe whose \
         other end `cat` reads. CPU of the server's process, the thread that writes included. {} on node {}.\n\n{table}",
        PACKAGES.join(", "),
        npm::node_version()?,
    ))
}

fn rows<const N: usize>(table: &mut Table, names: [&str; N], rounds: &Rounds) {
    for (index, name) in names.into_iter().enumerate() {
        let time = microseconds(rounds.time(index));
        table.row([name.to_owned(), time, times(rounds.ratio(index, 0))]);
    }
}

fn measure(
    effort: Effort,
    subjects: &[&str],
    start: impl Fn(&str) -> Result<Server>,
) -> Result<Rounds> {
    let mut servers = subjects
        .iter()
        .map(|subject| start(subject))
        .collect::<Result<Vec<_>>>()?;
    interleave(effort, servers.len(), |which, requests| {
        let server = &mut servers[which];
        let before = server.worker.ask_one("cpu")?;
        load::run(server.address, "identity", requests)?;
        let spent = server.worker.ask_one("cpu")? - before;
        // As many as were sent.
        Ok(spent * requests / load::rounded(requests))
    })
}

/// A server, and who reads its log.
pub(crate) struct Server {
    pub(crate) worker: Worker,
    pub(crate) address: SocketAddr,
    _reader: Option<Reader>,
}

impl Server {
    fn axum(subject: &str) -> Result<Self> {
        let reader = Reader::start()?;
        let log = reader.pipe()?;
        let worker = Worker::start(&env::current_exe()?, &["serve", subject, &log])?;
        Self::new(worker, Some(reader))
    }

    fn express(script: &Path, subject: &str) -> Result<Self> {
        let reader = Reader::start()?;
        let script = script.to_str().ok_or("a path that is no UTF-8")?;
        let worker = Worker::start(Path::new("node"), &[script, subject, &reader.pipe()?])?;
        Self::new(worker, Some(reader))
    }

    /// axum with its log in a file or a device.
    pub(crate) fn axum_to(subject: &str, log: &str) -> Result<Self> {
        let worker = Worker::start(&env::current_exe()?, &["serve", subject, log])?;
        Self::new(worker, None)
    }

    fn new(mut worker: Worker, reader: Option<Reader>) -> Result<Self> {
        let port = u16::try_from(worker.ask_one("port")?)?;
        Ok(Self {
            worker,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            _reader: reader,
        })
    }
}

/// `cat`, at the other end of a named pipe.
struct Reader {
    folder: PathBuf,
    cat: Child,
}

impl Reader {
    fn start() -> Result<Self> {
        let folder =
            env::temp_dir().join(format!("buttress-log-{}-{}", std::process::id(), unique()));
        fs::create_dir(&folder)?;
        let pipe = folder.join("pipe");
        if !Command::new("mkfifo").arg(&pipe).status()?.success() {
            return Err("mkfifo failed".into());
        }
        // Opened for both by the shell, so that neither end waits for the other.
        let script = format!("exec cat 0<>{} >/dev/null", pipe.display());
        let cat = Command::new("sh")
            .args(["-c", &script])
            .stdin(Stdio::null())
            .spawn()?;
        Ok(Self { folder, cat })
    }

    fn pipe(&self) -> Result<String> {
        let pipe = self.folder.join("pipe");
        Ok(pipe.to_str().ok_or("a path that is no UTF-8")?.to_owned())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.cat.kill();
        let _ = self.cat.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn unique() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
