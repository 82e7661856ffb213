//! What clients see of reloads, kills and a broken deploy.

use crate::{
    peers::{Kind, Peer},
    server::{MOOD, Ours, kill},
    storm::{Manner, Storm, Tally},
};
use buttress_benches::{Result, load, table::Table, verdict::Verdicts};
use buttress_cluster::control::Request;
use rustix::process::Signal;
use std::{fs, net::SocketAddr, path::Path};
use tokio::{runtime::Runtime, task};

const CLIENTS: usize = 16;
/// So many answers between two things that happen.
const BETWEEN: usize = 300;

enum Subject {
    Ours(Ours),
    Peer(Peer),
}

impl Subject {
    fn addr(&self) -> SocketAddr {
        match self {
            Self::Ours(ours) => ours.addr,
            Self::Peer(peer) => peer.addr,
        }
    }

    fn folder(&self) -> &Path {
        match self {
            Self::Ours(ours) => ours.folder(),
            Self::Peer(peer) => &peer.folder,
        }
    }

    fn reload(&self) -> Result<()> {
        match self {
            Self::Ours(ours) => ours.ask(&Request::Reload).map(drop),
            Self::Peer(peer) => peer.reload(),
        }
    }

    /// Kills a worker: the one that answers.
    fn kill_one(&self) -> Result<()> {
        let head = "GET /pid HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        let (_, pid) = load::once_head(self.addr(), head)?;
        kill(String::from_utf8(pid)?.parse()?, Signal::KILL)
    }
}

pub(crate) fn table(turns: usize, verdicts: &mut Verdicts) -> Result<Table> {
    let head = [
        "four workers, 16 clients: failed + refused, of answers",
        "buttress",
        "pm2",
        "node's cluster",
    ];
    let mut rows: Vec<Vec<String>> = Vec::new();
    for kind in [None, Some(Kind::Pm2), Some(Kind::Cluster)] {
        let subject = match kind {
            None => Subject::Ours(Ours::start("cluster")?),
            Some(kind) => Subject::Peer(Peer::start(kind)?),
        };
        rows.push(column(
            &subject,
            turns,
            kind.is_none().then_some(&mut *verdicts),
        )?);
    }
    let mut table = Table::new(head);
    let names = [
        format!("{turns} reloads, keep-alive"),
        format!("{turns} reloads, a connection a request"),
        "4 kills of a worker, keep-alive".to_owned(),
        "4 kills of a worker, a connection a request".to_owned(),
        "a new version that never listens, keep-alive".to_owned(),
    ];
    for (index, name) in names.into_iter().enumerate() {
        table.row([
            name,
            rows[0][index].clone(),
            rows[1][index].clone(),
            rows[2][index].clone(),
        ]);
    }
    Ok(table)
}

fn column(subject: &Subject, turns: usize, verdicts: Option<&mut Verdicts>) -> Result<Vec<String>> {
    let reloads = [Manner::KeepAlive, Manner::Single];
    let mut tallies = Vec::new();
    for manner in reloads {
        tallies.push(under(subject.addr(), manner, turns, || subject.reload())?);
    }
    for manner in reloads {
        tallies.push(under(subject.addr(), manner, 4, || subject.kill_one())?);
    }
    fs::write(subject.folder().join(MOOD), "never-listens")?;
    tallies.push(under(subject.addr(), Manner::KeepAlive, 1, || {
        subject.reload()
    })?);
    if let Some(verdicts) = verdicts {
        let failed = |index: usize| (tallies[index].failed.len() + tallies[index].refused) as f64;
        verdicts.at_most("failures in reloads, keep-alive", 0.0, failed(0));
        verdicts.at_most(
            "failures in reloads, a connection a request",
            0.0,
            failed(1),
        );
        let refused = tallies[2].refused + tallies[3].refused;
        verdicts.at_most("refused in eight kills", 0.0, refused as f64);
        // Of 16 clients a quarter is at the worker that is killed; but for chance.
        verdicts.at_most("failures in four kills, keep-alive", 64.0, failed(2));
        verdicts.at_most("failures in a broken deploy", 0.0, failed(4));
    }
    Ok(tallies.iter().map(cell).collect())
}

fn cell(tally: &Tally) -> String {
    format!(
        "{} + {} of {}",
        tally.failed.len(),
        tally.refused,
        tally.answered
    )
}

/// Has something happen again and again under load.
fn under(
    addr: SocketAddr,
    manner: Manner,
    times: usize,
    mut happens: impl FnMut() -> Result<()>,
) -> Result<Tally> {
    Runtime::new()?.block_on(async {
        let storm = Storm::begin(addr, manner, CLIENTS);
        for _ in 0..times {
            storm.goes_on(BETWEEN).await;
            task::block_in_place(&mut happens)?;
        }
        storm.goes_on(BETWEEN).await;
        Ok(storm.end().await)
    })
}
