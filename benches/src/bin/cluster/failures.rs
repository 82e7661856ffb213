//! What clients see of reloads, kills and a broken deploy.

use crate::{
    Turns,
    server::MOOD,
    storm::{Manner, Storm, Tally},
    subject::{NAMES, Subject},
};
use buttress_benches::{Result, table::Table, verdict::Verdicts};
use std::{fs, time::Duration};
use tokio::{runtime::Runtime, task, time::sleep};

const CLIENTS: usize = 16;
/// So many answers between two things that happen.
const BETWEEN: usize = 300;
/// Longer than any of them needs to replace a worker, so that each kill meets four.
const REPLACED: Duration = Duration::from_millis(1500);

pub(crate) fn table(turns: Turns, verdicts: &mut Verdicts) -> Result<Table> {
    let (reloads, kills) = (turns.reloads, turns.deaths);
    let mut columns: Vec<Vec<String>> = Vec::new();
    for index in 0..NAMES.len() {
        let subject = Subject::start(index)?;
        let tallies = tallies(&subject, turns)?;
        if subject.is_ours() {
            judge(&tallies, kills, verdicts);
        }
        columns.push(tallies.iter().map(cell).collect());
    }
    let head = "four workers, 16 clients: failed + refused, of answers";
    let mut table = Table::new([head, NAMES[0], NAMES[1], NAMES[2]]);
    let names = [
        format!("{reloads} reloads, keep-alive"),
        format!("{reloads} reloads, a connection a request"),
        format!("{kills} kills of a worker, keep-alive"),
        format!("{kills} kills of a worker, a connection a request"),
        "a new version that never listens, keep-alive".to_owned(),
    ];
    for (index, name) in names.into_iter().enumerate() {
        let cell = |column: usize| columns[column][index].clone();
        table.row([name, cell(0), cell(1), cell(2)]);
    }
    Ok(table)
}

fn tallies(subject: &Subject, turns: Turns) -> Result<Vec<Tally>> {
    let manners = [Manner::KeepAlive, Manner::Single];
    let mut tallies = Vec::new();
    for manner in manners {
        tallies.push(under(
            subject,
            manner,
            turns.reloads,
            Duration::ZERO,
            || subject.reload(),
        )?);
    }
    for manner in manners {
        tallies.push(under(subject, manner, turns.deaths, REPLACED, || {
            subject.kill_one()
        })?);
    }
    fs::write(subject.folder().join(MOOD), "never-listens")?;
    tallies.push(under(
        subject,
        Manner::KeepAlive,
        1,
        turns.aftermath,
        || subject.reload(),
    )?);
    Ok(tallies)
}

fn judge(tallies: &[Tally], kills: usize, verdicts: &mut Verdicts) {
    let failed = |index: usize| (tallies[index].failed.len() + tallies[index].refused) as f64;
    verdicts.at_most("failures in reloads, keep-alive", 0.0, failed(0));
    let figure = "failures in reloads, a connection a request";
    verdicts.at_most(figure, 0.0, failed(1));
    let refused = tallies[2].refused + tallies[3].refused;
    verdicts.at_most("refused in kills", 0.0, refused as f64);
    // A client loses at most what the worker had accepted of it: one a kill.
    let figure = "failures in kills, keep-alive";
    verdicts.at_most(figure, (CLIENTS * kills) as f64, failed(2));
    verdicts.at_most("failures in a broken deploy", 0.0, failed(4));
}

fn cell(tally: &Tally) -> String {
    format!(
        "{} + {} of {}",
        tally.failed.len(),
        tally.refused,
        tally.answered
    )
}

/// Has something happen again and again under load, each time with a pause after it.
fn under(
    subject: &Subject,
    manner: Manner,
    times: usize,
    pause: Duration,
    mut happens: impl FnMut() -> Result<()>,
) -> Result<Tally> {
    Runtime::new()?.block_on(async {
        let storm = Storm::begin(subject.addr(), manner, CLIENTS);
        for _ in 0..times {
            storm.goes_on(BETWEEN).await;
            task::block_in_place(&mut happens)?;
            sleep(pause).await;
        }
        if pause.is_zero() {
            storm.goes_on(BETWEEN).await;
        }
        Ok(storm.end().await)
    })
}
