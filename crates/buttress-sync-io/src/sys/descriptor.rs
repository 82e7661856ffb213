//! What a descriptor is, asked in a signal handler.

use std::{mem, ptr};

/// What a descriptor stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Descriptor {
    File,
    Directory,
    Socket {
        is_datagram: bool,
    },
    Pipe,
    /// A terminal or another device that may wait.
    Device,
    /// `/dev/null` and its like, which never do.
    Memory,
    /// `eventfd` and its like.
    Anonymous,
}

/// What this descriptor of the process is, and whether it is in non-blocking
/// mode.
pub(crate) fn descriptor(fd: i32) -> Option<(Descriptor, bool)> {
    // SAFETY: a buffer of zeroes for the kernel to fill; both calls take any
    // descriptor.
    let (stat, flags) = unsafe {
        let mut stat: libc::stat = mem::zeroed();
        if libc::fstat(fd, &mut stat) != 0 {
            return None;
        }
        (stat, libc::fcntl(fd, libc::F_GETFL))
    };
    const MEMORY: u32 = 1;
    let what = match stat.st_mode & libc::S_IFMT {
        libc::S_IFREG | libc::S_IFBLK => Descriptor::File,
        libc::S_IFDIR => Descriptor::Directory,
        libc::S_IFSOCK => Descriptor::Socket {
            is_datagram: is_datagram(fd),
        },
        libc::S_IFIFO => Descriptor::Pipe,
        libc::S_IFCHR if libc::major(stat.st_rdev) == MEMORY => Descriptor::Memory,
        libc::S_IFCHR => Descriptor::Device,
        _ => Descriptor::Anonymous,
    };
    Some((what, flags & libc::O_NONBLOCK != 0))
}

fn is_datagram(fd: i32) -> bool {
    let (mut kind, mut len) = (0_i32, mem::size_of::<i32>() as libc::socklen_t);
    // SAFETY: an integer for the kernel to fill, with its length.
    let got = unsafe {
        let kind = ptr::from_mut(&mut kind).cast();
        libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_TYPE, kind, &mut len)
    };
    got == 0 && kind == libc::SOCK_DGRAM
}

/// Writes what `/proc` says a descriptor is into `name`; its length.
pub(crate) fn name_of(fd: i32, name: &mut [u8]) -> usize {
    // Without `format!`, which allocates.
    let mut path = *b"/proc/self/fd/\0\0\0\0\0\0\0\0\0\0\0";
    let (mut digits, mut rest) = ([0_u8; 10], fd.unsigned_abs());
    let mut at = digits.len();
    while at > 0 && (rest > 0 || at == digits.len()) {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let digits = &digits[at..];
    path[14..14 + digits.len()].copy_from_slice(digits);
    // SAFETY: the path ends with a zero, for it has room for ten digits and one;
    // the buffer is written up to its length.
    let len = unsafe { libc::readlink(path.as_ptr().cast(), name.as_mut_ptr().cast(), name.len()) };
    usize::try_from(len).unwrap_or(0)
}
