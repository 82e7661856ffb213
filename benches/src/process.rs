//! Servers as processes of their own, and what they take as Linux counts it.

use crate::Result;
use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    net::SocketAddr,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

/// A process with all that it starts; killed when dropped, and also when the
/// bench ends without dropping anything.
#[derive(Debug)]
pub struct Process {
    child: Child,
    watchdog: Child,
}

impl Process {
    /// Starts it, in a process group of its own.
    pub fn start(command: &mut Command) -> Result<Self> {
        let child = command.process_group(0).spawn();
        let mut child = child.map_err(|error| format!("{command:?}: {error}"))?;
        match watchdog(child.id()) {
            Ok(watchdog) => Ok(Self { child, watchdog }),
            Err(error) => {
                let _ = child.kill();
                Err(error.into())
            }
        }
    }

    /// Starts a server that prints its address, alone or at the end of a line.
    ///
    /// Whatever it prints then is read and thrown away, as by one who collects logs.
    pub fn serve(command: &mut Command) -> Result<(Self, SocketAddr)> {
        let mut process = Self::start(command.stdin(Stdio::null()).stdout(Stdio::piped()))?;
        let stdout = process.child.stdout.take().ok_or("no stdout")?;
        let mut stdout = BufReader::new(stdout);
        let addr = loop {
            let mut line = String::new();
            if stdout.read_line(&mut line)? == 0 {
                return Err(format!("{command:?} ended without an address").into());
            }
            let word = line.split_whitespace().last().unwrap_or_default();
            if let Ok(addr) = word.trim_start_matches("http://").parse() {
                break addr;
            }
        };
        thread::spawn(move || io::copy(&mut stdout, &mut io::sink()));
        Ok((process, addr))
    }

    /// Nanoseconds that its threads have computed, those of its children included.
    pub fn cpu(&self) -> Result<u64> {
        let mut spent = 0;
        for pid in self.members()? {
            spent += cpu_of(pid)?;
        }
        Ok(spent)
    }

    /// Bytes of memory that are resident, in it and its children.
    pub fn resident(&self) -> Result<u64> {
        let mut bytes = 0;
        for pid in self.members()? {
            // Who ends just now has none.
            bytes += resident(pid).unwrap_or_default();
        }
        Ok(bytes)
    }

    /// All processes of the group.
    fn members(&self) -> Result<Vec<u32>> {
        let leader = self.child.id();
        let mut members = Vec::new();
        for entry in fs::read_dir("/proc")?.flatten() {
            let name = entry.file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            if group_of(&entry.path()) == Some(leader) {
                members.push(pid);
            }
        }
        Ok(members)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // First, so that it cannot hit others under the same number.
        let _ = self.watchdog.kill();
        let _ = self.watchdog.wait();
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

/// A shell that waits for the end of our process, which closes its input.
fn watchdog(leader: u32) -> io::Result<Child> {
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"read -r _; kill -s KILL -- "-$1""#, "sh"]);
    // Not of our group, so that Ctrl-C leaves it to its work.
    shell.arg(leader.to_string()).process_group(0);
    shell.stdin(Stdio::piped()).stderr(Stdio::null()).spawn()
}

/// Bytes of memory of one process that are resident.
pub fn resident(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let line = line.ok_or("no VmRSS in /proc")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

/// The time that its threads were on a CPU, in user and kernel mode. What
/// `/proc/PID/stat` has is the same, in hundredths of a second.
fn cpu_of(pid: u32) -> Result<u64> {
    let mut spent = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))?.flatten() {
        let Ok(text) = fs::read_to_string(thread.path().join("schedstat")) else {
            // It has ended since.
            continue;
        };
        let first = text.split(' ').next().unwrap_or_default();
        spent += first.parse::<u64>()?;
    }
    Ok(spent)
}

fn group_of(process: &Path) -> Option<u32> {
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    // Counted from behind the program's name in its brackets.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(2)?.parse().ok()
}

/// A file for a server, in a folder that is made if need be.
pub fn place(folder: &Path, name: &str, text: &str) -> Result<String> {
    fs::create_dir_all(folder)?;
    let path = folder.join(name);
    fs::File::create(&path)?.write_all(text.as_bytes())?;
    Ok(path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_count_and_end_with_it() {
        let mut command = Command::new("sh");
        // The child of the shell computes; the shell waits.
        let script = "(i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; sleep 60) & \
                      echo 127.0.0.1:9; wait";
        let (process, addr) = Process::serve(command.args(["-c", script])).expect("sh starts");
        assert_eq!(addr.port(), 9);
        let members = process.members().expect("/proc is readable");
        assert!(members.len() >= 2, "{members:?}");
        while process.cpu().expect("/proc is readable") < 10_000_000 {
            thread::yield_now();
        }
        assert!(process.resident().expect("/proc is readable") > 0);
        drop(process);
        for pid in members {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat"));
            assert!(stat.is_err() || stat.is_ok_and(|stat| stat.contains(") Z ")));
        }
    }
}
