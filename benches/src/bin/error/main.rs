//! `cargo xtask bench error`: what guarding a request costs when nothing
//! happens, beside tower-http's CatchPanic, and what a failure costs.
//!
//! Prints Markdown. `--quick` takes fewer turns.

mod connection;
mod floor;
mod services;

use buttress_benches::{
    Result, callgrind, clock,
    interleave::{Effort, interleave},
    machine,
    table::{Table, microseconds, thousands, times},
    verdict::Verdicts,
};
use buttress_error::{CatchPanicLayer, ErrorLayer, install_panic_hook};
use connection::{Connection, run_requests, serve_as_hyper};
use floor::Floor;
use services::{Failing, Hello, Route, Wanted, request, router};
use std::{env, hint::black_box, panic, process::ExitCode};
use tower_http::catch_panic::CatchPanicLayer as PeerLayer;
use tower_layer::Layer;

const ITERATIONS: u64 = 2_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["count", subject, requests] => count(subject, requests),
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
        "## error\n\n`cargo xtask bench error`\n\n{}\n",
        machine::describe()?
    );
    println!("{}", happy_path(&mut verdicts)?);
    println!("{}", failures(effort)?);
    println!("### Figures\n\n{verdicts}");
    println!("Load average at the end: {}.", machine::load_average()?);
    Ok(())
}

/// What each layer adds while nothing happens, in instructions.
fn happy_path(verdicts: &mut Verdicts) -> Result<String> {
    let of = |subject: &str| {
        callgrind::instructions("*serve_as_hyper*", &["count", subject], ITERATIONS)
    };
    let mut table = Table::new(["layer", "over a service", "over an axum Router"]);
    let (service, router) = (of("service")?, of("router")?);
    let mut added = |name: &str, layer: &str| -> Result<[f64; 2]> {
        let over = [
            of(&format!("{layer}/service"))? - service,
            of(&format!("{layer}/router"))? - router,
        ];
        let cells = over.map(|added| format!("+{}", thousands(added.max(0.0).round() as u64)));
        let [over_service, over_router] = cells;
        table.row([name.to_owned(), over_service, over_router]);
        Ok(over)
    };
    added("a bare `catch_unwind` at each place", "floor")?;
    let peer = added("tower-http CatchPanic", "peer")?;
    let catch = added("CatchPanicLayer", "catch")?;
    let error = added("ErrorLayer, without the peek", "error")?;
    let peek = added("ErrorLayer", "peek")?;
    added("ErrorLayer that makes the id", "made-id")?;
    verdicts.at_most("CatchPanicLayer over a service", 60.0, catch[0].round());
    verdicts.at_most(
        "CatchPanicLayer by tower-http's, over a Router",
        0.2,
        catch[1] / peer[1],
    );
    verdicts.at_most("ErrorLayer over a service", 1000.0, error[0].round());
    verdicts.at_most(
        "the peek over a service",
        400.0,
        (peek[0] - error[0]).round(),
    );
    verdicts.at_most(
        "the peek over a Router",
        400.0,
        (peek[1] - error[1]).round(),
    );
    Ok(format!(
        "### Nothing happens\n\nInstructions that a layer adds to a request with six header fields, by callgrind: \
         call, future, and a body of one frame, each moved, polled and dropped where hyper does so. The request is \
         made outside of what is counted. A service alone takes {}, a Router {}. tower-http's guards no body. The \
         bare guard has no state, reports nothing and guards no drop: what is left is the price of a response and a \
         body of another type.\n\n{table}",
        thousands(service.round() as u64),
        thousands(router.round() as u64),
    ))
}

fn count(subject: &str, requests: &str) -> Result<()> {
    let requests = requests.parse()?;
    let catch = CatchPanicLayer::new();
    let error = ErrorLayer::new().route(|extensions| extensions.get::<Route>().map(|it| it.0));
    match subject {
        "service" => run_requests(&mut Hello, requests, true),
        "router" => run_requests(&mut router(), requests, true),
        "floor/service" => run_requests(&mut Floor::new(Hello), requests, true),
        "floor/router" => run_requests(&mut Floor::new(router()), requests, true),
        "peer/service" => run_requests(&mut PeerLayer::new().layer(Hello), requests, true),
        "peer/router" => run_requests(&mut PeerLayer::new().layer(router()), requests, true),
        "catch/service" => run_requests(&mut catch.layer(Hello), requests, true),
        "catch/router" => run_requests(&mut catch.layer(router()), requests, true),
        "error/service" => run_requests(&mut error.peek(false).layer(Hello), requests, true),
        "error/router" => run_requests(&mut error.peek(false).layer(router()), requests, true),
        "peek/service" => run_requests(&mut error.layer(Hello), requests, true),
        "peek/router" => run_requests(&mut error.layer(router()), requests, true),
        "made-id/service" => run_requests(&mut error.layer(Hello), requests, false),
        "made-id/router" => run_requests(&mut error.layer(router()), requests, false),
        _ => return Err("no such subject".into()),
    }
    Ok(())
}

/// What a failure costs, in CPU of the whole process.
fn failures(effort: Effort) -> Result<String> {
    // The hook that prints would measure stderr.
    panic::set_hook(Box::new(|_| {}));
    const NAMES: [&str; 3] = [
        "an answer of 200",
        "an error that is answered",
        "a panic that is answered",
    ];
    let mut table = Table::new(["with ErrorLayer", "µs of CPU", "by a 200"]);
    let measure = || {
        let mut service = ErrorLayer::new().layer(Failing);
        let mut connection = Connection::new();
        interleave(effort, NAMES.len(), |which, count| {
            let start = clock::thread_cpu();
            for _ in 0..count {
                let mut request = request(true);
                request.extensions_mut().insert(Wanted(which));
                black_box(serve_as_hyper(&mut service, &mut connection, request));
            }
            Ok(clock::thread_cpu() - start)
        })
    };
    let rounds = measure()?;
    for (which, name) in NAMES.iter().enumerate() {
        let cells = [
            microseconds(rounds.time(which)),
            times(rounds.ratio(which, 0)),
        ];
        let [time, ratio] = cells;
        table.row([(*name).to_owned(), time, ratio]);
    }
    install_panic_hook();
    let rounds = measure()?;
    table.row([
        "a panic, with place and backtrace".to_owned(),
        microseconds(rounds.time(2)),
        times(rounds.ratio(2, 0)),
    ]);
    Ok(format!(
        "### Something happens\n\nOn the worker; the names of backtraces are looked up on another thread.\n\n{table}"
    ))
}
