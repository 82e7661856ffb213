//! What a request costs, and how long it takes, while all connections are busy.

use crate::{
    Bench, agree, chart,
    routes::{LARGE, ROUTES, Route},
    stacks::{AXUM, AXUM_AGAIN, EXPRESS, NAMES, OURS, Running},
};
use buttress_benches::{
    Result,
    interleave::{Effort, Rounds, interleave},
    load,
    statistics::{median, quantile},
    table::{Table, microseconds, thousands, times},
    verdict::Verdicts,
};
use std::time::Instant;

/// Few, as behind a proxy.
const CONNECTIONS: usize = 16;

/// A route, measured.
struct Measured {
    route: Route,
    rounds: Rounds,
    /// Medians of the turns' quantiles, in nanoseconds, of each stack.
    p50: Vec<f64>,
    p99: Vec<f64>,
    /// Bytes on the wire.
    sizes: Vec<usize>,
}

pub(crate) fn make(bench: &mut Bench) -> Result<String> {
    let stacks = &bench.stacks.running;
    let sizes = agree::check(stacks)?;
    let measured = ROUTES.into_iter().zip(sizes).map(|(route, sizes)| {
        eprintln!("{} ...", route.name);
        measure(route, sizes, stacks, bench.effort)
    });
    let measured = measured.collect::<Result<Vec<_>>>()?;
    let resident = stacks.iter().map(Running::resident);
    let resident = resident.collect::<Result<Vec<_>>>()?;
    measured
        .iter()
        .for_each(|it| judge(it, &mut bench.verdicts));
    judge_memory(&resident, &mut bench.verdicts);
    std::fs::write(&bench.chart, chart::draw(&bars(&measured)))?;
    eprintln!("drawn: {}", bench.chart.display());
    Ok(format!(
        "### Requests\n\n{CONNECTIONS} connections, on each one request after the other; the stacks take turns, \
         {} rounds of at least {} ms of CPU. CPU is that of all processes of a stack, user and system. Every stack's answer was \
         compared with ours first: the same bytes when decoded.\n\n\
         CPU of a request, where that of axum is 1 (median of the rounds' ratios). What is noise shows in a second one of \
         axum: {}.\n\n{}\n\
         Requests for each second of CPU\n\n{}\n\
         Milliseconds until the answer has come, p50 / p99\n\n{}\n\
         Bytes of an answer's body on the wire\n\n{}\n\
         Resident memory after the load\n\n{}",
        bench.effort.rounds,
        bench.effort.turn.as_millis(),
        noise(&measured),
        ratios(&measured),
        rates(&measured),
        latencies(&measured),
        bytes(&measured),
        memory(&resident),
    ))
}

fn measure(
    route: Route,
    sizes: Vec<usize>,
    stacks: &[Running],
    effort: Effort,
) -> Result<Measured> {
    let requests = stacks.iter().map(|stack| route.request(stack));
    let requests = requests.collect::<Result<Vec<_>>>()?;
    for (stack, request) in stacks.iter().zip(&requests) {
        warm_up(stack, request, effort)?;
    }
    let mut quantiles = vec![Vec::new(); stacks.len()];
    let rounds = interleave(effort, stacks.len(), |which, count| {
        let stack = &stacks[which];
        let before = stack.cpu()?;
        let latencies = load::timed(stack.addr, &requests[which], CONNECTIONS, count)?;
        let spent = stack.cpu()? - before;
        quantiles[which].push([0.5, 0.99].map(|share| quantile(&latencies, share)));
        // As many as were sent.
        Ok(spent * count / latencies.len() as u64)
    })
    .map_err(|error| format!("{}: {error}", route.name))?;
    // The turns before them warmed up.
    let of = |quantiles: &Vec<[f64; 2]>, which: usize| {
        let turns = quantiles.iter().rev().take(effort.rounds);
        median(&turns.map(|pair| pair[which]).collect::<Vec<_>>())
    };
    Ok(Measured {
        route,
        rounds,
        p50: quantiles.iter().map(|turns| of(turns, 0)).collect(),
        p99: quantiles.iter().map(|turns| of(turns, 1)).collect(),
        sizes,
    })
}

