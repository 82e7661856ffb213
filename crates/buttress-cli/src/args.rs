use buttress_cluster::ReadyWhen;
use clap::{Parser, Subcommand};
use std::{ffi::OsString, net::SocketAddr, path::PathBuf, time::Duration};

/// Lists, reloads, scales and watches the workers of a buttress-cluster, or
/// supervises any program
#[derive(Debug, Parser)]
#[command(name = "buttress", version)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Which cluster: the only one of this user, if none is named.
///
/// No argument of a command may be called like one of these: clap would take the one
/// for the other.
#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// Name of the cluster: that of its executable, or what `run` was told
    #[arg(long, short, global = true)]
    pub(crate) name: Option<String>,
    /// Control socket of the cluster
    #[arg(long, value_name = "PATH", global = true, conflicts_with = "name")]
    pub(crate) socket: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the workers
    List(List),
    /// Replace all workers by new ones, if those are well
    Reload,
    /// Start or end workers: 4, +2 or -1
    Scale {
        #[arg(value_parser = scale, allow_hyphen_values = true)]
        workers: buttress_cluster::control::Scale,
    },
    /// End all workers and their supervisor, and wait for it; a second time, at once
    Stop(Stop),
    /// Show what happened to the workers
    ///
    /// Starts, reloads, and ends with their reason: code or signal, the worker's last
    /// panic, uptime, requests in flight. The last 1,000 since the supervisor was started.
    ///
    /// What the app itself writes is not among it: workers inherit stdout and stderr, so
    /// that it is where it would be without a cluster. Under systemd that is
    /// `journalctl -u NAME`, in a container the log of the container.
    Logs(Logs),
    /// Show how the workers fare, every second
    Top(Top),
    /// Set a value in all workers; an empty one takes it away
    Set { setting: String, value: String },
    /// Supervise a program that knows nothing of clusters
    Run(Run),
    /// Write units for systemd
    Unit(Unit),
}

#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Stop {
    /// Only ask for it
    #[arg(long)]
    pub(crate) no_wait: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Logs {
    /// Go on, and show what happens next
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// A line of JSON for each entry
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Top {
    /// A line of JSON for each look
    #[arg(long)]
    pub(crate) json: bool,
    /// End after so many looks
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    /// How many processes: a number, or max for as many as processors
    #[arg(long, short, default_value = "1", value_parser = instances)]
    pub(crate) instances: usize,
    /// Listen on this address, and give the program the socket (LISTEN_FDS);
    /// without one, the program listens by itself, with SO_REUSEPORT
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Vec<SocketAddr>,
    /// When a process is ready: notify, tcp:ADDR, http://ADDR/PATH, or a time such
    /// as 500ms for which it has to run
    #[arg(long, value_name = "WHEN", default_value = "1s", value_parser = ready)]
    pub(crate) ready: ReadyWhen,
    /// How long it may take to be ready
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub(crate) ready_timeout: Duration,
    /// How long it may take to end after SIGTERM
    #[arg(long, value_name = "TIME", default_value = "25s", value_parser = duration)]
    pub(crate) deadline: Duration,
    /// Replace a process that uses more memory, such as 512M
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub(crate) max_memory: Option<u64>,
    /// Replace a process that is older
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) max_age: Option<Duration>,
    /// The program and its arguments
    #[arg(last = true, required = true)]
    pub(crate) program: Vec<OsString>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Unit {
    /// Name of the service
    pub(crate) service: String,
    /// Path of the executable, with arguments
    pub(crate) exec: String,
    /// Address or port that systemd listens on; a socket unit is written for it
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Vec<String>,
    /// Secret for the service, as NAME:FILE; read by buttress-env
    #[arg(long, value_name = "NAME:FILE")]
    pub(crate) credential: Vec<String>,
    /// Variable of the service, as NAME=VALUE
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) env: Vec<String>,
    /// Most memory of all processes together, such as 2G
    #[arg(long, value_name = "BYTES")]
    pub(crate) memory: Option<String>,
    /// Folder to write to, such as /etc/systemd/system; without one they are printed
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
}

