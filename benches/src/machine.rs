//! Where and when the figures were made.

use crate::Result;
use std::{fs, process::Command};

/// A sentence for the head of a section.
pub fn describe() -> Result<String> {
    let cores = std::thread::available_parallelism()?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let (model, rustc, date) = (cpu_model()?, output("rustc", "-V")?, output("date", "-uI")?);
    Ok(format!(
        "{date}, {cores} cores of {model}, Linux {}, {rustc}, load average {}.",
        kernel.trim(),
        load_average()?
    ))
}

/// How many threads wanted to run in the last minute.
pub fn load_average() -> Result<String> {
    let text = fs::read_to_string("/proc/loadavg")?;
    Ok(text.split(' ').next().unwrap_or_default().to_owned())
}

/// Page faults of this process so far that needed no disk: each is a page
/// that the kernel clears and hands out.
pub fn page_faults() -> Result<u64> {
    let text = fs::read_to_string("/proc/self/stat")?;
    // The fields are counted from behind the program's name in its brackets.
    let fields = text.rsplit_once(')').map(|(_, fields)| fields);
    let faults = fields.and_then(|fields| fields.split_whitespace().nth(7));
    Ok(faults.ok_or("no page faults in /proc/self/stat")?.parse()?)
}

fn cpu_model() -> Result<String> {
    let text = fs::read_to_string("/proc/cpuinfo")?;
    let field = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let model = field("model name").ok_or("no CPU model in /proc/cpuinfo")?;
    // The name alone does not tell virtual machines' CPUs apart.
    let number = field("model\t").unwrap_or_default();
    Ok(format!("{model} (model {number})"))
}

fn output(program: &str, argument: &str) -> Result<String> {
    let output = Command::new(program).arg(argument).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
