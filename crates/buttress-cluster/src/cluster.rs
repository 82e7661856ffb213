use crate::{
    Worker,
    place::Place,
    policy::{Limits, MAX_WORKERS, Rules},
    settings::{self, Values},
    timing::Timing,
};
#[cfg(target_os = "linux")]
use crate::{hello::Hello, supervise};
use std::{
    future::Future,
    io,
    net::ToSocketAddrs,
    path::PathBuf,
    process::{ExitCode, Termination},
    thread,
    time::Duration,
};
use tokio::runtime::{Builder, Runtime};

/// A supervisor and the workers that it keeps running, all of the same executable.
///
/// Build it in a `main` without `async`, and give [`run`](Self::run) what a worker
/// does. See the [crate docs](crate).
#[derive(Debug)]
#[must_use = "a cluster does nothing until it is run"]
pub struct Cluster {
    pub(crate) places: Vec<Place>,
    pub(crate) is_sharing: bool,
    pub(crate) rules: Rules,
    pub(crate) timing: Timing,
    pub(crate) threads: Option<usize>,
    pub(crate) health: Option<String>,
    pub(crate) control: Option<PathBuf>,
    pub(crate) values: Values,
    /// The first setting that cannot be: said when it runs.
    error: Option<String>,
}

impl Default for Cluster {
    fn default() -> Self {
        Self::new()
    }
}

impl Cluster {
    /// One worker, which listens nowhere yet.
    pub fn new() -> Self {
        Self {
            places: Vec::new(),
            is_sharing: false,
            rules: Rules::default(),
            timing: Timing::default(),
            threads: None,
            health: None,
            control: None,
            values: Values::new(),
            error: None,
        }
    }

    /// Listens on this address, besides others. Port 0 takes a free one.
    ///
    /// A socket of the same address from the service manager (`LISTEN_FDS`) is
    /// taken instead, and sockets of other addresses as well.
    pub fn bind(mut self, addr: impl ToSocketAddrs) -> Self {
        match addr.to_socket_addrs() {
            Ok(addrs) => self.places.extend(addrs.take(1).map(Place::Tcp)),
            Err(error) => self.fail(format!("no address to listen on: {error}")),
        }
        self
    }

    /// Listens on a Unix socket of this path, besides others. A file that nobody
    /// listens on is replaced.
    pub fn bind_unix(mut self, path: impl Into<PathBuf>) -> Self {
        self.places.push(Place::Unix(path.into()));
        self
    }

    /// Has all workers accept from one socket of each address, instead of one each.
    /// Whoever is first gets the connection, which spreads them less evenly: for
    /// [programs](Worker::supervise) that cannot take connections of another's socket.
    pub fn share_sockets(mut self) -> Self {
        self.is_sharing = true;
        self
    }

    /// How many workers there are: 1, and 128 at most. See the crate's docs on
    /// [when more than one pays](crate#how-many-workers).
    pub fn workers(mut self, workers: usize) -> Self {
        self.rules.workers = workers.clamp(1, MAX_WORKERS);
        self
    }

