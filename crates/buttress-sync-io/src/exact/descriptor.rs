//! What kind of thing a descriptor is, and whether it can block.

use crate::{
    Kind,
    sys::{self, Descriptor},
};

/// The kind of a call that reads or writes it; `None` if that does not block.
pub(super) fn kind(fd: u64) -> Option<Kind> {
    let (what, is_non_blocking) = sys::descriptor(fd as i32)?;
    match what {
        // For which O_NONBLOCK means nothing.
        Descriptor::File => Some(Kind::File),
        Descriptor::Directory => Some(Kind::Directory),
        Descriptor::Memory => None,
        _ if is_non_blocking => None,
        what => of(what),
    }
}

/// The same, were it in blocking mode: what waits for it by `poll` waits all the
/// same.
pub(super) fn kind_if_blocking(fd: u64) -> Option<Kind> {
    of(sys::descriptor(fd as i32)?.0)
}

pub(super) fn is_datagram(fd: u64) -> bool {
    let what = sys::descriptor(fd as i32);
    matches!(what, Some((Descriptor::Socket { is_datagram: true }, _)))
}

pub(super) fn is_on_disk(fd: u64) -> bool {
    let what = sys::descriptor(fd as i32);
    matches!(what, Some((Descriptor::File | Descriptor::Directory, _)))
}

fn of(what: Descriptor) -> Option<Kind> {
    match what {
        Descriptor::File => Some(Kind::File),
        Descriptor::Directory => Some(Kind::Directory),
        Descriptor::Socket { .. } => Some(Kind::Network),
        Descriptor::Pipe | Descriptor::Device => Some(Kind::Pipe),
        Descriptor::Anonymous => Some(Kind::Wait),
        Descriptor::Memory => None,
    }
}
