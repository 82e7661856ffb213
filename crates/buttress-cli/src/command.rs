#[cfg(target_os = "linux")]
use crate::{
    args::{Args, Command},
    ask, run, top, unit,
};
#[cfg(target_os = "linux")]
use clap::Parser;
use std::process::ExitCode;

/// Does what the arguments say, and answers the code to end with.
#[cfg(target_os = "linux")]
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    let done = match args.command {
        Command::Run(run) => return run::run(run, args.which.name),
        Command::Unit(unit) => unit::write(&unit),
        Command::Top(top) => top::watch(&args.which, &top),
        Command::Logs(logs) => ask::logs(&args.which, &logs),
        Command::List(list) => ask::list(&args.which, list.json),
        Command::Reload => ask::order(&args.which, &ask::reload()),
        Command::Scale { workers } => ask::order(&args.which, &ask::scale(workers)),
        Command::Stop(stop) => ask::stop(&args.which, stop.no_wait),
        Command::Set { setting, value } => ask::order(&args.which, &ask::set(setting, value)),
    };
    done.unwrap_or_else(|error| {
        eprintln!("buttress: {error}");
        ExitCode::FAILURE
    })
}

/// Says that there is nothing to do here.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn main() -> ExitCode {
    eprintln!("buttress: clusters are for Linux");
    ExitCode::FAILURE
}
