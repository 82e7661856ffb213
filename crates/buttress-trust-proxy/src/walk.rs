//! From the peer to the client, hop by hop.

use crate::{
    Trust,
    node::{Malformed, Node},
};
use std::net::{IpAddr, SocketAddr};

/// A way longer than this is no way: what is beyond is not looked at.
const LONGEST: usize = 64;

/// Where a walk ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Walk {
    /// The client, unless it is hidden or has no address.
    pub(crate) address: Option<IpAddr>,
    pub(crate) port: Option<u16>,
    /// How many hops were believed, of those that the headers name.
    pub(crate) told: usize,
    /// What most walks have nothing of.
    rare: Option<Box<Rare>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rare {
    /// What a hidden client is called.
    identifier: Option<Box<str>>,
    /// The trusted hops between the peer and the client, the nearest first.
    between: Vec<IpAddr>,
}

/// Goes from the peer, which is trusted, over the `nodes` that the headers name, the
/// nearest first: each was told by the hop before it. Ends at the first that is not
/// trusted, and before what cannot be read: whether it met that is the second answer.
pub(crate) fn walk(
    peer: Option<SocketAddr>,
    trust: &Trust,
    nodes: impl Iterator<Item = Result<Node, Malformed>>,
) -> (Walk, bool) {
    let mut walk = Walk::from_peer(peer);
    for node in nodes.take(LONGEST) {
        let Ok(node) = node else { return (walk, true) };
        if walk.told > 0 {
            let between = walk.address;
            walk.rare().between.extend(between);
        }
        walk.told += 1;
        match node {
            Node::Address(address, port) => (walk.address, walk.port) = (Some(address), port),
            Node::Hidden(name) => {
                (walk.address, walk.port) = (None, None);
                walk.rare().identifier = Some(name);
                break;
            }
        }
        if !trust.is_trusted(walk.address, walk.told) {
            break;
        }
    }
    (walk, false)
}

impl Walk {
    /// One that goes nowhere: the peer is the client.
    pub(crate) fn from_peer(peer: Option<SocketAddr>) -> Self {
        Self {
            address: peer.map(|peer| peer.ip().to_canonical()),
            port: peer.map(|peer| peer.port()),
            ..Self::default()
        }
    }

    /// To a client of which the peer told, and nothing behind it.
    pub(crate) fn to(address: IpAddr) -> Self {
        Self {
            address: Some(address),
            told: 1,
            ..Self::default()
        }
    }

    /// What a hidden client is called.
    pub(crate) fn identifier(&self) -> Option<&str> {
        self.rare.as_ref()?.identifier.as_deref()
    }

    /// The trusted hops between the peer and the client, the nearest first.
    pub(crate) fn between(&self) -> &[IpAddr] {
        self.rare.as_ref().map_or(&[], |rare| &rare.between)
    }

    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }
}
