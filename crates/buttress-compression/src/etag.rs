//! Entity tags of encoded representations (RFC 9110 §8.8.3): a strong tag
//! names exact bytes, so the tag of the identity form must not stand on the
//! encoded one.

use crate::Encoding;
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{ETAG, Entry, IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE},
};
use std::borrow::Cow;

/// What becomes of a strong `ETag` on a response that is encoded.
///
/// Or would be, by its head: answers to `HEAD`, and those whose body turned out
/// too small or did not shrink have the same tag, since the client must not see
/// it change with what only the body decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EtagPolicy {
    /// `"abc"` becomes `W/"abc"`, on a 304 too, and that is what clients send
    /// back: handlers must compare weakly in `If-None-Match`, as RFC 9110 §13.1.2
    /// asks. For handlers that compare as text use [`Suffix`](Self::Suffix).
    /// What is lost is `If-Match`, which never matches a weak tag (§13.1.1).
    #[default]
    Weaken,
    /// `"abc"` becomes `"abc-gzip"`, and the suffix is taken off again in
    /// requests: from `If-None-Match` where it names the coding that this
    /// request negotiates, and from `If-Match` always; a 304 has it where the
    /// client named the suffixed tag. A `Range` whose
    /// `If-Range` has such a tag is dropped, since parts of an encoded
    /// representation are not served. Handlers must not end their own tags in
    /// `-gzip`, `-br`, `-zstd` or `-deflate`.
    Suffix,
    /// The field is removed.
    Remove,
    /// The field is left alone, although that breaks RFC 9110: for clients
    /// that compare tags as text.
    Keep,
}

impl EtagPolicy {
    /// Rewrites the tag of a response that `encoding` is, or for `HEAD` would
    /// be, applied to.
    pub(crate) fn rewrite_response(self, headers: &mut HeaderMap, encoding: Encoding) {
        let mut tags = headers.get_all(ETAG).iter();
        let Some(tag) = tags.next() else {
            return;
        };
        // Which of several is meant, nobody can tell.
        let is_malformed = tags.next().is_some();
        let rewritten = match self {
            Self::Keep => return,
            Self::Remove => None,
            _ if is_malformed => None,
            _ if is_weak(tag.as_bytes()) => return,
            Self::Weaken => concat(&[b"W/", quoted(tag.as_bytes())]),
            Self::Suffix => suffixed(quoted(tag.as_bytes()), encoding),
        };
        match rewritten {
            Some(tag) => headers.insert(ETAG, tag),
            None => headers.remove(ETAG),
        };
    }

    /// Takes our suffixes off the preconditions of a request; answers what
    /// `If-None-Match` named in the form that this request negotiates.
    pub(crate) fn rewrite_request(self, headers: &mut HeaderMap, encoding: Encoding) -> HeldForms {
        let mut held = HeldForms::default();
        if self != Self::Suffix {
            return held;
        }
        rewrite_lines(headers, &IF_MATCH, strip_any_suffix);
        if headers
            .get(IF_RANGE)
            .is_some_and(|tag| strip_any_suffix(tag.as_bytes()).is_some())
        {
            headers.remove(IF_RANGE);
            headers.remove(RANGE);
        }
        if encoding != Encoding::Identity {
            rewrite_lines(headers, &IF_NONE_MATCH, |tag| {
                let stripped = strip_suffix(tag, encoding)?;
                held.tags.push(stripped.clone());
                Some(stripped)
            });
        }
        held
    }

    /// A 304 carries the tag that the 200 would have (RFC 9110 §15.4.5).
    /// Its head does not tell whether that 200 is eligible, so a suffix is put
    /// back only where the client has shown that it holds the encoded form.
    pub(crate) fn rewrite_not_modified(
        self,
        headers: &mut HeaderMap,
        encoding: Encoding,
        held: &HeldForms,
    ) {
        if self != Self::Suffix || held.include_current(headers) {
            self.rewrite_response(headers, encoding);
        }
    }
}

/// Encoded forms that the client has, by their tags without our suffix.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeldForms {
    tags: Vec<Vec<u8>>,
}

impl HeldForms {
    /// Whether one of them is of the version that `headers` tell of.
    fn include_current(&self, headers: &HeaderMap) -> bool {
        headers.get(ETAG).is_some_and(|current| {
            let current = opaque(current.as_bytes());
            self.tags.iter().any(|tag| opaque(tag) == current)
        })
    }
}

pub(crate) fn strong_tag(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers
        .get(ETAG)
        .filter(|tag| !quoted(tag.as_bytes()).is_empty())
}

fn is_weak(tag: &[u8]) -> bool {
    tag.starts_with(b"W/")
}

/// What the weak comparison compares (RFC 9110 §8.8.3.2).
fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

/// The tag if it is a strong one in quotes, empty otherwise: a malformed tag
/// cannot be made weak or given a suffix, and is dropped.
fn quoted(tag: &[u8]) -> &[u8] {
    match tag {
        [b'"', .., b'"'] => tag,
        _ => b"",
    }
}

fn suffixed(quoted: &[u8], encoding: Encoding) -> Option<HeaderValue> {
    let opaque = quoted.strip_suffix(b"\"")?;
    concat(&[opaque, b"-", encoding.as_str().as_bytes(), b"\""])
}

fn strip_any_suffix(tag: &[u8]) -> Option<Vec<u8>> {
    Encoding::PREFERENCE
        .iter()
        .find_map(|&encoding| strip_suffix(tag, encoding))
}

fn strip_suffix(tag: &[u8], encoding: Encoding) -> Option<Vec<u8>> {
    let opaque = tag
        .strip_suffix(b"\"")?
        .strip_suffix(encoding.as_str().as_bytes())?
        .strip_suffix(b"-")?;
    Some([opaque, b"\""].concat())
}

/// A longer list of tags goes through as it is: hundreds of tags come from no
/// cache, and each costs time and memory.
const LONGEST_LINE: usize = 8 * 1024;

/// Applies `strip` to every tag of every line of a field. Lines that it takes
/// nothing off stay as they are.
fn rewrite_lines(
    headers: &mut HeaderMap,
    name: &HeaderName,
    mut strip: impl FnMut(&[u8]) -> Option<Vec<u8>>,
) {
    if let Entry::Occupied(mut lines) = headers.entry(name) {
        for line in lines.iter_mut().filter(|line| line.len() <= LONGEST_LINE) {
            if let Some(rewritten) = rewrite_line(line.as_bytes(), &mut strip) {
                *line = rewritten;
            }
        }
    }
}

fn rewrite_line(
    line: &[u8],
    strip: &mut impl FnMut(&[u8]) -> Option<Vec<u8>>,
) -> Option<HeaderValue> {
    let mut changed = false;
    let tags: Vec<Cow<'_, [u8]>> = split_tags(line)
        .map(|tag| match strip(tag.trim_ascii()) {
            Some(stripped) => {
                changed = true;
                stripped.into()
            }
            None => tag.into(),
        })
        .collect();
    let rewritten = HeaderValue::from_bytes(&tags.join(&b","[..])).ok();
    rewritten.filter(|_| changed)
}

/// The members of a list of tags; a comma within quotes belongs to its tag.
fn split_tags(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    line.split(move |&byte| {
        quoted ^= byte == b'"';
        byte == b',' && !quoted
    })
}

fn concat(parts: &[&[u8]]) -> Option<HeaderValue> {
    if parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    HeaderValue::from_bytes(&parts.concat()).ok()
}
