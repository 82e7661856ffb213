//! Entity tags of encoded representations (RFC 9110 §8.8.3): a strong tag
//! names exact bytes, so the tag of the identity form must not stand on the
//! encoded one.

use crate::Encoding;
use http::{
    HeaderMap, HeaderValue,
    header::{ETAG, IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE},
};

/// What becomes of a strong `ETag` on a response that is encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EtagPolicy {
    /// `"abc"` becomes `W/"abc"`. Caches keep revalidating; what is lost is
    /// `If-Match`, which never matches a weak tag (RFC 9110 §13.1.1).
    #[default]
    Weaken,
    /// `"abc"` becomes `"abc-gzip"`, and the suffix is taken off again in
    /// requests: from `If-None-Match` where it names the coding that this
    /// request negotiates, and from `If-Match` always. A `Range` whose
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

    /// Takes our suffixes off the preconditions of a request; `true` if
    /// `If-None-Match` named the encoded form that this request negotiates.
    pub(crate) fn rewrite_request(self, headers: &mut HeaderMap, encoding: Encoding) -> bool {
        if self != Self::Suffix {
            return false;
        }
        rewrite_lines(headers, &IF_MATCH, strip_any_suffix);
        if headers
            .get(IF_RANGE)
            .is_some_and(|tag| strip_any_suffix(tag.as_bytes()).is_some())
        {
            headers.remove(IF_RANGE);
            headers.remove(RANGE);
        }
        encoding != Encoding::Identity
            && rewrite_lines(headers, &IF_NONE_MATCH, |tag| strip_suffix(tag, encoding))
    }

    /// A 304 carries the tag that the 200 would have (RFC 9110 §15.4.5).
    /// Its head does not tell whether that 200 is eligible, so a suffix is put
    /// back only where the client has shown that it holds the encoded form.
    pub(crate) fn rewrite_not_modified(
        self,
        headers: &mut HeaderMap,
        encoding: Encoding,
        named_encoded_form: bool,
    ) {
        if self != Self::Suffix || named_encoded_form {
            self.rewrite_response(headers, encoding);
        }
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

/// Applies `strip` to every tag of every line of a field; `true` if it took
/// something off.
fn rewrite_lines(
    headers: &mut HeaderMap,
    name: &http::HeaderName,
    strip: impl Fn(&[u8]) -> Option<Vec<u8>>,
) -> bool {
    let mut changed = false;
    let lines: Vec<_> = headers.get_all(name).iter().cloned().collect();
    let mut rewritten = Vec::with_capacity(lines.len());
    for line in lines {
        // A comma may stand inside a tag's quotes. Splitting there does no
        // harm: the pieces are joined again, and only a piece that ends in our
        // suffix and a quote is changed.
        let tags: Vec<Vec<u8>> = line
            .as_bytes()
            .split(|&byte| byte == b',')
            .map(|tag| match strip(tag.trim_ascii()) {
                Some(stripped) => {
                    changed = true;
                    stripped
                }
                None => tag.trim_ascii().to_vec(),
            })
            .collect();
        rewritten.push(HeaderValue::from_bytes(&tags.join(&b", "[..])).unwrap_or(line));
    }
    if changed {
        headers.remove(name);
        for line in rewritten {
            headers.append(name, line);
        }
    }
    changed
}

fn concat(parts: &[&[u8]]) -> Option<HeaderValue> {
    if parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    HeaderValue::from_bytes(&parts.concat()).ok()
}
