//! Turning new connections of a TCP listener away.

use std::io;
use tokio::net::TcpListener;

/// Has the kernel drop the first segment of every handshake from now on.
///
/// The program reads the segment from its TCP header on (`tcp_v4_rcv` and
/// `tcp_v6_rcv` of Linux run a listener's filter there). What ends a handshake is
/// no first segment, and passes. Accepted connections inherit the filter, and
/// never see a SYN again.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn turn_away(listener: &TcpListener) -> io::Result<()> {
    use socket2::{SockFilter, SockRef};

    // Of linux/bpf_common.h: what each instruction does.
    const LOAD_BYTE: u16 = 0x30;
    const AND: u16 = 0x54;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    // Of RFC 9293 §3.1: where the flags are, and two of them.
    const FLAGS: u32 = 13;
    const SYN: u32 = 0x02;
    const ACK: u32 = 0x10;
    /// How many bytes of the segment are kept.
    const NONE: u32 = 0;
    const ALL: u32 = u32::MAX;

    SockRef::from(listener).attach_filter(&[
        SockFilter::new(LOAD_BYTE, 0, 0, FLAGS),
        SockFilter::new(AND, 0, 0, SYN | ACK),
        SockFilter::new(JUMP_IF_EQUAL, 0, 1, SYN),
        SockFilter::new(RETURN, 0, 0, NONE),
        SockFilter::new(RETURN, 0, 0, ALL),
    ])
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn turn_away(_: &TcpListener) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
