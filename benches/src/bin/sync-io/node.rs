//! The same calls under `node --trace-sync-io`, and under both tiers here: how
//! many reports each call makes.

use buttress_benches::{Result, table::Table, verdict::Verdicts};
use buttress_sync_io::{Mode, SyncIoLayer, Tier, WatchBlocking, flush_reports};
use std::{
    fs::{self, File},
    hint::black_box,
    io::{self, Write},
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

/// What it is, in JavaScript, and here.
type Call = (&'static str, &'static str, fn());

const CALLS: [Call; 10] = [
    ("read a file", "fs.readFileSync('/etc/hosts')", || {
        black_box(fs::read("/etc/hosts").is_ok());
    }),
    ("stat", "fs.statSync('/etc/hosts')", || {
        black_box(fs::metadata("/etc/hosts").is_ok());
    }),
    ("exists", "fs.existsSync('/etc/hosts')", || {
        black_box(Path::new("/etc/hosts").exists());
    }),
    ("list a directory", "fs.readdirSync('/etc')", || {
        black_box(fs::read_dir("/etc").map_or(0, Iterator::count));
    }),
    (
        "write and sync",
        "fs.writeFileSync('/tmp/buttress-bench','x',{flush:true})",
        || {
            black_box(write_and_sync().is_ok());
        },
    ),
    (
        "run a program",
        "child_process.execFileSync('true')",
        || {
            black_box(Command::new("true").output().is_ok());
        },
    ),
    (
        "sleep for 100 ms",
        "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0,100)",
        || thread::sleep(Duration::from_millis(100)),
    ),
    ("print to a file", "console.log('hello')", || {
        let _ = writeln!(io::stderr(), "hello");
    }),
    (
        "compute for 300 ms",
        "{const t=Date.now();while(Date.now()-t<300);}",
        compute,
    ),
    (
        "a key from a password, or 300 ms of it",
        "crypto.pbkdf2Sync('a','b',300000,64,'sha512')",
        compute,
    ),
];

fn write_and_sync() -> io::Result<()> {
    File::create("/tmp/buttress-bench").and_then(|mut file| {
        file.write_all(b"x")?;
        file.sync_all()
    })
}

fn compute() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(300) {
        black_box(start);
    }
}

pub(crate) fn version() -> Result<String> {
    let output = Command::new("node").arg("--version").output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

pub(crate) fn table(verdicts: &mut Verdicts) -> Result<Table> {
    let mut table = Table::new(["call", "Node", "exact", "watch"]);
    let mut missed = 0;
    for (name, javascript, call) in CALLS {
        let (exact, watch) = (ours(Mode::Exact, call)?, ours(Mode::Watch, call)?);
        let counts = [node(javascript)?, exact, watch];
        missed += usize::from(exact == 0);
        let [node, exact, watch] = counts.map(|count| match count {
            0 => "–".to_owned(),
            count => count.to_string(),
        });
        table.row([name.to_owned(), node, exact, watch]);
    }
    verdicts.at_most("calls that exact mode missed", 0.0, missed as f64);
    Ok(table)
}

/// The warnings of Node for this, after the first turn of its loop.
fn node(javascript: &str) -> Result<usize> {
    let code = format!(
        "const fs=require('fs'),crypto=require('crypto'),child_process=require('child_process');\
         setTimeout(()=>{{{javascript}}},10)"
    );
    let out = File::create("/tmp/buttress-bench")?;
    let output = Command::new("node")
        .args(["--trace-sync-io", "-e", &code])
        .stdout(out)
        .output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("node: {text}").into());
    }
    Ok(text.matches("Detected use of sync API").count())
}

/// The reports of ours, on a worker of tokio.
fn ours(mode: Mode, call: fn()) -> Result<usize> {
    let found = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&found);
    let layer = SyncIoLayer::new(mode).log(false).on_report(move |report| {
        // In exact mode both tiers look; what only computes is for the watchdog.
        if mode == Mode::Exact || report.tier == Tier::Watch {
            count.fetch_add(1, SeqCst);
        }
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()?;
    runtime.block_on(async {
        let job = async move { call() };
        runtime.spawn(job.watch_blocking_as("bench", &layer)).await
    })?;
    flush_reports(Duration::from_secs(60));
    Ok(found.load(SeqCst))
}
