//! Any bytes as text that stays on its line and does nothing to a terminal.

/// Longer texts are cut, and end with `…`: a line is for reading, and a client must
/// not fill the disk by headers.
pub(super) const LONGEST_TEXT: usize = 8 * 1024;
const CUT: &[u8] = "…".as_bytes();

/// As the inside of a JSON string (RFC 8259 §7). Control characters are escaped, those
/// of the C1 range too, since terminals obey them; what is no UTF-8 becomes U+FFFD.
#[inline]
pub(super) fn json(bytes: &[u8], out: &mut Vec<u8>) {
    // As most texts are.
    if bytes.len() <= LONGEST_TEXT && are_all_plain(bytes) {
        out.extend_from_slice(bytes);
    } else {
        json_with_escapes(bytes, out);
    }
}

#[cold]
fn json_with_escapes(bytes: &[u8], out: &mut Vec<u8>) {
    let (mut rest, is_cut) = cut(bytes);
    loop {
        let plain_len = rest.iter().position(|&byte| !is_plain(byte));
        let (plain, special) = rest.split_at(plain_len.unwrap_or(rest.len()));
        out.extend_from_slice(plain);
        let Some(&first) = special.first() else { break };
        rest = if first.is_ascii() {
            escape_ascii(first, out);
            &special[1..]
        } else {
            let run = special.iter().position(u8::is_ascii);
            let (run, after) = special.split_at(run.unwrap_or(special.len()));
            unicode(run, out);
            after
        };
    }
    if is_cut {
        out.extend_from_slice(CUT);
    }
}

/// As Apache writes what comes from outside: `\xhh` for what is not visible, and
/// quotes and backslashes behind a backslash.
pub(super) fn quoted(bytes: &[u8], out: &mut Vec<u8>) {
    let (bytes, is_cut) = cut(bytes);
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b' '..=b'~' => out.push(byte),
            _ => {
                out.extend_from_slice(b"\\x");
                hex(byte, out);
            }
        }
    }
    if is_cut {
        out.extend_from_slice(b"...");
    }
}

fn cut(bytes: &[u8]) -> (&[u8], bool) {
    match bytes.get(..LONGEST_TEXT) {
        Some(start) if bytes.len() > LONGEST_TEXT => (start, true),
        _ => (bytes, false),
    }
}

/// Whether no byte needs an escape. Eight at a time.
#[inline]
fn are_all_plain(bytes: &[u8]) -> bool {
    match bytes.last_chunk::<8>() {
        // What the words leave over is looked at once more, with what is before it.
        Some(last) => {
            let words = bytes.chunks_exact(8).map(<[u8; 8]>::try_from);
            let mut words = words.map(Result::unwrap_or_default).chain([*last]);
            words.all(|word| are_plain(u64::from_ne_bytes(word)))
        }
        None => bytes.iter().all(|&byte| is_plain(byte)),
    }
}

/// Whether all bytes of a word are plain, and sometimes false although they are.
fn are_plain(word: u64) -> bool {
    const ONES: u64 = u64::MAX / 255;
    const HIGHS: u64 = ONES * 0x80;
    // A byte borrows from the highest bit when it is less than what is subtracted.
    let below = |word: u64, byte: u8| word.wrapping_sub(ONES * u64::from(byte)) & !word;
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let special = word | below(word, b' ') | is(b'"') | is(b'\\') | is(0x7f);
    special & HIGHS == 0
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
}

fn escape_ascii(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        _ => code_point(byte, out),
    }
}

/// A run without ASCII.
fn unicode(run: &[u8], out: &mut Vec<u8>) {
    for chunk in run.utf8_chunks() {
        for char in chunk.valid().chars() {
            match u8::try_from(u32::from(char)) {
                // U+0080 to U+009F: what an 8-bit terminal takes for an escape.
                Ok(control @ 0x80..=0x9f) => code_point(control, out),
                _ => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

fn code_point(byte: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\\u00");
    hex(byte, out);
}

fn hex(byte: u8, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.push(DIGITS[usize::from(byte >> 4)]);
    out.push(DIGITS[usize::from(byte & 15)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn escaped(bytes: &[u8], escape: fn(&[u8], &mut Vec<u8>)) -> String {
        let mut text = Vec::new();
        escape(bytes, &mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn json_escapes_what_a_terminal_obeys() {
        let hostile = b"a\"b\\c\x1b[31m\n\x7f\xc2\x9b31m\xff\xc3\xa4";
        let expected = r#"a\"b\\c\u001b[31m\n\u007f\u009b31m"#.to_owned() + "\u{fffd}ä";
        assert_eq!(escaped(hostile, json), expected);
    }

    #[test]
    fn quoted_text_is_visible_ascii() {
        assert_eq!(escaped(b"a\"\\\x1b\xc3\n", quoted), r#"a\"\\\x1b\xc3\x0a"#);
    }

    #[test]
    fn long_texts_are_cut_and_say_so() {
        assert_eq!(escaped(&[b'x'; LONGEST_TEXT], json).len(), LONGEST_TEXT);
        assert!(escaped(&[b'x'; LONGEST_TEXT + 1], json).ends_with("x…"));
        assert!(escaped(&[b'x'; LONGEST_TEXT + 1], quoted).ends_with("x..."));
    }

    proptest! {
        #[test]
        fn any_bytes_give_one_json_string(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let text = format!("\"{}\"", escaped(&bytes, json));
            let parsed: String = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(parsed, String::from_utf8_lossy(&bytes));
            prop_assert!(!text.chars().any(char::is_control));
        }

        #[test]
        fn any_bytes_give_visible_ascii(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(escaped(&bytes, quoted).bytes().all(|byte| matches!(byte, b' '..=b'~')));
        }
    }
}
