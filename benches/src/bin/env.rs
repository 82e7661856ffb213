//! `cargo xtask bench env`: what a setting costs each request, by the ways that
//! a handler can come by it, and what loading costs once.
//!
//! Prints Markdown. `--quick` takes fewer turns.

use buttress_benches::{
    Result, callgrind, clock,
    interleave::{Effort, interleave},
    machine,
    table::{Table, microseconds, times},
    verdict::Verdicts,
};
use buttress_env::{ByteSize, Env, EnvLayer, Loaded, Secret, Watched, WithConfig};
use http::Request;
use serde::Deserialize;
use std::{
    convert::Infallible,
    env,
    ffi::OsString,
    future::{Ready, ready},
    hint::black_box,
    process::{Command, ExitCode},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tower_layer::Layer;
use tower_service::Service;

/// The ways to come by a setting in a request.
const WAYS: [&str; 6] = [
    "bare",
    "captured",
    "watched",
    "inserted",
    "inserted and looked up",
    "env::var",
];
const VARIABLES: [usize; 2] = [30, 3_000];
const ITERATIONS: u64 = 2_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["count", way, requests] => count(way, requests),
        ["time", way] => time_beside_var(way).map(|line| println!("{line}")),
        [] => run(Effort::FULL),
        ["--quick"] => run(Effort::QUICK),
        _ => Err("the only argument is --quick".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(effort: Effort) -> Result<()> {
    let mut verdicts = Verdicts::default();
    println!(
        "## env\n\n`cargo xtask bench env`\n\n{}\n",
        machine::describe()?
    );

    verdicts.at_most("environment reads in 10,000 requests", 0.0, reads()?);
    println!("{}", instructions(&mut verdicts)?);
    println!("{}", ratios()?);
    println!("{}", loads(effort, &mut verdicts)?);
    println!("{}", pages(effort)?);
    println!("### Figures\n\n{verdicts}");
    println!("Load average at the end: {}.", machine::load_average()?);
    Ok(())
}

/// What one request adds to a bare service's, in instructions.
fn instructions(verdicts: &mut Verdicts) -> Result<Table> {
    let of = |way: &str| callgrind::instructions("*requests*", &["count", way], ITERATIONS);
    let bare = of(WAYS[0])?;
    let mut table = Table::new(["instructions a request, above a bare service", "Ir"]);
    for way in &WAYS[1..] {
        let above = of(way)? - bare;
        table.row([(*way).to_owned(), format!("{above:.0}")]);
        match *way {
            "captured" => verdicts.at_most("instructions of a captured read", 120.0, above.round()),
            "inserted" => verdicts.at_most("instructions of an insertion", 900.0, above.round()),
            _ => {}
        }
    }
    Ok(table)
}

fn count(way: &str, requests_to_send: &str) -> Result<()> {
    requests(&mut Handler::of(way)?, requests_to_send.parse()?);
    Ok(())
}

/// Not inlined, for callgrind counts below this name.
#[inline(never)]
fn requests(handler: &mut Handler, requests: u64) {
    for _ in 0..requests {
        black_box(handler.call(black_box(Request::new(()))).into_inner()).unwrap_or_default();
    }
}

/// What one request adds to a bare service's, in CPU time, in processes with so
/// many variables; and how many times that `env::var` adds.
fn ratios() -> Result<Table> {
    let mut table = Table::new([
        "a request, above a bare service",
        "30 variables",
        "3,000 variables",
    ]);
    for way in &WAYS[1..5] {
        let [few, many] = VARIABLES.map(|count| in_process_with(count, way));
        table.row([(*way).to_owned(), few?, many?]);
    }
    Ok(table)
}

fn in_process_with(variables: usize, way: &str) -> Result<String> {
    // The search goes from the first to the last, which are sorted by name here:
    // so half of them stand before the one that is looked for.
    let name = |index: usize| format!("{}_{index}", ["AAA", "VARIABLE"][index % 2]);
    let others = (1..variables).map(|index| (name(index), "a value of some length"));
    let output = Command::new(env::current_exe()?)
        .args(["time", way])
        .env_clear()
        .envs(others)
        .env("APP_LIMIT", "100")
        .output()?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?.trim().to_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}

fn time_beside_var(way: &str) -> Result<String> {
    let mut handlers = [Handler::Bare, Handler::of(way)?, Handler::of("env::var")?];
    let rounds = interleave(Effort::QUICK, handlers.len(), |which, count| {
        let start = clock::thread_cpu();
        requests(&mut handlers[which], count);
        Ok(clock::thread_cpu() - start)
    })?;
    let [ours, var] = [1, 2].map(|which| rounds.time(which) - rounds.time(0));
    Ok(format!(
        "{ours:.0} ns; env::var {var:.0} ns, × {}",
        times(var / ours)
    ))
}

/// How often the environment is read by 10,000 requests, by asking the source.
fn reads() -> Result<f64> {
    let reads = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&reads);
    let counting = Env::prefix("APP").read_with(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        vec![("APP_LIMIT".into(), "100".into())]
    });
    let config = counting.load::<Settings>()?;
    let watched = EnvLayer::watched(config.watch()).layer(looks());
    let mut handlers = [
        Handler::Captured(config.clone()),
        Handler::Watched(config.watch()),
        Handler::Inserted(EnvLayer::new(config).layer(looks())),
        Handler::Inserted(watched),
    ];
    let before = reads.load(Ordering::Relaxed);
    for handler in &mut handlers {
        requests(handler, 2_500);
    }
    Ok((reads.load(Ordering::Relaxed) - before) as f64)
}

