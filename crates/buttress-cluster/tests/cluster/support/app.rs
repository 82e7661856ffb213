//! The app under test: a test that does nothing, unless it is told to be the app.

use axum::{Router, body::Body, http::StatusCode, routing::get};
use buttress_cluster::{Cluster, Worker};
use buttress_testing::{Gate, ScriptedBody};
use std::{
    env, fs,
    io::{Read, Seek, SeekFrom},
    process::{Command, ExitCode},
    thread,
    time::Duration,
};

/// Where the app's configuration is. The app's folder is its working directory.
pub(crate) const VARIABLE: &str = "BUTTRESS_TEST_APP";
/// What a deploy changes: how the app behaves from its next start on.
pub(crate) const MOOD: &str = "mood";

#[test]
fn app() {
    let Ok(setup) = env::var(VARIABLE) else {
        return;
    };
    let code = serve(&setup);
    // It cannot be read, but compared.
    let number = (0..=u8::MAX).find(|number| ExitCode::from(*number) == code);
    std::process::exit(number.expect("a code is a byte").into());
}

fn serve(setup: &str) -> ExitCode {
    let mut cluster = Cluster::new().control("control.sock");
    for line in setup.split(';').filter(|line| !line.is_empty()) {
        cluster = configured(cluster, line);
    }
    cluster.run(|worker| async move {
        match fs::read_to_string(MOOD).unwrap_or_default().as_str() {
            "exits" => std::process::exit(3),
            "misconfigured" => std::process::exit(78),
            "hangs" => loop {
                thread::sleep(Duration::from_secs(1));
            },
            "never-listens" => std::future::pending().await,
            "crashes" => {
                worker.ready();
                std::process::abort();
            }
            _ => {}
        }
        let app = app_of(&worker);
        worker.serve(app).await
    })
}

fn configured(cluster: Cluster, line: &str) -> Cluster {
    let (name, value) = line.split_once('=').expect("name=value");
    let millis = || Duration::from_millis(value.parse().expect("milliseconds"));
    let number = || value.parse().expect("a number");
    match name {
        "bind" => cluster.bind(value),
        "unix" => cluster.bind_unix(value),
        "workers" => cluster.workers(number()),
        "threads" => cluster.threads(number()),
        "health" => cluster.health(value),
        "linger" => cluster.linger(millis()),
        "deadline" => cluster.deadline(millis()),
        "pre_stop" => cluster.pre_stop(millis()),
        "ready_timeout" => cluster.ready_timeout(millis()),
        "hang_timeout" => cluster.hang_timeout(millis()),
        "healthy_after" => cluster.healthy_after(millis()),
        "crash_limit" => cluster.crash_limit(value.parse().expect("a number")),
        "max_requests" => cluster.max_requests(value.parse().expect("a number")),
        "setting" => {
            let (name, value) = value.split_once(':').expect("name:value");
            cluster.setting(name, value)
        }
        other => panic!("no setting of the app: {other}"),
    }
}

/// `/` says hello, the others do what their names say.
fn app_of(worker: &Worker) -> Router {
    let (slot, generation) = (worker.slot(), worker.generation());
    let settings = worker.settings();
    let is_ill = fs::read_to_string(MOOD).is_ok_and(|mood| mood == "ill");
    let health = move || async move {
        if is_ill {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::OK
        }
    };
    let said = move || {
        let settings = settings.clone();
        async move { settings.borrow().get("log").unwrap_or("unset").to_owned() }
    };
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route(
            "/who",
            get(move || async move { format!("{slot} {generation} {}", std::process::id()) }),
        )
        .route("/version", get(|| async { version() }))
        .route("/setting", get(said))
        .route("/health", get(health))
        .route("/endless", get(|| async { endless() }))
        .route(
            "/slow",
            get(|| async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                "slow"
            }),
        )
        .route(
            "/block",
            get(|| async {
                thread::sleep(Duration::from_secs(2));
                "blocked"
            }),
        )
        .route(
            "/hang",
            get(|| async {
                loop {
                    thread::sleep(Duration::from_secs(1));
                }
                #[expect(unreachable_code, reason = "for its type")]
                ()
            }),
        )
        .route("/abort", get(|| async { std::process::abort() as () }))
        .route("/panic", get(|| async { panic_and_abort() }))
        .route("/orphan", get(|| async { orphan() }))
        .route("/processes", get(|| async { processes() }))
        .route("/segfault", get(|| async { segfault() }))
        .route("/overflow", get(|| async { overflow(0).to_string() }))
        .route(
            "/retire",
            get({
                let drain = worker.drain();
                move || async move { drain.trigger() }
            }),
        )
        .route_service("/readyz", worker.readiness())
}

fn endless() -> Body {
    Body::new(ScriptedBody::new().data("first").hold(&Gate::new()))
}

/// As a panic does where it aborts.
fn panic_and_abort() {
    let panicked = std::panic::catch_unwind(|| panic!("no tea,\nno sugar"));
    assert!(panicked.is_err());
    std::process::abort();
}

/// A process whose parent ends before it does, and which ends soon.
fn orphan() -> String {
    let shell = Command::new("sh")
        .args(["-c", "sleep 0.2 >&2 & echo $!"])
        .output();
    String::from_utf8(shell.expect("a shell").stdout).expect("a number")
}

/// Number, state and parent of each process that this one sees.
fn processes() -> String {
    let entries = fs::read_dir("/proc").expect("a list of processes");
    let stats = entries.filter_map(|entry| {
        let stat = fs::read_to_string(entry.ok()?.path().join("stat")).ok()?;
        let (pid, rest) = (stat.split(' ').next()?, stat.rsplit_once(')')?.1);
        let mut fields = rest.split_whitespace();
        let (state, parent) = (fields.next()?, fields.next()?);
        Some(format!("{pid} {state} {parent}\n"))
    });
    stats.collect()
}

/// A bad access. Not of null, at which a debug build would panic instead.
#[allow(unsafe_code)]
fn segfault() {
    let nowhere = std::ptr::without_provenance_mut::<u8>(8);
    // SAFETY: there is none, and that is what the test is about: nothing is mapped
    // at the first page, so that this process ends here.
    unsafe { nowhere.write_volatile(1) }
}

#[expect(unconditional_recursion, reason = "that is the fault under test")]
fn overflow(depth: u64) -> u64 {
    std::hint::black_box(overflow(depth + 1)) + depth
}

/// A deploy appends its version to the executable, whose end is ours to use.
fn version() -> String {
    let mut file = fs::File::open("/proc/self/exe").expect("our executable");
    file.seek(SeekFrom::End(-9)).expect("it is longer");
    let mut end = [0; 9];
    file.read_exact(&mut end).expect("its end");
    match &end {
        [b'v', b'e', b'r', b's', b'i', b'o', b'n', b'-', number] => char::from(*number).to_string(),
        _ => "1".to_owned(),
    }
}
