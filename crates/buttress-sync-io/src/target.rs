//! What a call is about, in words for a report. Reads `/proc`: not for workers.

use crate::{Kind, calls, sys};
use std::{fs, net::Ipv4Addr, net::Ipv6Addr};

/// By the arguments of a call that another thread is making.
pub(crate) fn of_call(number: u64, arguments: &[u64; 6]) -> Option<String> {
    if let Some(path) = calls::path(number, arguments) {
        return text_at(path);
    }
    let descriptor = calls::descriptor(number, arguments)?;
    let link = fs::read_link(format!("/proc/self/fd/{}", descriptor as i32)).ok()?;
    Some(in_words(&link.to_string_lossy()))
}

/// A link of `/proc/self/fd`, in words: a socket by whom it is connected to.
pub(crate) fn in_words(link: &str) -> String {
    let inode = link
        .strip_prefix("socket:[")
        .and_then(|rest| rest.strip_suffix(']'));
    let Some(inode) = inode else {
        return link.to_owned();
    };
    ["tcp", "tcp6", "udp", "udp6"]
        .into_iter()
        .find_map(|table| peer(table, inode))
        .unwrap_or_else(|| link.to_owned())
}

/// The kind of what has such a name.
pub(crate) fn kind(target: &str) -> Option<Kind> {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| target.starts_with(prefix));
    if starts(&["socket:", "tcp ", "tcp6 ", "udp ", "udp6 "]) {
        return Some(Kind::Network);
    }
    if starts(&["pipe:", "/dev/pts/", "/dev/tty"]) {
        return Some(Kind::Pipe);
    }
    None
}

/// A path in the memory of this process, up to its zero.
fn text_at(address: u64) -> Option<String> {
    let mut bytes = [0; 256];
    // As far as its page goes: the next one may not be there.
    let room = (4096 - address % 4096).min(256) as usize;
    let read = sys::read_memory(address, &mut bytes[..room]);
    let text = bytes[..read].split(|&byte| byte == 0).next()?;
    (!text.is_empty()).then(|| String::from_utf8_lossy(text).into_owned())
}

/// Looks a socket up in one of the kernel's tables.
fn peer(table: &str, inode: &str) -> Option<String> {
    let lines = fs::read_to_string(format!("/proc/self/net/{table}")).ok()?;
    lines.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        if fields.get(9) != Some(&inode) {
            return None;
        }
        // Where it is bound, if it is not connected.
        let [local, remote] = [address(fields.get(1)?)?, address(fields.get(2)?)?];
        let peer = if remote.ends_with(":0") {
            local
        } else {
            remote
        };
        Some(format!("{table} {peer}"))
    })
}

/// `0100007F:1F90`, as it stands there: words in the order of this machine.
pub(crate) fn address(field: &str) -> Option<String> {
    let (address, port) = field.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| u32::from_str_radix(address.get(at..at + 8)?, 16).ok();
    if address.len() == 8 {
        let address = Ipv4Addr::from(word(0)?.to_ne_bytes());
        return Some(format!("{address}:{port}"));
    }
    let mut bytes = [0; 16];
    for (index, chunk) in bytes.chunks_exact_mut(4).enumerate() {
        chunk.copy_from_slice(&word(8 * index)?.to_ne_bytes());
    }
    Some(format!("[{}]:{port}", Ipv6Addr::from(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_of_the_kernels_tables_is_understood() {
        assert_eq!(address("0100007F:1F90").as_deref(), Some("127.0.0.1:8080"));
        let six = address("00000000000000000000000001000000:0050");
        assert_eq!(six.as_deref(), Some("[::1]:80"));
    }

    proptest! {
        #[test]
        fn no_field_panics(field in ".*", hex in "[0-9A-F]{0,40}:[0-9A-F]{0,6}") {
            address(&field);
            address(&hex);
        }
    }
}
