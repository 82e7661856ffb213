//! Sockets from the service manager: those of a socket unit, and those that a
//! supervisor before us put into its store.

use crate::{exec, listeners::Held, place::Place};
use sd_notify::NotifyState;
use socket2::{SockRef, Type};
use std::{
    env, io,
    os::fd::{AsFd, OwnedFd},
};

/// Of a socket unit.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) place: Place,
    pub(crate) socket: OwnedFd,
}

/// Of the store.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) place: usize,
    /// Where it listens, whatever its place is now.
    pub(crate) address: Place,
    /// None for one that all workers share.
    pub(crate) slot: Option<usize>,
    pub(crate) socket: OwnedFd,
}

/// All that were handed over.
pub(crate) fn take() -> io::Result<(Vec<Given>, Vec<Kept>)> {
    let (mut given, mut kept) = (Vec::new(), Vec::new());
    for (number, name) in sd_notify::listen_fds_with_names()? {
        let socket = exec::take(number)?;
        let options = SockRef::from(&socket);
        if options.r#type()? != Type::STREAM || !options.is_listener()? {
            tracing::warn!(
                name,
                "a descriptor of the service manager is no listening stream"
            );
            continue;
        }
        let address = place_of(&options)?;
        match parse(&name) {
            Some((place, slot)) => kept.push(Kept {
                place,
                address,
                slot,
                socket,
            }),
            None => given.push(Given {
                place: address,
                socket,
            }),
        }
    }
    Ok((given, kept))
}

fn place_of(socket: &SockRef<'_>) -> io::Result<Place> {
    let addr = socket.local_addr()?;
    let path = addr.as_pathname().map(|path| Place::Unix(path.to_owned()));
    Ok(addr
        .as_socket()
        .map(Place::Tcp)
        .or(path)
        .unwrap_or(Place::Given))
}

/// Puts a socket into the store, if there is one.
pub(crate) fn keep(held: &Held, slot: Option<usize>) {
    let name = name(held.place, slot);
    let state = [NotifyState::FdStore, NotifyState::FdName(&name)];
    // Without a store, nothing is kept, and that is all.
    if let Err(error) = sd_notify::notify_with_fds(&state, &[held.socket.as_fd()]) {
        tracing::debug!(%error, "the service manager keeps no sockets");
    }
}

/// Takes it out of the store again: nobody would ever accept from it.
pub(crate) fn discard(kept: &Kept) {
    let name = name(kept.place, kept.slot);
    let state = [NotifyState::FdStoreRemove, NotifyState::FdName(&name)];
    if let Err(error) = sd_notify::notify(&state) {
        tracing::debug!(%error, "the service manager does not listen");
    }
}

/// Whether the sockets may be kept by a service manager. That it has a store is said
/// by systemd 254 and newer alone.
pub(crate) fn may_be_kept() -> bool {
    env::var_os("NOTIFY_SOCKET").is_some()
}

const PREFIX: &str = "buttress-";

fn name(place: usize, slot: Option<usize>) -> String {
    match slot {
        Some(slot) => format!("{PREFIX}{place}-{slot}"),
        None => format!("{PREFIX}{place}-all"),
    }
}

fn parse(name: &str) -> Option<(usize, Option<usize>)> {
    let (place, slot) = name.strip_prefix(PREFIX)?.split_once('-')?;
    let slot = match slot {
        "all" => None,
        number => Some(
            number
                .parse()
                .ok()
                .filter(|slot| *slot < crate::policy::MAX_WORKERS)?,
        ),
    };
    Some((place.parse().ok()?, slot))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_store_are_read_back_and_others_are_not_ours() {
        for slot in [None, Some(0), Some(127)] {
            assert_eq!(parse(&name(3, slot)), Some((3, slot)));
        }
        for other in [
            "http",
            "buttress-",
            "buttress-1",
            "buttress-x-1",
            "buttress-0-128",
        ] {
            assert_eq!(parse(other), None);
        }
    }
}
