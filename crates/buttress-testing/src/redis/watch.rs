use super::resp::{Connection, Reply};
use std::net::SocketAddr;

/// The commands that clients send to a [`Redis`](super::Redis), as its MONITOR
/// shows them: a script counts once, and what it calls does not.
#[derive(Debug)]
pub struct Watch {
    monitor: Connection,
    /// Another connection, which says how far to read.
    marks: Connection,
    mark: u32,
}

impl Watch {
    pub(super) fn start(addr: SocketAddr) -> Self {
        let open = || Connection::open(addr).expect("redis-server takes connections");
        let (mut monitor, marks) = (open(), open());
        let reply = monitor.call(&["MONITOR"]).expect("redis-server answers");
        assert_eq!(reply, Reply::Bytes(b"OK".to_vec()));
        let mark = 0;
        Self {
            monitor,
            marks,
            mark,
        }
    }

    /// The names, in lower case, of the commands that came since the start or
    /// the last call, in their order.
    ///
    /// # Panics
    ///
    /// If nobody answers.
    pub fn names(&mut self) -> Vec<String> {
        let name = |line: String| {
            let word = line.split('"').nth(1).unwrap_or_default();
            word.to_lowercase()
        };
        self.lines().into_iter().map(name).collect()
    }

    /// As [`names`](Self::names), with the arguments: each a text like
    /// `"GET" "key"`.
    ///
    /// # Panics
    ///
    /// If nobody answers.
    pub fn lines(&mut self) -> Vec<String> {
        self.mark += 1;
        let mark = format!("watch-{}", self.mark);
        let sent = self.marks.call(&["ECHO", &mark]);
        sent.expect("redis-server answers");
        let end = format!("\"ECHO\" \"{mark}\"");
        let mut lines = Vec::new();
        loop {
            let line = self.next();
            if line.ends_with(&end) {
                return lines;
            }
            lines.extend(of_a_client(&line));
        }
    }

    fn next(&mut self) -> String {
        self.monitor.reply().expect("redis-server answers").text()
    }
}

/// What follows the source in `1700000000.000000 [0 127.0.0.1:1234] "GET" "key"`,
/// or `None` where a script is the source.
fn of_a_client(line: &str) -> Option<String> {
    let (source, command) = line.split_once("] ")?;
    (!source.ends_with(" lua")).then(|| command.to_owned())
}
