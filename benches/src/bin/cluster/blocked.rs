//! How long others wait while a handler blocks one of four workers.

use crate::{
    Turns,
    storm::{Manner, Storm},
    subject::{NAMES, Subject},
};
use buttress_benches::{
    Error, Result,
    load::Connection,
    statistics::{median, quantile},
    table::Table,
    verdict::Verdicts,
};
use std::time::Duration;
use tokio::{runtime::Runtime, time::sleep};

const CLIENTS: usize = 8;
/// So many answers before it is.
const BEFORE: usize = 100;
/// How long they ask, while a worker is blocked for two seconds.
const WINDOW: Duration = Duration::from_millis(1500);

pub(crate) fn table(turns: Turns, verdicts: &mut Verdicts) -> Result<Table> {
    let mut columns: Vec<Vec<String>> = Vec::new();
    for index in 0..NAMES.len() {
        let subject = Subject::start(index)?;
        let free = (0..turns.blocks).map(|_| under_block(&subject, false));
        let free = free.collect::<Result<Vec<_>>>()?;
        let blocked = (0..turns.blocks).map(|_| under_block(&subject, true));
        let blocked = blocked.collect::<Result<Vec<_>>>()?;
        let p99 = |turns: &[Seen]| median(&turns.iter().map(|it| it.p99).collect::<Vec<_>>());
        if subject.is_ours() {
            verdicts.at_most("p99 with one worker blocked, ms", 30.0, p99(&blocked));
        }
        let worst = blocked.iter().map(|it| it.worst).fold(0.0, f64::max);
        let failed: usize = blocked.iter().map(|it| it.failed).sum();
        columns.push(vec![
            format!("{:.1} ms", p99(&free)),
            format!("{:.1} ms", p99(&blocked)),
            format!("{worst:.0} ms"),
            failed.to_string(),
        ]);
    }
    let head = "four workers, one blocked for 2 s; 8 clients, a connection a request";
    let mut table = Table::new([head, NAMES[0], NAMES[1], NAMES[2]]);
    let names = [
        "p99, none blocked",
        "p99, one blocked",
        "longest",
        "failed + refused",
    ];
    for (index, name) in names.into_iter().enumerate() {
        let cell = |column: usize| columns[column][index].clone();
        table.row([name.to_owned(), cell(0), cell(1), cell(2)]);
    }
    Ok(table)
}

/// What the clients saw in one window, in milliseconds.
struct Seen {
    p99: f64,
    worst: f64,
    failed: usize,
}

fn under_block(subject: &Subject, is_blocked: bool) -> Result<Seen> {
    let mut blocking = Connection::open(subject.addr())?;
    let tally = Runtime::new()?.block_on(async {
        let storm = Storm::begin(subject.addr(), Manner::Single, CLIENTS);
        // So that it begins among others, some of which the worker may have accepted.
        storm.goes_on(BEFORE).await;
        if is_blocked {
            blocking.write("GET /block HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
        }
        sleep(WINDOW).await;
        Ok::<_, Error>(storm.end().await)
    })?;
    if is_blocked {
        blocking.read_success()?;
    }
    let times: Vec<_> = tally
        .times
        .iter()
        .map(|it| it.as_secs_f64() * 1000.0)
        .collect();
    Ok(Seen {
        p99: quantile(&times, 0.99),
        worst: quantile(&times, 1.0),
        failed: tally.failed.len() + tally.refused,
    })
}