fn scale(text: &str) -> Result<buttress_cluster::control::Scale, String> {
    use buttress_cluster::control::Scale;
    let is_relative = text.starts_with(['+', '-']);
    let scale = match is_relative {
        true => text.parse().ok().map(Scale::By),
        false => text.parse().ok().map(Scale::To),
    };
    scale.ok_or_else(|| "expected a number such as 4, +2 or -1".to_owned())
}

fn instances(text: &str) -> Result<usize, String> {
    if text == "max" {
        return Ok(std::thread::available_parallelism().map_or(1, usize::from));
    }
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=128).contains(number));
    number.ok_or_else(|| "expected max, or a number from 1 to 128".to_owned())
}

fn ready(text: &str) -> Result<ReadyWhen, String> {
    let wrong = || "expected notify, tcp:ADDR, http://ADDR/PATH or a time such as 500ms".to_owned();
    if text == "notify" {
        return Ok(ReadyWhen::Notifies);
    }
    if let Some(addr) = text.strip_prefix("tcp:") {
        return addr.parse().map(ReadyWhen::Listens).map_err(|_| wrong());
    }
    if let Some(rest) = text.strip_prefix("http://") {
        let (addr, path) = rest.split_once('/').unwrap_or((rest, ""));
        let is_path = !path.contains(|it: char| it.is_control() || it == ' ');
        let addr = addr.parse().ok().filter(|_| is_path).ok_or_else(wrong)?;
        return Ok(ReadyWhen::Answers(addr, format!("/{path}")));
    }
    duration(text).map(ReadyWhen::Runs).map_err(|_| wrong())
}

fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text);
    let factor = match unit {
        "ms" => Some(1),
        "s" => Some(1000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let millis = number
        .parse::<u64>()
        .ok()
        .zip(factor)
        .and_then(|(number, factor)| number.checked_mul(factor));
    let wrong = || "expected a time such as 500ms, 10s, 5m or 24h".to_owned();
    millis.map(Duration::from_millis).ok_or_else(wrong)
}

fn bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let factor = match unit {
        "" => Some(1),
        "K" => Some(1 << 10),
        "M" => Some(1 << 20),
        "G" => Some(1 << 30),
        _ => None,
    };
    let bytes = number
        .parse::<u64>()
        .ok()
        .zip(factor)
        .and_then(|(number, factor)| number.checked_mul(factor));
    bytes.ok_or_else(|| "expected bytes such as 512M or 2G".to_owned())
}

fn split(text: &str) -> (&str, &str) {
    text.split_at(
        text.find(|it: char| !it.is_ascii_digit())
            .unwrap_or(text.len()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use buttress_cluster::control::Scale;

    #[test]
    fn the_name_of_a_cluster_is_no_other_argument() {
        let parse = |words: &str| Args::try_parse_from(words.split(' ')).unwrap();
        let set = parse("buttress set log debug");
        assert_eq!(set.which.name, None);
        let set = parse("buttress set --name app log debug");
        assert_eq!(set.which.name.as_deref(), Some("app"));
        let Command::Set { setting, value } = set.command else {
            panic!("{set:?}");
        };
        assert_eq!((&*setting, &*value), ("log", "debug"));
        let unit = parse("buttress unit app /usr/bin/app");
        assert_eq!(unit.which.name, None);
        let run = parse("buttress run --name shop -- ./shop");
        assert_eq!(run.which.name.as_deref(), Some("shop"));
    }

    #[test]
    fn values_are_read_as_they_are_written_and_others_are_refused() {
        assert_eq!(scale("+2"), Ok(Scale::By(2)));
        assert_eq!(scale("-1"), Ok(Scale::By(-1)));
        assert_eq!(scale("4"), Ok(Scale::To(4)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(bytes("512M"), Ok(512 << 20));
        assert_eq!(ready("notify"), Ok(ReadyWhen::Notifies));
        let addr = ([127, 0, 0, 1], 80).into();
        assert_eq!(
            ready("http://127.0.0.1:80/x"),
            Ok(ReadyWhen::Answers(addr, "/x".into()))
        );
        assert!(scale("two").is_err() && duration("5").is_err() && bytes("1T").is_err());
        assert!(ready("http://x/").is_err() && instances("0").is_err());
        assert!(duration("99999999999999999999h").is_err());
    }
}
