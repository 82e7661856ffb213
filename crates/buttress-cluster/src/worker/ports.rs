//! Who listens at a port: while two versions of a program run, that somebody answers
//! there says nothing of the new one.

use rustix::process::getpgrp;
use std::{
    collections::HashSet,
    fs,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

/// A port, as it was before a program was started.
#[derive(Debug)]
pub(super) struct Port {
    number: u16,
    was_taken: bool,
    looked: Instant,
}

/// How long a program has for listening by itself at a port that was free. Then another
/// who listens there may be a daemon that it asked to.
const GRACE: Duration = Duration::from_secs(1);

impl Port {
    pub(super) fn look(addr: SocketAddr) -> Self {
        let number = addr.port();
        let was_taken = !listening(number).is_empty();
        Self {
            number,
            was_taken,
            looked: Instant::now(),
        }
    }

    /// Whether one of our process group listens there: the program, or a child of its.
    /// Where that cannot be found out, it is believed.
    pub(super) fn is_ours(&self) -> bool {
        if !self.was_taken && self.looked.elapsed() >= GRACE {
            return true;
        }
        let listening = listening(self.number);
        let group = getpgrp().as_raw_nonzero().get();
        let mut is_known = !listening.is_empty();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let process = entry.path();
            if group_of(&process) != Some(group) {
                continue;
            }
            match sockets(&process) {
                Some(sockets) if sockets.is_disjoint(&listening) => {}
                Some(_) => return true,
                // Unless it has just ended, with all that it had.
                None => is_known &= group_of(&process) != Some(group),
            }
        }
        !is_known
    }
}

/// The inodes of sockets that listen at a port, of whatever address.
fn listening(port: u16) -> HashSet<u64> {
    const LISTEN: &str = "0A";
    let mut inodes = HashSet::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = fs::read_to_string(table).unwrap_or_default();
        inodes.extend(text.lines().filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let (_, number) = words.nth(1)?.rsplit_once(':')?;
            let is_it = u16::from_str_radix(number, 16) == Ok(port);
            let is_it = is_it && words.nth(1)? == LISTEN;
            // Queues, timers, and who owns it, are between.
            words.nth(5).filter(|_| is_it)?.parse::<u64>().ok()
        }));
    }
    inodes
}

/// The group of a process that has not ended.
fn group_of(process: &Path) -> Option<i32> {
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    // Behind the name, which may have anything in it: state, parent, group.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut words = rest.split_ascii_whitespace();
    let state = words.next()?;
    let group = words.nth(1).filter(|_| !matches!(state, "Z" | "X"))?;
    group.parse().ok()
}

/// The inodes of a process' sockets; `None` if they may not be seen.
fn sockets(process: &Path) -> Option<HashSet<u64>> {
    let links = fs::read_dir(process.join("fd")).ok()?.flatten();
    let inode = |link: fs::DirEntry| {
        let target = fs::read_link(link.path()).ok()?;
        let text = target.to_str()?.strip_prefix("socket:[")?;
        text.strip_suffix(']')?.parse::<u64>().ok()
    };
    Some(links.filter_map(inode).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_port_is_ours_when_we_listen_there() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        assert!(Port::look(addr).is_ours());
        let inodes = listening(addr.port());
        assert_eq!(inodes.len(), 1);
        assert!(
            !sockets(Path::new("/proc/self"))
                .unwrap()
                .is_disjoint(&inodes)
        );
        drop(listener);
        assert!(listening(addr.port()).is_empty());
    }
}
