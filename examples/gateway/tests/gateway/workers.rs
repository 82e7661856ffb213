//! `--workers`: the gateway in processes that a supervisor starts.

use crate::{
    load::Load,
    process::{app, config},
};
use buttress_cluster::control::{Client, Reply, Request, Status};
use buttress_testing::{h1, within};
use std::{fs, net::SocketAddr, path::PathBuf, process::Stdio, time::Duration};
use tokio::{
    process::{Child, Command},
    time::sleep,
};

/// A supervisor, killed when dropped; its workers end with it.
struct Supervised {
    child: Child,
    addr: SocketAddr,
    folder: tempfile::TempDir,
}

impl Supervised {
    async fn start(config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("gateway.toml"), config).expect("a file");
        let log = fs::File::create(folder.path().join("log")).expect("a file");
        let child = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .arg("--config")
            .arg(folder.path().join("gateway.toml"))
            .args(["--listen", "127.0.0.1:0", "--workers", "2"])
            // Where its control socket is.
            .env("RUNTIME_DIRECTORY", folder.path())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("the gateway starts");
        let addr = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut this = Self {
            child,
            addr,
            folder,
        };
        until("two workers", async || this.serving().len() == 2).await;
        let status = this.status().expect("it has answered before");
        this.addr = status.listening[0].parse().expect("an address");
        this
    }

    fn status(&self) -> Option<Status> {
        let mut client = Client::connect(&self.control()?, Duration::from_secs(20)).ok()?;
        match client.ask(&Request::List).ok()? {
            Reply::Status(status) => Some(status),
            other => panic!("{other:?}"),
        }
    }

    fn control(&self) -> Option<PathBuf> {
        let mut files = fs::read_dir(self.folder.path()).expect("the folder is there");
        files.find_map(|file| {
            let path = file.ok()?.path();
            (path.extension()? == "sock").then_some(path)
        })
    }

    /// The processes that serve.
    fn serving(&self) -> Vec<u32> {
        let workers = self.status().map(|it| it.workers).unwrap_or_default();
        let serving = workers.iter().filter(|it| it.state == "serving");
        serving.map(|it| it.pid).collect()
    }

    async fn signal(&self, signal: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args([signal, &id]).status().await;
        assert!(sent.is_ok_and(|status| status.success()));
    }

    /// Replaces the configuration, as an editor does.
    fn rewrite(&self, config: &str) {
        let new = self.folder.path().join("new.toml");
        fs::write(&new, config).expect("a file");
        fs::rename(new, self.folder.path().join("gateway.toml")).expect("a file");
    }

    /// Whether it was logged, so many times or more often.
    fn has_said(&self, text: &str, times: usize) -> bool {
        let log = fs::read_to_string(self.folder.path().join("log")).expect("a log");
        log.matches(text).count() >= times
    }

    /// What so many connections in a row are answered: some come to each worker.
    async fn all_answer(&self, body: &str) -> bool {
        for _ in 0..24 {
            let mut client = h1::Connection::open(self.addr).await;
            client.get("/", &[]).await;
            if client.body().await.complete() != body {
                return false;
            }
        }
        true
    }
}

async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let waited = async {
        while !is_so().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    within(what, waited).await;
}

#[tokio::test]
async fn a_changed_configuration_reaches_all_workers_and_fails_no_request() {
    let apps = ["one", "two", "three"];
    let [one, two, three] = apps.map(|name| app(name, "no-store"));
    let (one, two, three) = (one.await, two.await, three.await);
    let mut gateway = Supervised::start(&config(&[one.addr()], "")).await;
    let load = Load::begin(gateway.addr, &["one", "two", "three"]);
    load.goes_on(40).await;

    // At SIGHUP there are new processes.
    let old = gateway.serving();
    gateway.rewrite(&config(&[two.addr()], ""));
    gateway.signal("-HUP").await;
    until("new workers", async || {
        let new = gateway.serving();
        new.len() == 2 && !new.iter().any(|pid| old.contains(pid))
    })
    .await;
    assert!(gateway.all_answer("two").await);
    load.goes_on(40).await;

    // And without it each one reads the file itself.
    let same = gateway.serving();
    gateway.rewrite(&config(&[three.addr()], ""));
    until("the third", async || gateway.all_answer("three").await).await;
    assert_eq!(gateway.serving(), same);
    load.goes_on(40).await;

    load.end().await;
    gateway.signal("-TERM").await;
    let ended = within("its end", gateway.child.wait()).await;
    assert_eq!(ended.expect("it ran").code(), Some(0));
}

#[tokio::test]
async fn a_broken_configuration_leaves_the_workers_that_serve() {
    let one = app("one", "no-store").await;
    let gateway = Supervised::start(&config(&[one.addr()], "")).await;
    let load = Load::begin(gateway.addr, &["one"]);
    let old = gateway.serving();
    gateway.rewrite("listen = \"nowhere\"");
    // Of both workers.
    until("what both say", async || {
        gateway.has_said("stays as it was", 2)
    })
    .await;
    gateway.signal("-HUP").await;
    // Of one that was to take over.
    until("a refusal", async || gateway.has_said("gateway: ", 1)).await;
    until("the end of it", async || {
        let status = gateway.status().expect("it runs");
        !status.is_reloading && status.workers.len() == 2
    })
    .await;
    assert_eq!(gateway.serving(), old);
    load.goes_on(40).await;
    load.end().await;
}
