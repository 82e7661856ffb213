//! `cargo xtask bench compression`: buttress-compression beside tower-http.
//!
//! Prints Markdown: the tables, and each figure that was aimed at beside what
//! was measured. `--quick` takes fewer turns; `--only TABLE,TABLE` makes some.
//!
//! Two builds take turns. Ours and tower-http as everybody gets it, with flate2
//! on miniz_oxide, share one process; so do ours and tower-http with flate2 on
//! zlib-rs, for the features of a crate are the same in a whole build.

mod crew;
mod express;
mod job;
mod origin;
mod probe;
mod sample;
mod server;
mod subject;
mod tables;

use buttress_benches::{Result, interleave::Effort, machine, verdict::Verdicts, worker};
use crew::Programs;
use std::process::ExitCode;

/// What the tables need to be made, and where they put their verdicts.
struct Bench {
    programs: Programs,
    effort: Effort,
    verdicts: Verdicts,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["worker"] => worker::serve(probe::answer),
        ["answer", ..] => probe::answer(&arguments[1..].join(" ")).map(drop),
        ["serve", job] => job.parse().and_then(server::serve),
        _ => run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let (effort, only) = parse(arguments)?;
    let peers = crew::peers()?;
    let mut bench = Bench {
        programs: Programs::build()?,
        effort,
        verdicts: Verdicts::default(),
    };
    println!("## compression\n");
    println!("`{}`\n", command(arguments));
    println!("{}\n", machine::describe()?);
    println!("Peers: {}.\n", peers.join("; "));
    for (name, table) in tables::ALL {
        if only
            .as_ref()
            .is_none_or(|only| only.iter().any(|wanted| wanted == name))
        {
            eprintln!("{name} …");
            println!("{}", table(&mut bench)?);
        }
    }
    println!("### Figures\n\n{}", bench.verdicts);
    println!("Load average at the end: {}.", machine::load_average()?);
    Ok(())
}

fn parse(arguments: &[String]) -> Result<(Effort, Option<Vec<String>>)> {
    let (mut effort, mut only) = (Effort::FULL, None);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => effort = Effort::QUICK,
            "--only" => {
                let names = arguments.next().ok_or("--only needs names of tables")?;
                only = Some(names.split(',').map(str::to_owned).collect::<Vec<_>>());
            }
            other => return Err(format!("unknown argument: {other}").into()),
        }
    }
    let known = |name: &String| tables::ALL.iter().any(|(table, _)| table == name);
    if let Some(name) = only.iter().flatten().find(|name| !known(name)) {
        let names = tables::ALL.map(|(name, _)| name).join(", ");
        return Err(format!("no table is called {name}; there are: {names}").into());
    }
    Ok((effort, only))
}

fn command(arguments: &[String]) -> String {
    match arguments {
        [] => "cargo xtask bench compression".to_owned(),
        _ => format!("cargo xtask bench compression -- {}", arguments.join(" ")),
    }
}
