//! `cargo xtask bench NAME`: a comparison of benches/, a workspace of its own.

use std::process::ExitCode;

use xshell::cmd;

use crate::context::{Context, Result};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The comparison, or `all`; without one, their names are printed
    name: Option<String>,
    /// Passed on to the comparison
    #[arg(last = true)]
    args: Vec<String>,
}

pub(crate) fn run(cx: &Context, args: &Args) -> Result<ExitCode> {
    let workspace = cx.workspace_in("benches")?;
    let programs = workspace.programs();
    let Some(name) = args.name.as_deref() else {
        println!("{}", programs.join("\n"));
        return Ok(ExitCode::SUCCESS);
    };
    let chosen: Vec<_> = programs
        .iter()
        .filter(|program| name == "all" || name == **program)
        .collect();
    if chosen.is_empty() {
        let known = programs.join(", ");
        return Err(format!("no bench is called {name}; there are: {known}").into());
    }
    for program in chosen {
        run_one(cx, program, &args.args)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn run_one(cx: &Context, program: &str, args: &[String]) -> Result<()> {
    let sh = &cx.sh;
    // A target directory of its own: its peers switch on other features of what we share.
    let target = cx.target_dir()?.join("benches");
    cmd!(
        sh,
        "cargo run --release --manifest-path benches/Cargo.toml --target-dir {target}
            --bin {program} -- {args...}"
    )
    .run()?;
    Ok(())
}
