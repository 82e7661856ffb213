//! A Postgres of the test's own.

use crate::daemon::{Daemon, free_port, signal};
use std::{
    fs,
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// The user that Debian's package makes. Postgres refuses to run as root.
const USER: &str = "postgres";

/// A `postgres` on a free port of 127.0.0.1, with a cluster made for it.
///
/// Everybody may log in as `postgres` without a password. Its data outlive
/// [`kill`](Self::kill), and end with its handle. Its methods block.
#[derive(Debug)]
pub struct Postgres {
    /// `None` once it was killed.
    daemon: Option<Daemon>,
    port: u16,
    dir: TempDir,
}

impl Postgres {
    /// Makes a cluster and starts it: a second or two.
    ///
    /// # Panics
    ///
    /// If Postgres is not installed, or does not start.
    #[must_use]
    pub fn start() -> Self {
        let mut postgres = Self {
            daemon: None,
            port: free_port(),
            dir: tempfile::tempdir().expect("a directory for temporary files"),
        };
        postgres.init();
        postgres.restart();
        postgres
    }

    /// `postgres://postgres@127.0.0.1:PORT/postgres`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    /// The address of a new, empty database.
    ///
    /// # Panics
    ///
    /// If the server says no.
    #[must_use]
    pub fn database(&self, name: &str) -> String {
        let mut command = self.program("createdb");
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        let output = command.args(["-U", USER, name]).output();
        let output = output.unwrap_or_else(|error| panic!("createdb does not start: {error}"));
        assert!(output.status.success(), "createdb failed: {output:?}");
        format!("postgres://{USER}@127.0.0.1:{}/{name}", self.port)
    }

    /// Ends it and its connections at once, as a crash does.
    ///
    /// By SIGQUIT, after which it writes nothing and answers nobody, and the next
    /// start has to recover. SIGKILL would leave the processes of its connections
    /// to nobody, with the memory that the next start needs.
    pub fn kill(&mut self) {
        let pids = self.pids();
        signal("QUIT", &pids);
        // A frozen one ends before it does anything else.
        signal("CONT", &pids);
        if let Some(mut daemon) = self.daemon.take() {
            daemon.wait();
        }
    }

    /// Stops it and all its connections with SIGSTOP.
    pub fn freeze(&self) {
        signal("STOP", &self.pids());
    }

    /// Lets it go on after [`freeze`](Self::freeze).
    pub fn thaw(&self) {
        signal("CONT", &self.pids());
    }

    /// Starts it anew on the same port and data; kills it first if it runs.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn restart(&mut self) {
        self.kill();
        let daemon = Daemon::start("postgres", || self.server(), |pid| self.is_ready(pid));
        self.daemon = Some(daemon);
    }

    /// Makes a cluster, or copies the one that an earlier test made.
    fn init(&self) {
        // A user of its own owns the copies, too.
        self.give_away();
        let template = template();
        if !template.exists() {
            self.initdb();
            let beside = template.with_extension(std::process::id().to_string());
            copy(&self.data(), &beside);
            // Another test may have been faster: then its cluster is as good.
            if fs::rename(&beside, &template).is_err() {
                let _ = fs::remove_dir_all(&beside);
            }
        } else {
            copy(&template, &self.data());
        }
    }

    fn initdb(&self) {
        let mut command = self.program("initdb");
        command.args([
            "--no-sync",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
        ]);
        command.args(["--username", USER, "--pgdata"]);
        let output = command.arg(self.data()).output();
        let output = output.unwrap_or_else(|error| panic!("initdb does not start: {error}"));
        assert!(output.status.success(), "initdb failed: {output:?}");
    }

    fn server(&self) -> Command {
        let mut command = self.program("postgres");
        command.arg("-D").arg(self.data());
        command.args(["-p", &self.port.to_string(), "-h", "127.0.0.1", "-k", ""]);
        // Nothing has to outlive the machine's own end.
        command.args(["-c", "fsync=off", "-c", "shared_buffers=16MB"]);
        command
    }

    /// A program of Postgres, as a user that it accepts.
    fn program(&self, name: &str) -> Command {
        let path = path_of(name);
        if !is_root() {
            return Command::new(path);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid", USER, "--regid", USER, "--init-groups"]);
        command.arg(path).current_dir("/");
        command
    }

    fn give_away(&self) {
        if is_root() {
            let given = chown(self.dir.path(), uid_of(USER), None);
            given.expect("root may give a directory away");
        }
    }

    /// Whether the cluster's lock file says so, of the process that we started.
    fn is_ready(&self, pid: u32) -> bool {
        let file = fs::read_to_string(self.data().join("postmaster.pid"));
        file.is_ok_and(|text| {
            let lines: Vec<_> = text.lines().map(str::trim).collect();
            lines.first() == Some(&&*pid.to_string()) && lines.contains(&"ready")
        })
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The server and the processes that it made for its connections.
    fn pids(&self) -> Vec<u32> {
        let parent = self.daemon.as_ref().map(Daemon::pid);
        let children = parent.map(children_of).unwrap_or_default();
        parent.into_iter().chain(children).collect()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Whether we are who Postgres refuses to run as.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Where the cluster is that all others are copies of: beside the program of the
/// test, and of one version of Postgres.
fn template() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a program");
    let version = path_of("initdb").display().to_string().replace('/', "-");
    test.with_file_name(format!("postgres-template{version}"))
}

/// With owners and rights.
fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.is_ok_and(|status| status.success()), "cp failed");
}

/// Debian keeps the servers of each version outside of `PATH`.
fn path_of(program: &str) -> PathBuf {
    let dirs = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let paths = dirs
        .flatten()
        .map(|dir| dir.path().join("bin").join(program));
    let newest = paths.filter(|path| path.is_file()).max();
    newest.unwrap_or_else(|| Path::new(program).to_path_buf())
}

fn uid_of(user: &str) -> Option<u32> {
    let output = Command::new("id").args(["-u", user]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn children_of(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|it| it.file_name().to_str()?.parse().ok());
    pids.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

/// From `/proc/PID/stat`: `PID (name) STATE PARENT …`, where the name may hold
/// anything.
fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(1)?.parse().ok()
}
