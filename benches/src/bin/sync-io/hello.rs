//! The CPU that the two workers of an axum server take for `GET /`.

use crate::programs::{Programs, Subject};
use axum::{Router, routing::get};
use buttress_benches::{
    Result,
    interleave::{Effort, interleave},
    load,
    table::{Table, microseconds},
    verdict::Verdicts,
    worker::{self, Worker},
};
use buttress_sync_io::{Mode, SyncIoLayer};
use std::{fs, net::SocketAddr, time::Duration};
use tower_layer::Identity;

/// What tokio calls them, as far as the kernel keeps it.
const WORKERS: &str = "tokio-rt-worker";

/// The ratios to no layer.
pub(crate) fn table(effort: Effort, programs: &Programs, verdicts: &mut Verdicts) -> Result<Table> {
    // Many turns: the differences are of one in a hundred, and those between two
    // turns of one server are several times as large.
    let effort = Effort {
        rounds: 9 * effort.rounds,
        turn: 4 * effort.turn,
    };
    let mut servers = Vec::new();
    for subject in Subject::ALL {
        let arguments = ["serve", subject.argument()];
        let mut server = Worker::start(subject.program(programs), &arguments)?;
        let port = server.ask_one("port")?;
        let addr = SocketAddr::from(([127, 0, 0, 1], u16::try_from(port)?));
        servers.push((server, addr));
    }
    let rounds = interleave(effort, servers.len(), |which, requests| {
        let (server, addr) = &mut servers[which];
        let before = server.ask_one("cpu")?;
        load::run(*addr, "identity", requests)?;
        let spent = server.ask_one("cpu")? - before;
        Ok(spent * requests / load::rounded(requests))
    })?;
    let mut table = Table::new(["layer", "CPU of a request, µs", "ratio", "of 20, 19 within"]);
    for (which, subject) in Subject::ALL.into_iter().enumerate() {
        let (ratio, (low, high)) = (rounds.ratio(which, 0), rounds.ratio_within(which, 0));
        let cpu = microseconds(rounds.time(which));
        let within = match which {
            0 => String::new(),
            _ => format!("{low:.3} – {high:.3}"),
        };
        table.row([
            subject.name().to_owned(),
            cpu,
            format!("{ratio:.3}"),
            within,
        ]);
        if let Some(target) = subject.target() {
            let name = subject.name();
            let figure = format!("server, {name}: CPU, ratio to no layer (thousandths)");
            verdicts.at_most(figure, target, (1000.0 * ratio).round());
        }
    }
    Ok(table)
}

/// A server, which answers what the bench asks of it.
pub(crate) fn serve(subject: &str) -> Result<()> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    let port = listener.local_addr()?.port();
    let router = router(subject)?;
    runtime.spawn(async move { axum::serve(listener, router).await });
    worker::serve(|question| match question {
        "port" => Ok(vec![port.into()]),
        "cpu" => Ok(vec![cpu(WORKERS)?]),
        _ => Err("not a question".into()),
    })?;
    runtime.shutdown_timeout(Duration::from_millis(100));
    Ok(())
}

/// The app.
pub(crate) fn router(subject: &str) -> Result<Router> {
    let router = Router::new().route("/", get(|| async { "Hello, World!" }));
    Ok(match subject {
        "none" => router,
        "identity" => router.layer(Identity::new()),
        mode => router.layer(SyncIoLayer::new(mode.parse::<Mode>()?)),
    })
}

/// Nanoseconds that threads of this name have computed.
pub(crate) fn cpu(name: &str) -> Result<u64> {
    let mut all = 0;
    for task in fs::read_dir("/proc/self/task")? {
        let task = task?.path();
        if fs::read_to_string(task.join("comm"))?.trim() == name {
            let stat = fs::read_to_string(task.join("schedstat"))?;
            let cpu = stat.split_whitespace().next().unwrap_or_default();
            all += cpu.parse::<u64>()?;
        }
    }
    Ok(all)
}