/// Until node has compiled what is called, and caches are full.
fn warm_up(stack: &Running, request: &str, effort: Effort) -> Result<()> {
    let start = Instant::now();
    while start.elapsed() < 5 * effort.turn {
        load::timed(stack.addr, request, CONNECTIONS, 10 * CONNECTIONS as u64)?;
    }
    Ok(())
}

fn judge(measured: &Measured, verdicts: &mut Verdicts) {
    let Measured { route, rounds, .. } = measured;
    let by = [
        ("axum", AXUM, route.by_axum),
        ("Express", EXPRESS, route.by_express),
    ];
    for (name, peer, target) in by {
        if let Some(target) = target {
            let figure = format!("CPU of {}, by {name}'s", route.name);
            verdicts.at_most(figure, target, rounds.ratio(OURS, peer));
        }
    }
    if route.path == LARGE {
        let ratio = measured.sizes[OURS] as f64 / measured.sizes[AXUM] as f64;
        verdicts.at_most(format!("bytes of {}, by axum's", route.name), 1.05, ratio);
    }
}

fn judge_memory(resident: &[u64], verdicts: &mut Verdicts) {
    let by = |peer: usize| resident[OURS] as f64 / resident[peer] as f64;
    verdicts.at_most("memory after the load, by axum's", 1.2, by(AXUM));
    verdicts.at_most("memory after the load, by Express's", 0.15, by(EXPRESS));
}

/// A table with a row for each route.
fn table(measured: &[Measured], cell: impl Fn(&Measured, usize) -> String) -> Table {
    let [a, b, c, d, e, f, g] = NAMES;
    let mut table = Table::new(["", a, b, c, d, e, f, g]);
    for it in measured {
        let [a, b, c, d, e, f, g] = std::array::from_fn(|which| cell(it, which));
        table.row([it.route.name.to_owned(), a, b, c, d, e, f, g]);
    }
    table
}

fn ratios(measured: &[Measured]) -> Table {
    table(measured, |it, which| match which {
        AXUM => format!("{} µs", microseconds(it.rounds.time(AXUM))),
        _ => times(it.rounds.ratio(which, AXUM)),
    })
}

/// How far two of the same lie apart.
fn noise(measured: &[Measured]) -> String {
    let ratios = measured.iter().map(|it| it.rounds.ratio(AXUM_AGAIN, AXUM));
    let (least, most) = ratios.fold((f64::INFINITY, 0.0_f64), |(least, most), ratio| {
        (least.min(ratio), most.max(ratio))
    });
    format!("{} to {}", times(least), times(most))
}

fn rates(measured: &[Measured]) -> Table {
    table(measured, |it, which| {
        thousands((1e9 / it.rounds.time(which)).round() as u64)
    })
}

fn latencies(measured: &[Measured]) -> Table {
    table(measured, |it, which| {
        let [p50, p99] = [&it.p50, &it.p99].map(|of| of[which] / 1e6);
        format!("{p50:.2} / {p99:.2}")
    })
}

fn bytes(measured: &[Measured]) -> Table {
    table(measured, |it, which| thousands(it.sizes[which] as u64))
}

fn memory(resident: &[u64]) -> Table {
    let mut table = Table::new(["", "MiB", "by axum's"]);
    for (name, bytes) in NAMES.into_iter().zip(resident) {
        let mib = *bytes as f64 / f64::from(1 << 20);
        let ratio = *bytes as f64 / resident[AXUM] as f64;
        table.row([name.to_owned(), format!("{mib:.1}"), times(ratio)]);
    }
    table
}

/// How many times as much as axum a stack serves with its CPU.
fn bars(measured: &[Measured]) -> Vec<chart::Group> {
    let bar = |it: &Measured, which| it.rounds.ratio(AXUM, which);
    let group = |it: &Measured| chart::Group {
        name: it.route.name,
        ours: bar(it, OURS),
        express: bar(it, EXPRESS),
    };
    measured.iter().map(group).collect()
}