#[derive(Deserialize)]
struct Settings {
    limit: u32,
}

enum Handler {
    Bare,
    Captured(Loaded<Settings>),
    Watched(Watched<Settings>),
    Inserted(WithConfig<Answer, Settings>),
    Var,
}

impl Handler {
    fn of(way: &str) -> Result<Self> {
        let config = Env::prefix("APP")
            .set("APP_LIMIT", "100")
            .load::<Settings>()?;
        Ok(match way {
            "bare" => Self::Bare,
            "captured" => Self::Captured(config),
            "watched" => Self::Watched(config.watch()),
            "inserted" => Self::Inserted(EnvLayer::new(config).layer(bare())),
            "inserted and looked up" => Self::Inserted(EnvLayer::new(config).layer(looks())),
            "env::var" => Self::Var,
            _ => return Err(format!("no way is called {way}").into()),
        })
    }

    fn call(&mut self, request: Request<()>) -> Ready<std::result::Result<u32, Infallible>> {
        match self {
            Self::Bare => bare().call(request),
            // As `State` does it: each request has a clone.
            Self::Captured(config) => {
                let config = black_box(&*config).clone();
                black_box(config.limit);
                bare().call(request)
            }
            Self::Watched(config) => {
                black_box(config.current().limit);
                bare().call(request)
            }
            Self::Inserted(service) => service.call(request),
            Self::Var => {
                let limit = env::var("APP_LIMIT")
                    .ok()
                    .and_then(|limit| limit.parse().ok());
                black_box::<Option<u32>>(limit);
                bare().call(request)
            }
        }
    }
}

/// A handler that looks for settings in the request, or does nothing.
#[derive(Clone)]
struct Answer {
    looks: bool,
}

const fn bare() -> Answer {
    Answer { looks: false }
}

const fn looks() -> Answer {
    Answer { looks: true }
}

impl Service<Request<()>> for Answer {
    type Response = u32;
    type Error = Infallible;
    type Future = Ready<std::result::Result<u32, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let extensions = self.looks.then(|| request.extensions());
        let config = extensions.and_then(|all| all.get::<Loaded<Settings>>());
        ready(Ok(config.map_or(0, |config| config.limit)))
    }
}

