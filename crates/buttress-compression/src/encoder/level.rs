//! The levels of each coding. The figures are in BENCHMARKS.md.

use crate::Encoding;

/// The level that suits dynamic responses.
pub(crate) const fn default_level(encoding: Encoding) -> i32 {
    match encoding {
        Encoding::Identity => 0,
        Encoding::Gzip | Encoding::Deflate => 6,
        // At 4 the output is about as long as gzip's and takes more time than
        // it; 5 is where brotli begins to model context and earns its keep.
        Encoding::Br => 5,
        Encoding::Zstd => 3,
    }
}

/// The lowest level that still pays.
pub(crate) const fn fast_level(encoding: Encoding) -> i32 {
    match encoding {
        Encoding::Identity => 0,
        // At 1 zlib-rs uses fixed Huffman codes, which makes the output of a
        // stream half as long again; 2 makes it an eighth longer.
        Encoding::Gzip | Encoding::Deflate => 2,
        // 3 and 4 take longer than 2 and save next to nothing.
        Encoding::Br => 2,
        Encoding::Zstd => 1,
    }
}

/// The nearest level that `encoding` has.
pub(crate) const fn clamp_level(encoding: Encoding, level: i32) -> i32 {
    let (lowest, highest) = match encoding {
        Encoding::Identity => (0, 0),
        // 0 would store: who wants no compression does not ask for gzip.
        Encoding::Gzip | Encoding::Deflate => (1, 9),
        Encoding::Br => (0, 11),
        // zstd takes 0 for its default and has negative levels, faster than 1
        // and with an output far longer than anybody wants to send.
        Encoding::Zstd => (1, 22),
    };
    if level < lowest {
        lowest
    } else if level > highest {
        highest
    } else {
        level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_out_of_range_move_to_the_nearest_end() {
        for (encoding, lowest, highest) in [
            (Encoding::Gzip, 1, 9),
            (Encoding::Deflate, 1, 9),
            (Encoding::Br, 0, 11),
            (Encoding::Zstd, 1, 22),
        ] {
            assert_eq!(clamp_level(encoding, i32::MIN), lowest);
            assert_eq!(clamp_level(encoding, i32::MAX), highest);
            assert_eq!(clamp_level(encoding, 4), 4);
            for level in [default_level(encoding), fast_level(encoding)] {
                assert_eq!(clamp_level(encoding, level), level);
            }
            assert!(fast_level(encoding) < default_level(encoding));
        }
    }
}
