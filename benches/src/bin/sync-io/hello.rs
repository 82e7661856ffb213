//! The CPU that a server of axum with two workers takes for `GET /`, its
//! watchdog included.

use axum::{Router, routing::get};
use buttress_benches::{
    Result, clock,
    interleave::{Effort, interleave},
    load,
    table::{Table, microseconds},
    verdict::Verdicts,
    worker::{self, Worker},
};
use buttress_sync_io::{Mode, SyncIoLayer};
use std::{env, net::SocketAddr, time::Duration};

const MODES: [&str; 4] = ["none", "off", "watch", "exact"];
/// What each mode may take, where that of no layer is 1.
const TARGETS: [f64; 4] = [1.0, 1.005, 1.01, 1.03];

/// The ratios to no layer.
pub(crate) fn table(effort: Effort, verdicts: &mut Verdicts) -> Result<Table> {
    // Longer turns: the differences are of one in a hundred.
    let effort = Effort {
        rounds: 3 * effort.rounds,
        turn: 5 * effort.turn,
    };
    let program = env::current_exe()?;
    let mut servers = Vec::new();
    for mode in MODES {
        let mut server = Worker::start(&program, &["serve", mode])?;
        let port = server.ask_one("port")?;
        let addr = SocketAddr::from(([127, 0, 0, 1], u16::try_from(port)?));
        servers.push((server, addr));
    }
    let rounds = interleave(effort, MODES.len(), |which, requests| {
        let (server, addr) = &mut servers[which];
        let before = server.ask_one("cpu")?;
        load::run(*addr, "identity", requests)?;
        let spent = server.ask_one("cpu")? - before;
        Ok(spent * requests / load::rounded(requests))
    })?;
    let mut table = Table::new(["layer", "CPU of a request, µs", "ratio"]);
    for (which, mode) in MODES.iter().enumerate() {
        let ratio = rounds.ratio(which, 0);
        let cpu = microseconds(rounds.time(which));
        table.row([(*mode).to_owned(), cpu, format!("{ratio:.3}")]);
        if which > 0 {
            let figure = format!("server, {mode}: CPU, ratio to no layer (thousandths)");
            verdicts.at_most(
                figure,
                (1000.0 * TARGETS[which]).round(),
                (1000.0 * ratio).round(),
            );
        }
    }
    Ok(table)
}

/// A server, which answers what the bench asks of it.
pub(crate) fn serve(mode: &str) -> Result<()> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    let port = listener.local_addr()?.port();
    let router = Router::new().route("/", get(|| async { "Hello, World!" }));
    let router = match mode {
        "none" => router,
        mode => router.layer(SyncIoLayer::new(mode.parse::<Mode>()?)),
    };
    runtime.spawn(async move { axum::serve(listener, router).await });
    worker::serve(|question| match question {
        "port" => Ok(vec![port.into()]),
        "cpu" => Ok(vec![clock::process_cpu()]),
        _ => Err("not a question".into()),
    })?;
    runtime.shutdown_timeout(Duration::from_millis(100));
    Ok(())
}
