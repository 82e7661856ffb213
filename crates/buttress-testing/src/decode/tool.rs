use std::{
    io::{self, Write},
    process::{Command, Output, Stdio},
    thread,
};

/// The command-line tool that decodes `encoding`, where there is one.
fn tool(encoding: &str) -> Option<&'static str> {
    match encoding {
        "gzip" => Some("gzip"),
        "zstd" => Some("zstd"),
        "br" => Some("brotli"),
        _ => None,
    }
}

/// Whether this machine has a tool for `encoding`.
#[must_use]
pub fn has_tool(encoding: &str) -> bool {
    tool(encoding).is_some_and(|tool| {
        let version = Command::new(tool).arg("--version").output();
        version.is_ok_and(|output| output.status.success())
    })
}

/// Decodes with `gzip`, `zstd` or `brotli` of the command line, or answers
/// `None` where the tool is not installed. A warning counts as an error.
#[must_use]
pub fn decode_with_tool(encoding: &str, input: &[u8]) -> Option<io::Result<Vec<u8>>> {
    let tool = tool(encoding).filter(|_| has_tool(encoding))?;
    Some(run(tool, input).and_then(|output| {
        if output.status.success() {
            return Ok(output.stdout);
        }
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(io::Error::new(io::ErrorKind::InvalidData, text))
    }))
}

fn run(tool: &str, input: &[u8]) -> io::Result<Output> {
    let mut child = Command::new(tool)
        .arg("-dc")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdin = child.stdin.take();
    thread::scope(|scope| {
        // Writing here would block once the tool's output fills its pipe. A
        // tool that gives up early closes its end; its status tells.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output()
    })
}
