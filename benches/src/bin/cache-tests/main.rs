//! `cargo xtask bench cache-tests`: the independent suite of cache-tests.fyi against
//! examples/caching-proxy, and against nginx beside it.
//!
//! Prints Markdown. Nothing in it is about speed.

mod reasons;
mod suite;

use buttress_benches::{
    Result, example, machine, nginx::Nginx, npm, process::Process, table::Table, verdict::Verdicts,
};
use reasons::Verdict;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::Path,
    process::{Command, ExitCode},
};
use suite::{Kind, Outcome, PACKAGE, Suite};

/// What nginx can do of it, switched on.
const NGINX: &str = "access_log off; proxy_cache_revalidate on; proxy_cache_lock on;\n\
                     add_header Age $upstream_http_age;";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let proxy = example::build("caching-proxy")?;
    let suite = Suite::start()?;
    println!(
        "## cache-tests\n\n`cargo xtask bench cache-tests`\n\n{}\n",
        machine::describe()?
    );
    let ours = with_proxy(&suite, &proxy, &[])?;
    let sharing = with_proxy(&suite, &proxy, &["--share-set-cookie"])?;
    let nginx = Nginx::start(suite.origin, NGINX)?;
    println!(
        "The suite is {PACKAGE}, on node {}; nginx is {}.\n",
        npm::node_version()?,
        nginx.version
    );
    let mut table = Table::new(["passed", "required", "optimal", "checks"]);
    let mut row = |name: &str, outcomes: &[Outcome]| {
        let share = |kind| share(outcomes, kind);
        table.row([
            name.to_owned(),
            share(Kind::Required),
            share(Kind::Optimal),
            share(Kind::Check),
        ]);
    };
    row("caching-proxy", &ours);
    row("the same with `--share-set-cookie`", &sharing);
    row("nginx, proxy_cache", &suite.run(nginx.addr)?);
    row(
        "no cache: the suite's own server",
        &suite.run(suite.origin)?,
    );
    println!("{table}\n### What is not passed\n");
    println!("{}", misses(&ours));
    println!("### Figures\n\n{}", figures(&ours));
    Ok(())
}

/// What comes of the tests with the example in front of the suite's server.
fn with_proxy(suite: &Suite, program: &Path, arguments: &[&str]) -> Result<Vec<Outcome>> {
    let upstream = format!("http://{}", suite.origin);
    let mut command = Command::new(program);
    command
        .args(["--listen", "127.0.0.1:0", "--upstream", &upstream])
        .args(arguments);
    let (_proxy, addr): (Process, SocketAddr) = Process::serve(&mut command)?;
    suite.run(addr)
}

fn share(outcomes: &[Outcome], kind: Kind) -> String {
    let all = || outcomes.iter().filter(|it| it.kind == kind);
    let passed = all().filter(|it| it.passed).count();
    format!("{passed} of {}", all().count())
}

/// Those that count, and have not passed.
fn failed(outcomes: &[Outcome]) -> impl Iterator<Item = &Outcome> {
    outcomes
        .iter()
        .filter(|it| !it.passed && it.kind != Kind::Check)
}

/// A line for each reason, and for each test without.
fn misses(outcomes: &[Outcome]) -> String {
    let mut by_reason = BTreeMap::<String, Vec<String>>::new();
    for outcome in failed(outcomes) {
        let reason = match reasons::of(&outcome.id) {
            Some((Verdict::Outdated, reason)) => format!("outdated: {reason}"),
            Some((Verdict::LeftOut, reason)) => format!("left out: {reason}"),
            None => format!("**a fault**: {}", outcome.said),
        };
        let id = format!("`{}`", outcome.id);
        by_reason.entry(reason).or_default().push(id);
    }
    let line = |(reason, ids): (String, Vec<String>)| format!("- {reason}: {}\n", ids.join(", "));
    by_reason.into_iter().map(line).collect()
}

/// By what the suite would ask for today: what is outdated counts for nobody.
fn figures(outcomes: &[Outcome]) -> Verdicts {
    let is_outdated =
        |it: &&Outcome| !it.passed && matches!(reasons::of(&it.id), Some((Verdict::Outdated, _)));
    let mut verdicts = Verdicts::default();
    for (kind, name, may_miss) in [
        (Kind::Required, "required", 2),
        (Kind::Optimal, "optimal", 10),
    ] {
        let of_kind = || outcomes.iter().filter(move |it| it.kind == kind);
        let outdated = of_kind().filter(is_outdated).count();
        let (all, passed) = (of_kind().count(), of_kind().filter(|it| it.passed).count());
        let counted = all - outdated;
        verdicts.at_least(
            format!("{name}, passed of {counted} that are not outdated"),
            (counted - may_miss) as f64,
            passed as f64,
        );
    }
    let unexplained = failed(outcomes).filter(|it| reasons::of(&it.id).is_none());
    verdicts.at_most("failed without a reason", 0.0, unexplained.count() as f64);
    verdicts
}
