//! Counts instructions, which no neighbour on the machine can change.

use crate::Result;
use std::{path::Path, process::Command};

/// Runs this program again under valgrind, as `arguments` and a number of
/// iterations say, and answers the instructions of one iteration.
///
/// Only what runs below a function whose name matches `function` counts. That
/// of `iterations` is taken from that of twice as many: what happens once, such
/// as the first use of a pool, cancels out.
pub fn instructions(function: &str, arguments: &[&str], iterations: u64) -> Result<f64> {
    let program = std::env::current_exe()?;
    instructions_of(&program, function, arguments, iterations)
}

/// As [`instructions`], of another build of this program.
pub fn instructions_of(
    program: &Path,
    function: &str,
    arguments: &[&str],
    iterations: u64,
) -> Result<f64> {
    let once = collected(program, function, arguments, iterations)?;
    let twice = collected(program, function, arguments, 2 * iterations)?;
    Ok((twice as f64 - once as f64) / iterations as f64)
}

fn collected(program: &Path, function: &str, arguments: &[&str], iterations: u64) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(format!("--toggle-collect={function}"))
        .arg(program)
        .args(arguments)
        .arg(iterations.to_string())
        .output()
        .map_err(|error| format!("valgrind (Debian's package of that name): {error}"))?;
    let log = String::from_utf8_lossy(&output.stderr);
    let count = log
        .lines()
        .find_map(|line| line.split_once("Collected :"))
        .and_then(|(_, count)| count.trim().parse().ok())
        .filter(|&count| output.status.success() && count > 0);
    count.ok_or_else(|| format!("callgrind of {arguments:?} counted nothing: {log}").into())
}
