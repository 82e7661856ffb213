mod memory;
mod one_shot;
mod pool;
mod stream;

use super::{Encoder, EncoderPool, Spec, Window};
use crate::Encoding;
use async_compression::core::util::{PartialBuffer, WriteBuffer};
use buttress_testing::{alloc::CountingAllocator, corpus, decode};
use proptest::{collection::vec, prelude::*, sample::Index};
use std::fmt;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// A level of each strategy that a codec has.
fn levels(encoding: Encoding) -> &'static [i32] {
    match encoding {
        Encoding::Identity => &[],
        Encoding::Gzip | Encoding::Deflate => &[1, 2, 3, 6, 8, 9],
        Encoding::Br => &[0, 1, 2, 3, 4, 5, 6, 7, 9, 11],
        Encoding::Zstd => &[1, 3, 5, 6, 9, 12, 13, 17],
    }
}

fn encodings() -> impl Iterator<Item = Encoding> {
    Encoding::PREFERENCE.into_iter().filter(|e| e.is_compiled())
}

fn specs() -> Vec<Spec> {
    let spec = |encoding, level, window| Spec {
        encoding,
        level,
        window,
    };
    encodings()
        .flat_map(|e| levels(e).iter().map(move |&level| (e, level)))
        .flat_map(|(e, level)| WINDOWS.map(|w| spec(e, level, w)))
        .filter(|s| s.window != Window::Large || s.encoding == Encoding::Br)
        .collect()
}

const WINDOWS: [Window; 3] = [Window::Small, Window::Full, Window::Large];

/// A piece of input, and whether a flush comes after it.
type Piece = (usize, bool);

/// How a body is cut and what room the output has.
#[derive(Clone)]
struct Plan {
    spec: Index,
    body: Vec<u8>,
    pieces: Vec<Piece>,
    room: usize,
}

impl Plan {
    fn any() -> impl Strategy<Value = Self> {
        let pieces = vec((1..20_000_usize, prop::bool::weighted(0.3)), 1..8);
        let room = prop_oneof![16..64_usize, 1000..20_000_usize];
        (any::<Index>(), body(), pieces, room).prop_map(|(spec, body, pieces, room)| Self {
            spec,
            body,
            pieces,
            room,
        })
    }

    /// `None` in a build without a codec.
    fn spec(&self) -> Option<Spec> {
        let specs = specs();
        (!specs.is_empty()).then(|| *self.spec.get(&specs))
    }

    fn run(&self, encoder: &mut dyn Encoder) -> Vec<u8> {
        let mut output = Vec::new();
        self.feed(encoder, &mut output);
        finish(encoder, self.room, &mut output);
        output
    }

    /// All of the body, without the end.
    fn feed(&self, encoder: &mut dyn Encoder, output: &mut Vec<u8>) {
        let mut rest = &self.body[..];
        for &(len, flush_after) in self.pieces.iter().cycle() {
            let (piece, tail) = rest.split_at(len.min(rest.len()));
            encode(encoder, piece, self.room, output);
            if flush_after {
                flush(encoder, self.room, output);
            }
            rest = tail;
            if rest.is_empty() {
                break;
            }
        }
    }
}

/// Without the body, of which there may be pages.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (spec, len) = (self.spec(), self.body.len());
        let Self { pieces, room, .. } = self;
        write!(f, "{spec:?}, {len} bytes in {pieces:?}, room {room}")
    }
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(Vec::new()),
        vec(any::<u8>(), 1..300),
        vec(0..4_u8, 1..3000),
        (1..1500_usize).prop_map(corpus::json),
        (1..80_000_usize).prop_map(text),
        (1..200_000_usize).prop_map(corpus::zeros),
        (1..80_000_usize, any::<u64>()).prop_map(|(len, seed)| corpus::random(len, seed)),
    ]
}

fn text(len: usize) -> Vec<u8> {
    let mut page = corpus::html(len);
    page.truncate(len);
    page
}

fn encode(encoder: &mut dyn Encoder, input: &[u8], room: usize, output: &mut Vec<u8>) {
    let mut space = vec![0; room];
    let mut input = PartialBuffer::new(input);
    while !input.unwritten().is_empty() {
        let taken = input.written_len();
        let mut target = WriteBuffer::new_initialized(&mut space);
        encoder.encode(&mut input, &mut target).unwrap();
        output.extend_from_slice(target.written());
        assert!(
            input.written_len() > taken || target.written_len() > 0,
            "no progress"
        );
    }
}

fn flush(encoder: &mut dyn Encoder, room: usize, output: &mut Vec<u8>) {
    let mut space = vec![0; room];
    loop {
        let mut target = WriteBuffer::new_initialized(&mut space);
        let done = encoder.flush(&mut target).unwrap();
        output.extend_from_slice(target.written());
        if done {
            break;
        }
        assert!(target.written_len() > 0, "no progress");
    }
}

fn finish(encoder: &mut dyn Encoder, room: usize, output: &mut Vec<u8>) {
    let mut space = vec![0; room];
    loop {
        let mut target = WriteBuffer::new_initialized(&mut space);
        let done = encoder.finish(&mut target).unwrap();
        output.extend_from_slice(target.written());
        if done {
            break;
        }
        assert!(target.written_len() > 0, "no progress");
    }
}

fn decoded(encoding: Encoding, output: &[u8]) -> Vec<u8> {
    decode::decode(encoding.as_str(), output).unwrap()
}
