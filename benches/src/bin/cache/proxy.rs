//! nginx's proxy_cache in front of an app, beside the layer in it.

use crate::Bench;
use axum::{Router, routing::get};
use buttress_benches::{
    Result,
    clock::process_cpu,
    load,
    statistics::median,
    table::{Table, thousands, times},
    worker::{self, Worker},
};
use buttress_cache::{CacheLayer, MemoryStore};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use std::{
    env, fs,
    net::{SocketAddr, TcpListener as StdListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};
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
    let mut nginx = Nginx::start(plain.addr)?;
    let mut rates: [Vec<f64>; 3] = Default::default();
    for round in 0..bench.effort.rounds.div_ceil(2) + 1 {
        let spent = [
            spent(cached.addr, requests, || cached.cpu())?,
            spent(nginx.addr, requests, || Ok(nginx.cpu()? + plain.cpu()?))?,
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

/// An nginx with a configuration of its own.
struct Nginx {
    addr: SocketAddr,
    child: Child,
    folder: PathBuf,
    version: String,
}

impl Nginx {
    fn start(app: SocketAddr) -> Result<Self> {
        let program = ["/usr/sbin/nginx", "/usr/bin/nginx"]
            .into_iter()
            .find(|path| Path::new(path).exists());
        let program = program.ok_or("no nginx (Debian's package nginx-light)")?;
        let version = Command::new(program).arg("-v").output()?;
        let version = String::from_utf8_lossy(&version.stderr).replace("nginx version: ", "");
        // Free when it is asked for; nobody else is given it soon.
        let addr = StdListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let folder = env::temp_dir().join(format!("buttress-nginx-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let configuration = folder.join("nginx.conf");
        fs::write(&configuration, configuration_of(&folder, addr, app))?;
        let child = Command::new(program)
            .arg("-c")
            .arg(&configuration)
            .args(["-p", &folder.display().to_string()])
            .args(["-g", "daemon off;"])
            .stderr(Stdio::null())
            .spawn()?;
        let nginx = Self {
            addr,
            child,
            folder,
            version: version.trim().to_owned(),
        };
        for _ in 0..200 {
            if TcpStream::connect(addr).is_ok() {
                return Ok(nginx);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err("nginx does not listen".into())
    }

    /// Seconds of the master and its worker.
    fn cpu(&mut self) -> Result<f64> {
        let parent = self.child.id().to_string();
        let mut ticks = 0;
        for entry in fs::read_dir("/proc")?.flatten() {
            let Ok(text) = fs::read_to_string(entry.path().join("stat")) else {
                continue;
            };
            let Some((id, fields)) = text.rsplit_once(')') else {
                continue;
            };
            let fields: Vec<&str> = fields.split_whitespace().collect();
            let is_ours =
                fields.get(1) == Some(&&*parent) || id.split(' ').next() == Some(&*parent);
            if is_ours {
                let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
                ticks += number(11).unwrap_or(0) + number(12).unwrap_or(0);
            }
        }
        // Linux counts in hundredths of a second.
        Ok(ticks as f64 / 100.0)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let quit = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        if quit.is_ok() {
            let _ = self.child.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn configuration_of(folder: &Path, addr: SocketAddr, app: SocketAddr) -> String {
    let folder = folder.display();
    format!(
        "worker_processes 1;\n\
         pid {folder}/pid;\n\
         error_log {folder}/error.log;\n\
         user root;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n\
           access_log off;\n\
           keepalive_requests 1000000;\n\
           client_body_temp_path {folder}/body;\n\
           proxy_temp_path {folder}/temp;\n\
           fastcgi_temp_path {folder}/fastcgi;\n\
           uwsgi_temp_path {folder}/uwsgi;\n\
           scgi_temp_path {folder}/scgi;\n\
           sendfile on;\n\
           tcp_nopush on;\n\
           open_file_cache max=1000;\n\
           proxy_cache_path {folder}/cache keys_zone=all:10m;\n\
           upstream app {{ server {app}; keepalive 16; }}\n\
           server {{\n\
             listen {addr};\n\
             location / {{\n\
               proxy_pass http://app;\n\
               proxy_http_version 1.1;\n\
               proxy_set_header Connection \"\";\n\
               proxy_cache all;\n\
             }}\n\
           }}\n\
         }}\n"
    )
}