    /// How many threads each worker has: as many as there are processors for each,
    /// one at least. With one, it is tokio's current-thread runtime.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads.max(1));
        self
    }

    /// Asks each worker for this path before it serves: only an answer of 200 to
    /// 299 lets it, within [`ready_timeout`](Self::ready_timeout). The request
    /// comes over a connection of its own, to no other worker.
    pub fn health(mut self, path: impl Into<String>) -> Self {
        let path = path.into();
        if !path.starts_with('/') || path.contains(|it: char| it.is_control() || it == ' ') {
            self.fail(format!("no path for a health check: {path:?}"));
        }
        self.health = Some(path);
        self.rules.checks = true;
        self
    }

    /// How long a worker may take until it is ready: 30 s. Then it is killed, and
    /// the reload that wanted it has failed.
    pub fn ready_timeout(mut self, timeout: Duration) -> Self {
        self.rules.ready_timeout = timeout;
        self
    }

    /// How long a worker that serves may hang: 30 s, and a second at least; `None` for
    /// ever. All threads of its runtime are blocked then, or it is stopped. It is
    /// aborted, killed 5 s later if that did not end it, and replaced at once, as if it
    /// had crashed, even if it is the only one: what it had in flight is lost. One that
    /// a debugger holds hangs, too.
    ///
    /// A program that it [supervises](Worker::supervise) is not looked into.
    pub fn hang_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        let least = Duration::from_secs(1);
        self.rules.hang_timeout = timeout.into().map(|timeout| timeout.max(least));
        self
    }

    /// How long [`readiness`](Worker::readiness) says no before the end of the
    /// cluster begins, so that load balancers notice; no time by default.
    pub fn pre_stop(mut self, delay: Duration) -> Self {
        self.rules.pre_stop = delay;
        self
    }

    /// How long idle connections of a worker that ends stay open: a second. See
    /// [`Drain::linger`](buttress_drain::Drain::linger).
    pub fn linger(mut self, window: Duration) -> Self {
        self.timing.linger = window;
        self
    }

    /// How long a worker that ends waits for requests in flight: 25 s. Five more
    /// seconds, and it is killed.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.timing.deadline = deadline;
        self.rules.kill_after = deadline.saturating_add(Duration::from_secs(5));
        self
    }

    /// How long to wait before a worker that fails again is started again: 100 ms,
    /// doubled each time up to 30 s, each a quarter more or less. A worker's first
    /// failure costs no wait.
    pub fn backoff(mut self, first: Duration, most: Duration) -> Self {
        (self.rules.backoff.first, self.rules.backoff.most) = (first, most);
        self
    }

    /// After which time of serving earlier failures are forgotten: 10 s.
    pub fn healthy_after(mut self, time: Duration) -> Self {
        self.rules.healthy_after = time;
        self
    }

    /// After how many failures in a row a worker is no longer restarted, if others
    /// serve: 10. If none of them has ever served, the supervisor ends with code 1.
    pub fn crash_limit(mut self, failures: u32) -> Self {
        self.rules.crash_limit = failures.max(1);
        self
    }

    /// Replaces a worker that uses so many bytes of memory. Looked at every second;
    /// as with the other limits, one worker after the other.
    pub fn max_memory(mut self, bytes: u64) -> Self {
        self.limits().memory = Some(bytes);
        self
    }

    /// Replaces a worker that has served for so long.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.limits().age = Some(age);
        self
    }

    /// Replaces a worker that has served so many requests.
    pub fn max_requests(mut self, requests: u64) -> Self {
        self.limits().requests = Some(requests);
        self
    }

    /// Where `buttress` reaches the supervisor: in `$RUNTIME_DIRECTORY`, or in
    /// `$XDG_RUNTIME_DIR/buttress`, or in `/tmp/buttress-UID`, named after the
    /// executable; `control::default_path` says it.
    pub fn control(mut self, path: impl Into<PathBuf>) -> Self {
        self.control = Some(path.into());
        self
    }

    /// A value that all workers see in their [`settings`](Worker::settings), until
    /// it is changed.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        if let Err(error) = settings::set(&mut self.values, name, value) {
            self.fail(error.to_string());
        }
        self
    }

    /// Runs until the end: in the supervisor until all workers have ended, in a
    /// worker until `work` has.
    ///
    /// `work` is called in a runtime of its own, in workers alone. What `main` does
    /// before is done in each process. The code is what `main` returns: of the
    /// supervisor 0, 1 if anything was cut or killed or nothing could be started, 78
    /// if a worker said so.
    pub fn run<F, W>(self, work: F) -> ExitCode
    where
        F: FnOnce(Worker) -> W,
        W: Future<Output: Termination>,
    {
        #[cfg(target_os = "linux")]
        let ran = match Hello::from_environment() {
            Some(hello) => {
                let timing = self.timing;
                self.work(async move { Worker::start(hello, timing) }, work)
            }
            None => supervise::run(self),
        };
        #[cfg(not(target_os = "linux"))]
        let ran = self.alone(work);
        ran.unwrap_or_else(|error| {
            eprintln!("cluster: {error}");
            ExitCode::FAILURE
        })
    }

    #[cfg(not(target_os = "linux"))]
    fn alone<F, W>(self, work: F) -> io::Result<ExitCode>
    where
        F: FnOnce(Worker) -> W,
        W: Future<Output: Termination>,
    {
        let this = self.checked()?;
        eprintln!("cluster: not on Linux, so there is one worker and nobody restarts it");
        let (places, timing) = (this.places.clone(), this.timing);
        let settings = crate::Settings::new(this.values.clone());
        this.work(
            async move { Worker::start(&places, settings, timing).await },
            work,
        )
    }

    fn work<F, W>(
        self,
        worker: impl Future<Output = io::Result<Worker>>,
        work: F,
    ) -> io::Result<ExitCode>
    where
        F: FnOnce(Worker) -> W,
        W: Future<Output: Termination>,
    {
        let runtime = self.runtime()?;
        let code = runtime.block_on(async {
            let worker = worker.await?;
            io::Result::Ok(work(worker).await.report())
        });
        // Not for ever: what blocks a thread cannot be ended.
        runtime.shutdown_timeout(Duration::from_millis(100));
        code
    }

    fn runtime(&self) -> io::Result<Runtime> {
        let processors = || thread::available_parallelism().map_or(1, usize::from);
        let share = || processors().div_ceil(self.rules.workers);
        match self.threads.unwrap_or_else(share) {
            1 => Builder::new_current_thread().enable_all().build(),
            threads => Builder::new_multi_thread()
                .worker_threads(threads)
                .enable_all()
                .build(),
        }
    }

    /// What is wrong with the settings, if anything is.
    pub(crate) fn checked(mut self) -> io::Result<Self> {
        match self.error.take() {
            None => Ok(self),
            Some(error) => Err(io::Error::new(io::ErrorKind::InvalidInput, error)),
        }
    }

    fn fail(&mut self, error: String) {
        self.error.get_or_insert(error);
    }

    fn limits(&mut self) -> &mut Limits {
        &mut self.rules.limits
    }
}
