//! Tables for people.

use buttress_cluster::control::Status;

/// Rows of cells under a head, numbers to the right.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].len());
        cells.chain([head[column].len()]).max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..head.len()).map(width).collect();
    let head: Vec<_> = head.iter().map(|cell| (*cell).to_owned()).collect();
    for row in std::iter::once(&head).chain(rows) {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:>width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text.pop();
    text
}

/// What `buttress list` shows.
pub(crate) fn list(status: &Status) -> String {
    let row = |worker: &buttress_cluster::control::WorkerStatus| {
        vec![
            worker.slot.to_string(),
            worker.pid.to_string(),
            worker.generation.to_string(),
            worker.state.clone(),
            time(worker.uptime_ms),
            worker.restarts.to_string(),
            bytes(worker.memory),
            worker.requests.to_string(),
            worker.in_flight.to_string(),
            millis(worker.p99_ms),
        ]
    };
    let rows: Vec<_> = status.workers.iter().map(row).collect();
    let head = [
        "worker",
        "pid",
        "gen",
        "state",
        "uptime",
        "restarts",
        "memory",
        "requests",
        "in flight",
        "p99",
    ];
    format!("{}\n{}", summary(status), table(&head, &rows))
}

pub(crate) fn summary(status: &Status) -> String {
    let doing = match (status.is_stopping, status.is_reloading) {
        (true, _) => ", stopping",
        (_, true) => ", reloading",
        _ => "",
    };
    let (listening, memory) = (status.listening.join(", "), bytes(status.memory));
    let workers = if status.wanted == 1 {
        "worker"
    } else {
        "workers"
    };
    format!(
        "{} on {listening}: {} {workers}{doing}; supervisor {}, {memory}",
        status.program, status.wanted, status.pid
    )
}

pub(crate) fn millis(time: Option<f64>) -> String {
    time.map_or("-".to_owned(), |time| format!("{time:.1} ms"))
}

pub(crate) fn bytes(bytes: u64) -> String {
    let mib = bytes as f64 / (1 << 20) as f64;
    format!("{mib:.1} MiB")
}

fn time(millis: u64) -> String {
    let seconds = millis / 1000;
    match seconds {
        0..60 => format!("{}.{} s", seconds, millis % 1000 / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [
            vec!["1".to_owned(), "abc".to_owned()],
            vec!["10".to_owned(), String::new()],
        ];
        assert_eq!(table(&["n", "x"], &rows), " n    x\n 1  abc\n10");
    }

    #[test]
    fn times_are_short() {
        assert_eq!(
            [time(1234), time(61_000), time(3_700_000), time(90_000_000)],
            ["1.2 s", "1 min 1 s", "1 h 1 min", "1 d 1 h"]
        );
    }
}
