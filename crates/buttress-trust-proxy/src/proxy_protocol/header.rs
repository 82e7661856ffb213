//! Bytes until the end of a header, and what it says.

use super::Said;
use ppp::{v1, v2};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};

/// The bytes before which the length of a header of version 2 is not known.
const FIXED: usize = v2::PROTOCOL_PREFIX.len() + 4;
const V1_PREFIX: &[u8] = b"PROXY ";
const V1_LONGEST: usize = 107;

/// Collects a header.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) bytes: Vec<u8>,
    pub(super) is_optional: bool,
    pub(super) longest: usize,
    pub(super) timeout: Duration,
    pub(super) said: Arc<Said>,
}

/// How far it is.
enum Progress {
    /// So many bytes more may be read.
    Wants(usize),
    /// It has so many bytes; what follows belongs to the stream.
    Ends(usize),
    /// What stands there is no header.
    None,
}

impl Reader {
    /// How many bytes to read next, or `None` if all is read: then `bytes` holds what
    /// belongs to the stream.
    pub(super) fn next(&mut self) -> io::Result<Option<usize>> {
        match self.progress()? {
            Progress::Wants(more) => return Ok(Some(more)),
            Progress::Ends(length) => {
                let client = client(&self.bytes[..length])?;
                // Nobody else sets it.
                let _ = self.said.set(client);
                self.bytes.drain(..length);
            }
            Progress::None if self.is_optional => {}
            Progress::None => return Err(bad("a trusted peer sent no PROXY header")),
        }
        Ok(None)
    }

    fn progress(&self) -> io::Result<Progress> {
        let bytes = &self.bytes[..];
        if starts_alike(bytes, v2::PROTOCOL_PREFIX) {
            self.progress_of_v2()
        } else if !starts_alike(bytes, V1_PREFIX) {
            Ok(Progress::None)
        } else if let Some(end) = bytes.windows(2).position(|it| it == b"\r\n") {
            Ok(Progress::Ends(end + 2))
        } else {
            wants(V1_LONGEST.checked_sub(bytes.len()))
        }
    }

    fn progress_of_v2(&self) -> io::Result<Progress> {
        let bytes = &self.bytes[..];
        let Some(length) = bytes.get(FIXED - 2..FIXED) else {
            return Ok(Progress::Wants(FIXED - bytes.len()));
        };
        let whole = FIXED + usize::from(u16::from_be_bytes([length[0], length[1]]));
        if whole > self.longest {
            return wants(None);
        }
        Ok(match whole.saturating_sub(bytes.len()) {
            0 => Progress::Ends(whole),
            more => Progress::Wants(more),
        })
    }
}

/// Nothing more is wanted of a header that is longer than it may be.
fn wants(more: Option<usize>) -> io::Result<Progress> {
    let more = more.filter(|&more| more > 0);
    more.map(Progress::Wants)
        .ok_or_else(|| bad("a PROXY header is too long"))
}

/// Whether one of them begins with the other.
fn starts_alike(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes.iter().zip(prefix).all(|(a, b)| a == b)
}

/// The client of a header that is whole; `None` if it speaks of no other than the peer.
fn client(bytes: &[u8]) -> io::Result<Option<SocketAddr>> {
    if bytes.starts_with(V1_PREFIX) {
        let header = v1::Header::try_from(bytes).map_err(|_| malformed())?;
        return Ok(match header.addresses {
            v1::Addresses::Tcp4(ip) => Some((ip.source_address, ip.source_port).into()),
            v1::Addresses::Tcp6(ip) => Some((ip.source_address, ip.source_port).into()),
            v1::Addresses::Unknown => None,
        });
    }
    let header = v2::Header::try_from(bytes).map_err(|_| malformed())?;
    if header.command == v2::Command::Local {
        return Ok(None);
    }
    Ok(match header.addresses {
        v2::Addresses::IPv4(ip) => Some((ip.source_address, ip.source_port).into()),
        v2::Addresses::IPv6(ip) => Some((ip.source_address, ip.source_port).into()),
        v2::Addresses::Unspecified | v2::Addresses::Unix(_) => None,
    })
}

pub(super) fn malformed() -> io::Error {
    bad("a PROXY header is malformed")
}

fn bad(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