/// Forty fields of the kinds that apps have, in eight groups.
#[derive(Deserialize)]
#[allow(dead_code)]
struct Forty {
    a: Group,
    b: Group,
    c: Group,
    d: Group,
    e: Group,
    f: Group,
    g: Group,
    h: Group,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Group {
    port: u16,
    name: String,
    timeout: Duration,
    size: Option<ByteSize>,
    key: Secret<String>,
}

type Variables = Vec<(OsString, OsString)>;

/// Forty settings among so many variables of others.
fn forty(others: usize, good: bool) -> Variables {
    let values = [
        ("PORT", if good { "8080" } else { "x" }),
        ("NAME", "a name"),
        ("TIMEOUT", if good { "30s" } else { "x" }),
        ("SIZE", "2MiB"),
        ("KEY", "0123456789abcdef"),
    ];
    let groups = ["A", "B", "C", "D", "E", "F", "G", "H"];
    let ours = groups
        .into_iter()
        .flat_map(|group| values.map(|(name, value)| (format!("APP_{group}__{name}"), value)));
    let others = (0..others).map(|index| (format!("VARIABLE_{index}"), "a value of some length"));
    ours.chain(others)
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

fn loads(effort: Effort, verdicts: &mut Verdicts) -> Result<Table> {
    let cases = [
        ("all well, 30 other variables", 30, true),
        ("all well, 3,000 other variables", 3_000, true),
        ("sixteen problems, 30 other variables", 30, false),
    ];
    let envs = cases.map(|(_, others, good)| {
        let variables = forty(others, good);
        Env::prefix("APP").read_with(move || variables.clone())
    });
    let rounds = interleave(effort, cases.len(), |which, count| {
        let start = clock::thread_cpu();
        for _ in 0..count {
            let loaded = envs[which].load::<Forty>();
            assert_eq!(loaded.is_ok(), cases[which].2);
            drop(black_box(loaded));
        }
        Ok(clock::thread_cpu() - start)
    })?;
    let mut table = Table::new(["a load of 40 fields", "µs"]);
    for (which, (case, ..)) in cases.iter().enumerate() {
        table.row([(*case).to_owned(), microseconds(rounds.time(which))]);
    }
    verdicts.at_most("µs of a load of 40 fields", 100.0, rounds.time(0) / 1000.0);
    Ok(table)
}

/// What `template_cache()` decides: a page from a template that is compiled
/// once, or for each request, as development does to show an edit.
fn pages(effort: Effort) -> Result<Table> {
    const NAMES: [&str; 2] = [
        "production: compiled once",
        "development: read and compiled again",
    ];
    static FILE: LazyLock<std::path::PathBuf> = LazyLock::new(|| {
        env::temp_dir().join(format!("buttress-bench-env-{}.html", std::process::id()))
    });
    std::fs::write(&*FILE, TEMPLATE)?;
    let mut cached = minijinja::Environment::new();
    cached.add_template("page", TEMPLATE)?;
    let items: Vec<u32> = (0..10).collect();
    let rounds = interleave(effort, NAMES.len(), |which, count| {
        let start = clock::thread_cpu();
        for _ in 0..count {
            let context = minijinja::context! { title => "A page", items => &items };
            let page = if which == 0 {
                cached.get_template("page")?.render(context)?
            } else {
                let template = std::fs::read_to_string(&*FILE)?;
                minijinja::Environment::new().render_str(&template, context)?
            };
            black_box(page);
        }
        Ok(clock::thread_cpu() - start)
    });
    std::fs::remove_file(&*FILE)?;
    let rounds = rounds?;
    let mut table = Table::new(["a page from a template", "µs", "ratio"]);
    for (which, name) in NAMES.iter().enumerate() {
        let ratio = times(rounds.ratio(which, 0));
        table.row([(*name).to_owned(), microseconds(rounds.time(which)), ratio]);
    }
    Ok(table)
}

const TEMPLATE: &str = "<!doctype html><title>{{ title }}</title>\
    {% macro card(item) %}<li class=\"{% if item is odd %}odd{% else %}even{% endif %}\">\
    <a href=\"/items/{{ item }}\">Item {{ item }}</a></li>{% endmacro %}\
    <header><h1>{{ title|upper }}</h1><nav>{% for name in ['home', 'about', 'help'] %}\
    <a href=\"/{{ name }}\">{{ name|title }}</a>{% endfor %}</nav></header>\
    <main>{% if items %}<ul>{% for item in items %}{{ card(item) }}{% endfor %}</ul>\
    {% else %}<p>Nothing here.</p>{% endif %}</main>\
    <footer>{% set year = 2026 %}{{ year }}, {{ items|length }} items</footer>";
