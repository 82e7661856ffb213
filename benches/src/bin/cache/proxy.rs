//! nginx's proxy_cache in front of an app, beside the layer in it.

use crate::Bench;
use axum::{Router, routing::get};
use buttress_benches::{
    Result,
    clock::process_cpu,
    load,
    nginx::Nginx,
    statistics::median,
    table::{Table, thousands, times},
    worker::{self, Worker},
};
use buttress_cache::{CacheLayer, MemoryStore};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use std::{env, net::SocketAddr};
use tokio::net::TcpListener;

/// Serves an app until stdin ends; see [`worker`].
pub(super) fn serve(app: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = runtime.block_on(TcpListener::bind(local))?;
    let port = listener.local_addr()?.port();
    let router = router(app == "cached");
    runtime.spawn(async move { axum::serve(listener, router).await });
    worker::serve(|question| match question {
        "port" => Ok(vec![port.into()]),
        "cpu" => Ok(vec![process_cpu()]),
        _ => Err(format!("not a question: {question}").into()),
    })
}

/// A page of 4 KiB that is made anew for each request: formatting, no more.
fn router(is_cached: bool) -> Router {
    let page = || async {
        let lines =
            (0..60).map(|line| format!("<li>{line:04}: the same for all, {line:040}</li>\n"));
        let headers = [(CACHE_CONTROL, "max-age=600"), (CONTENT_TYPE, "text/html")];
        (headers, lines.collect::<String>())
    };
    let router = Router::new().route("/", get(page));
    match is_cached {
        true => router.layer(CacheLayer::new(MemoryStore::new())),
        false => router,
    }
}

/// Requests for each second of CPU of all that serves them.
pub(super) fn make(bench: &mut Bench) -> Result<String> {
    let requests = load::rounded(if bench.is_quick { 2000 } else { 10_000 });
    let mut cached = App::start("cached")?;
    let mut plain = App::start("plain")?;
    let nginx = Nginx::start(plain.addr, "access_log off;")?;
    let mut rates: [Vec<f64>; 3] = Default::default();
    for round in 0..bench.effort.rounds.div_ceil(2) + 1 {
        let spent = [
            spent(cached.addr, requests, || cached.cpu())?,
            spent(nginx.addr, requests, || {
                let seconds = nginx.process().cpu()? as f64 / 1e9;
                Ok(seconds + plain.cpu()?)
            })?,
            spent(plain.addr, requests, || plain.cpu())?,
        ];
        // The first round fills the caches.
        for (rates, spent) in rates.iter_mut().zip(spent).filter(|_| round > 0) {
            rates.push(requests as f64 / spent);
        }
    }
    let [ours, theirs, bare] = rates.map(|rates| median(&rates));
    let mut table = Table::new([
        "4 KiB page, over loopback",
        "requests per CPU second",
        "by nginx",
    ]);
    for (name, rate) in [
        ("axum with buttress-cache", ours),
        ("nginx proxy_cache before axum", theirs),
        ("axum, each page made anew", bare),
    ] {
        table.row([
            name.to_owned(),
            thousands(rate.round() as u64),
            times(rate / theirs),
        ]);
    }
    Ok(format!(
        "### nginx\n\n{}, one worker, its cache on tmpfs or disk as the machine has it, keep-alive, no access log. \
         CPU of nginx and the app behind it.\n\n{table}",
        nginx.version
    ))
}

fn spent(addr: SocketAddr, requests: u64, mut cpu: impl FnMut() -> Result<f64>) -> Result<f64> {
    let before = cpu()?;
    load::run(addr, "identity", requests)?;
    Ok(cpu()? - before)
}

struct App {
    addr: SocketAddr,
    worker: Worker,
}

impl App {
    fn start(app: &str) -> Result<Self> {
        let mut worker = Worker::start(&env::current_exe()?, &["serve", app])?;
        let port = worker.ask_one("port")?;
        let addr = SocketAddr::from(([127, 0, 0, 1], u16::try_from(port)?));
        Ok(Self { addr, worker })
    }

    /// Seconds.
    fn cpu(&mut self) -> Result<f64> {
        Ok(self.worker.ask_one("cpu")? as f64 / 1e9)
    }
}
