//! `cargo xtask fuzz NAME [SECONDS]`: a target of fuzz/, a workspace of its own.

use std::process::ExitCode;

use xshell::{Shell, cmd};

use crate::context::{Context, Result};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The fuzz target; without one, their names are printed
    name: Option<String>,
    /// How long to look for a crash
    #[arg(default_value_t = 60)]
    seconds: u32,
}

pub(crate) fn run(cx: &Context, args: &Args) -> Result<ExitCode> {
    let workspace = cx.workspace_in("fuzz")?;
    let targets = workspace.programs();
    let Some(name) = args.name.as_deref() else {
        println!("{}", targets.join("\n"));
        return Ok(ExitCode::SUCCESS);
    };
    if !targets.contains(&name) {
        let known = targets.join(", ");
        return Err(format!("no fuzz target is called {name}; there are: {known}").into());
    }
    let sh = &cx.sh;
    if !has_nightly(sh) {
        return Err(
            "fuzzing needs a nightly compiler: run `rustup toolchain install nightly`".into(),
        );
    }
    let cargo_fuzz = cx.tool("cargo-fuzz")?;
    let target_dir = cx.target_dir()?.join("fuzz");
    let limit = format!("-max_total_time={}", args.seconds);
    cmd!(
        sh,
        "rustup run nightly {cargo_fuzz} fuzz run --target-dir {target_dir} {name} -- {limit}"
    )
    // Both name the stable compiler that runs us.
    .env_remove("CARGO")
    .env_remove("RUSTUP_TOOLCHAIN")
    .run()?;
    println!("{name}: no crash in {} s", args.seconds);
    Ok(ExitCode::SUCCESS)
}

fn has_nightly(sh: &Shell) -> bool {
    let version = cmd!(sh, "rustup run nightly rustc --version").quiet();
    version.ignore_stdout().ignore_stderr().run().is_ok()
}
