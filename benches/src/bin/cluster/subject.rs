//! Four workers: of ours, under pm2, or under node's cluster module.

use crate::{
    peers::{Kind, Peer},
    server::{Ours, kill},
};
use buttress_benches::{Result, load, process};
use buttress_cluster::control::Request;
use rustix::process::Signal;
use std::{net::SocketAddr, path::Path};

/// What the columns of the tables are called.
pub(crate) const NAMES: [&str; 3] = ["buttress", "pm2", "node's cluster"];

pub(crate) enum Subject {
    Ours(Ours),
    Peer(Peer),
}

impl Subject {
    /// Each of [`NAMES`]; one at a time, so that none disturbs another.
    pub(crate) fn start(index: usize) -> Result<Self> {
        Ok(match index {
            0 => Self::Ours(Ours::start("cluster")?),
            1 => Self::Peer(Peer::start(Kind::Pm2)?),
            _ => Self::Peer(Peer::start(Kind::Cluster)?),
        })
    }

    pub(crate) fn is_ours(&self) -> bool {
        matches!(self, Self::Ours(_))
    }

    /// Bytes of memory of the process that starts the others.
    pub(crate) fn supervisor_memory(&self) -> Result<u64> {
        match self {
            Self::Ours(ours) => Ok(ours.status()?.memory),
            Self::Peer(peer) => process::resident(peer.supervisor()?),
        }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        match self {
            Self::Ours(ours) => ours.addr,
            Self::Peer(peer) => peer.addr,
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        match self {
            Self::Ours(ours) => ours.folder(),
            Self::Peer(peer) => &peer.folder,
        }
    }

    pub(crate) fn reload(&self) -> Result<()> {
        match self {
            Self::Ours(ours) => ours.ask(&Request::Reload).map(drop),
            Self::Peer(peer) => peer.reload(),
        }
    }

    /// Kills a worker: the one that answers.
    pub(crate) fn kill_one(&self) -> Result<()> {
        kill(pid_of_one(self.addr())?, Signal::KILL)
    }
}

/// The process that answers.
pub(crate) fn pid_of_one(addr: SocketAddr) -> Result<u32> {
    let head = "GET /pid HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let (_, pid) = load::once_head(addr, head)?;
    Ok(String::from_utf8(pid)?.parse()?)
}
