//! Random lengths against BREACH.

use crate::Encoding;
use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// The `FCOMMENT` bit of a gzip header's flags (RFC 1952 §2.3.1).
const FCOMMENT: u8 = 1 << 4;
const FLAGS: usize = 3;
const GZIP_HEADER: usize = 10;
/// The first of the magic numbers of skippable frames (RFC 8878 §3.1.2).
const SKIPPABLE: [u8; 4] = 0x184D_2A50_u32.to_le_bytes();

/// Where padding lengths come from.
#[derive(Clone, Debug)]
pub(crate) struct Paddings {
    max: u64,
    /// SipHash under a random key, over a counter: not to be foretold from the
    /// lengths that were seen.
    random: RandomState,
    counter: Arc<AtomicU64>,
}

impl Paddings {
    /// The codings whose format has room for padding.
    pub(crate) const ENCODINGS: [Encoding; 2] = [Encoding::Gzip, Encoding::Zstd];

    pub(crate) fn new(max: u16) -> Self {
        Self {
            max: u64::from(max),
            random: RandomState::new(),
            counter: Arc::default(),
        }
    }

    /// Padding for the next response in `encoding`.
    pub(crate) fn next(&self, encoding: Encoding) -> Padding {
        let random = self.random.hash_one(self.counter.fetch_add(1, Relaxed));
        // At most `max`, which is a u16.
        let length = (random % (self.max + 1)) as usize;
        match encoding {
            Encoding::Gzip => Padding::GzipComment(length),
            Encoding::Zstd => Padding::ZstdFrame(length),
            _ => Padding::None,
        }
    }
}

/// Bytes without meaning for one response.
#[derive(Debug)]
pub(crate) enum Padding {
    /// Still to be spliced into the header that the encoder writes first.
    GzipComment(usize),
    /// Behind the data: there are decoders that take the end of the first frame
    /// for the end of the body.
    ZstdFrame(usize),
    None,
}

impl Padding {
    /// Pads a complete encoded body.
    pub(crate) fn pad(mut self, body: &[u8]) -> Vec<u8> {
        let mut padded = Vec::with_capacity(body.len() + 64);
        let rest = self.splice_header(body, &mut padded);
        padded.extend_from_slice(rest);
        self.append_to(&mut padded);
        padded
    }

    /// Writes gzip's header with the comment, when `written` starts with it,
    /// and answers what is left of `written`.
    pub(crate) fn splice_header<'a>(&mut self, written: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        let Self::GzipComment(length) = *self else {
            return written;
        };
        if written.is_empty() {
            return written;
        }
        // An encoder writes its header first and whole. If ever it did not,
        // what follows would be no header: better no padding than a broken body.
        *self = Self::None;
        let Some((header, rest)) = written.split_at_checked(GZIP_HEADER) else {
            return written;
        };
        let flags = out.len() + FLAGS;
        out.extend_from_slice(header);
        out[flags] |= FCOMMENT;
        out.resize(out.len() + length, b'.');
        out.push(0);
        rest
    }

    /// Writes zstd's skippable frame.
    pub(crate) fn append_to(self, out: &mut Vec<u8>) {
        let Self::ZstdFrame(length) = self else {
            return;
        };
        out.extend_from_slice(&SKIPPABLE);
        // The length is at most a u16's.
        out.extend_from_slice(&(length as u32).to_le_bytes());
        out.resize(out.len() + length, 0);
    }
}
