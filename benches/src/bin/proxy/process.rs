//! The servers that take part, each a process of its own.

use buttress_benches::{Error, Result};
use std::{
    fs,
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

/// A running server; ended when dropped.
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) addr: SocketAddr,
    child: Child,
    folder: Option<PathBuf>,
}

impl Server {
    /// One of ours, in this program; it prints its address.
    pub(crate) fn ours(name: &'static str, origin: Option<SocketAddr>) -> Result<Self> {
        let origin = origin.map_or_else(|| "-".to_owned(), |origin| origin.to_string());
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", name, &origin])
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("it has no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let addr = line.trim().parse();
        Ok(Self {
            name,
            addr: addr.map_err(|_| Error::from(format!("{name} did not start")))?,
            child,
            folder: None,
        })
    }

    /// One of others, with a configuration made for a folder and an address.
    pub(crate) fn foreign(
        name: &'static str,
        configuration: impl FnOnce(&str, SocketAddr) -> String,
        command: impl FnOnce(&str) -> Command,
    ) -> Result<Self> {
        // Free when it is asked for; nobody else is given it soon.
        let addr = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let folder = format!("buttress-{name}-{}-{}", std::process::id(), addr.port());
        let folder = std::env::temp_dir().join(folder);
        fs::create_dir_all(&folder)?;
        let text = folder.display().to_string();
        fs::write(folder.join("configuration"), configuration(&text, addr))?;
        let child = command(&text).stderr(Stdio::null()).spawn()?;
        let server = Self {
            name,
            addr,
            child,
            folder: Some(folder),
        };
        for _ in 0..200 {
            if TcpStream::connect(addr).is_ok() {
                return Ok(server);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(format!("{name} does not listen").into())
    }

    /// Seconds of CPU that it and its children have used; Linux counts in
    /// hundredths.
    pub(crate) fn cpu(&self) -> Result<f64> {
        let own = self.child.id().to_string();
        let mut ticks = 0;
        for entry in fs::read_dir("/proc")?.flatten() {
            let Ok(text) = fs::read_to_string(entry.path().join("stat")) else {
                continue;
            };
            let Some((id, fields)) = text.rsplit_once(')') else {
                continue;
            };
            let fields: Vec<&str> = fields.split_whitespace().collect();
            if fields.get(1) == Some(&&*own) || id.split(' ').next() == Some(&*own) {
                let number = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
                ticks += number(11).unwrap_or(0) + number(12).unwrap_or(0);
            }
        }
        Ok(ticks as f64 / 100.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both nginx's master and HAProxy end their workers by it.
        let id = self.child.id().to_string();
        let asked = Command::new("kill").arg(id).status();
        if asked.is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        if let Some(folder) = &self.folder {
            let _ = fs::remove_dir_all(folder);
        }
    }
}
