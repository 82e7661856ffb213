//! Who is compared: each a server, or some, in processes of their own.

use crate::{axum, express::Express, ours};
use buttress_benches::{Result, nginx::Nginx, npm, process::Process};
use buttress_testing::Redis;
use std::net::SocketAddr;

pub(crate) const OURS: usize = 0;
pub(crate) const AXUM: usize = 1;
/// The same once more: how far two of a kind lie apart.
pub(crate) const AXUM_AGAIN: usize = 2;
pub(crate) const EXPRESS: usize = 3;

pub(crate) const NAMES: [&str; 7] = [
    "ours",
    "axum",
    "axum again",
    "Express",
    "Express × 2",
    "nginx, axum",
    "nginx, Express",
];

/// What nginx does beside caching. It compresses what the app has in clear, and
/// logs as the others do.
const NGINX: &str = r#"
    access_log FOLDER/access.log combined buffer=64k flush=1s;
    gzip on;
    gzip_proxied any;
    gzip_vary on;
    gzip_types text/html text/plain application/json;
    proxy_set_header Accept-Encoding "";
    proxy_set_header Host $host;
"#;

/// A stack that runs.
pub(crate) struct Running {
    pub(crate) name: &'static str,
    pub(crate) addr: SocketAddr,
    app: Process,
    nginx: Option<Nginx>,
}

impl Running {
    /// Nanoseconds of CPU so far.
    pub(crate) fn cpu(&self) -> Result<u64> {
        self.sum(Process::cpu)
    }

    /// Bytes of resident memory.
    pub(crate) fn resident(&self) -> Result<u64> {
        self.sum(Process::resident)
    }

    fn sum(&self, of: impl Fn(&Process) -> Result<u64>) -> Result<u64> {
        let nginx = self.nginx.as_ref().map(Nginx::process);
        [Some(&self.app), nginx].into_iter().flatten().map(of).sum()
    }
}

/// All of them, and the Redis of their sessions.
pub(crate) struct Stacks {
    pub(crate) running: Vec<Running>,
    _redis: Option<Redis>,
}

impl Stacks {
    pub(crate) fn none() -> Self {
        Self {
            running: Vec::new(),
            _redis: None,
        }
    }

    pub(crate) fn start() -> Result<Self> {
        let production = ours::build()?;
        let express = Express::install()?;
        let redis = Redis::start();
        let url = redis.url();
        let apps = [
            ours::start(&production, &url)?,
            axum::start(&url)?,
            axum::start(&url)?,
            express.start(&url, 1)?,
            express.start(&url, 2)?,
            in_front(axum::start(&url)?)?,
            in_front(express.start(&url, 1)?)?,
        ];
        let running = NAMES.into_iter().zip(apps).map(|(name, started)| Running {
            name,
            addr: started.addr,
            app: started.app,
            nginx: started.nginx,
        });
        Ok(Self {
            running: running.collect(),
            _redis: Some(redis),
        })
    }

    /// Whom a table is about that is not about all.
    pub(crate) fn only(&self, which: &[usize]) -> Vec<&Running> {
        which.iter().map(|&index| &self.running[index]).collect()
    }
}

/// A server before it has its name.
pub(crate) struct Started {
    addr: SocketAddr,
    app: Process,
    nginx: Option<Nginx>,
}

impl From<(Process, SocketAddr)> for Started {
    fn from((app, addr): (Process, SocketAddr)) -> Self {
        Self {
            addr,
            app,
            nginx: None,
        }
    }
}

fn in_front(started: Started) -> Result<Started> {
    let nginx = Nginx::start(started.addr, NGINX)?;
    Ok(Started {
        addr: nginx.addr,
        nginx: Some(nginx),
        ..started
    })
}

/// A paragraph on what each stack is made of.
pub(crate) fn versions(stacks: &Stacks) -> Result<String> {
    let nginx = stacks.running.iter().find_map(|it| it.nginx.as_ref());
    let crates = axum::CRATES.map(locked).join(", ");
    Ok(format!(
        "“ours” is examples/production in production mode, with sessions in Redis; “axum” is {crates}; \
         “Express” is {}, on node {}, alone and as a cluster of two workers; “nginx” is {} with proxy_cache and gzip \
         in front of a server of its own. All log each request, Express and nginx in batches. Sessions are in one Redis, whose CPU does not count.",
        crate::express::PACKAGES.join(", "),
        npm::node_version()?,
        nginx.map_or("nginx", |nginx| nginx.version.as_str()),
    ))
}

/// A crate with its version, of those that this workspace builds.
fn locked(package: &str) -> String {
    const LOCK: &str = include_str!("../../../Cargo.lock");
    let start = format!("name = \"{package}\"\nversion = \"");
    // Where there are two, the older one is of the whole stack.
    let version = LOCK
        .split_once(&start)
        .and_then(|(_, rest)| rest.split('"').next());
    format!("{package} {}", version.unwrap_or("?"))
}
