//! The peers: an Express app under pm2, and under node's cluster module.

use crate::{
    server::{MOOD, folder, kill},
    subject::pid_of_one,
};
use buttress_benches::{Result, npm};
use rustix::process::Signal;
use std::{
    collections::BTreeSet,
    fs,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The peers, at the versions that the figures name.
pub(crate) const PACKAGES: [&str; 2] = ["pm2@7.0.4", "express@5.3.0"];

/// Express's answer to ours; it reads its mood as ours does.
const APP: &str = "
const fs = require('fs');
const start = () => {
  if (fs.existsSync('mood') && fs.readFileSync('mood', 'utf8') === 'never-listens') {
    setInterval(() => {}, 1000);
    return;
  }
  const app = require('express')();
  app.get('/', (_, res) => res.type('text').send('hello'));
  app.get('/block', (_, res) => {
    // As a call that waits: it takes no processor.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000);
    res.type('text').send('blocked');
  });
  app.get('/pid', (_, res) => res.type('text').send(String(process.pid)));
  const server = app.listen(+process.env.PORT, '127.0.0.1', () => process.send && process.send('ready'));
  const end = () => server.close(() => process.exit(0));
  process.on('SIGINT', end);
  process.on('disconnect', end);
};
";

/// As node's documentation has it: who ends is replaced; a reload starts one after
/// the other, and lets the old one go when the new one listens.
const PRIMARY: &str = "
const cluster = require('cluster');
if (cluster.isPrimary) {
  for (let i = 0; i < 4; i++) cluster.fork();
  cluster.on('exit', worker => { if (!worker.exitedAfterDisconnect) cluster.fork(); });
  process.on('SIGHUP', async () => {
    for (const old of Object.values(cluster.workers)) {
      const worker = cluster.fork();
      const listens = await Promise.race([
        new Promise(done => worker.once('listening', () => done(true))),
        new Promise(done => setTimeout(() => done(false), 3000)),
      ]);
      if (!listens) { worker.kill('SIGKILL'); break; }
      old.disconnect();
    }
    fs.writeFileSync('reloaded', '');
  });
} else start();
";

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Pm2,
    Cluster,
}

/// A supervisor on node.
pub(crate) struct Peer {
    pub(crate) addr: SocketAddr,
    pub(crate) folder: PathBuf,
    kind: Kind,
    modules: PathBuf,
    primary: Option<Child>,
}

impl Peer {
    pub(crate) fn start(kind: Kind) -> Result<Self> {
        let modules = npm::install(&PACKAGES)?.join("node_modules");
        let name = if kind == Kind::Pm2 { "pm2" } else { "node" };
        let folder = folder(name)?;
        let addr = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let app = match kind {
            Kind::Pm2 => format!("{APP}start();"),
            Kind::Cluster => format!("{APP}{PRIMARY}"),
        };
        fs::write(folder.join("app.js"), app)?;
        let mut peer = Self {
            addr,
            folder,
            kind,
            modules,
            primary: None,
        };
        match kind {
            Kind::Pm2 => peer.pm2(&[
                "start",
                "app.js",
                "--name",
                "app",
                "-i",
                "4",
                "--wait-ready",
                "--listen-timeout",
                "3000",
                "--kill-timeout",
                "3000",
            ])?,
            Kind::Cluster => peer.primary = Some(peer.command("node").arg("app.js").spawn()?),
        }
        peer.all_answer()?;
        Ok(peer)
    }

    /// Reloads, and waits until that is over.
    pub(crate) fn reload(&self) -> Result<()> {
        let Some(primary) = &self.primary else {
            return self.pm2(&["reload", "app"]);
        };
        let reloaded = self.folder.join("reloaded");
        let _ = fs::remove_file(&reloaded);
        kill(primary.id(), Signal::HUP)?;
        let begun = Instant::now();
        while !reloaded.exists() && begun.elapsed() < Duration::from_secs(30) {
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// The process that starts the others.
    pub(crate) fn supervisor(&self) -> Result<u32> {
        match &self.primary {
            Some(primary) => Ok(primary.id()),
            None => {
                let pid = fs::read_to_string(self.folder.join("pm2/pm2.pid"))?;
                Ok(pid.trim().parse()?)
            }
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.folder)
            .env("PM2_HOME", self.folder.join("pm2"))
            .env("NODE_PATH", &self.modules)
            .env("NODE_ENV", "production")
            .env("PORT", self.addr.port().to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn pm2(&self, arguments: &[&str]) -> Result<()> {
        let pm2 = self.modules.join("pm2/bin/pm2");
        // It fails when workers do not come up, which is what is measured.
        self.command("node").arg(pm2).args(arguments).status()?;
        Ok(())
    }

    /// Waits until all four do: connections go to one after the other.
    fn all_answer(&self) -> Result<()> {
        let begun = Instant::now();
        let mut pids = BTreeSet::new();
        while pids.len() < 4 {
            if begun.elapsed() > Duration::from_secs(60) {
                return Err("not all workers of the peer answer".into());
            }
            match pid_of_one(self.addr) {
                Ok(pid) => _ = pids.insert(pid),
                Err(_) => thread::sleep(Duration::from_millis(20)),
            }
        }
        Ok(())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.folder.join(MOOD));
        if self.kind == Kind::Pm2 {
            let _ = self.pm2(&["kill"]);
        }
        if let Some(primary) = &mut self.primary {
            let _ = kill(primary.id(), Signal::KILL);
            let _ = primary.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}
