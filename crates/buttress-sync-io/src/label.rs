//! What a poll is for, in a form that a worker publishes in a few stores.

use http::Method;

/// So many bytes of a method and a route are kept; what is longer is cut.
const BYTES: usize = 8 * Label::WORDS - 2;

/// A request's method and route, or the name of a job, without an allocation.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    /// Length of the method, length of all, then the text.
    words: [u64; Label::WORDS],
}

/// The same, read back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) method: Option<String>,
    /// The route, or the job where there is no method.
    pub(crate) text: Option<String>,
}

impl Label {
    pub(crate) const WORDS: usize = 16;

    pub(crate) fn request(method: &Method, route: Option<&str>) -> Self {
        Self::new(method.as_str(), route.unwrap_or_default())
    }

    pub(crate) fn job(name: &str) -> Self {
        Self::new("", name)
    }

    fn new(method: &str, text: &str) -> Self {
        let mut bytes = [0_u8; 8 * Self::WORDS];
        let method = cut(method, BYTES / 4);
        let text = cut(text, BYTES - method.len());
        let len = method.len() + text.len();
        // Both are below BYTES, which is below 256.
        bytes[0] = method.len() as u8;
        bytes[1] = len as u8;
        bytes[2..2 + method.len()].copy_from_slice(method.as_bytes());
        bytes[2 + method.len()..2 + len].copy_from_slice(text.as_bytes());
        let mut words = [0; Self::WORDS];
        for (word, chunk) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = u64::from_le_bytes(chunk.try_into().unwrap_or_default());
        }
        Self { words }
    }

    /// The words in use.
    pub(crate) fn words(&self) -> &[u64] {
        &self.words[..Self::used(self.words[0])]
    }

    /// How many words are in use, by the first of them.
    pub(crate) fn used(first: u64) -> usize {
        let [_, len, ..] = first.to_le_bytes();
        (2 + usize::from(len)).div_ceil(8).min(Self::WORDS)
    }
}

impl Name {
    pub(crate) fn of(words: &[u64]) -> Self {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let [method, len, text @ ..] = &*bytes else {
            return Self::default();
        };
        let text = text.get(..usize::from(*len)).unwrap_or_default();
        let (method, text) = text.split_at(text.len().min(usize::from(*method)));
        let some =
            |bytes: &[u8]| (!bytes.is_empty()).then(|| String::from_utf8_lossy(bytes).into_owned());
        Self {
            method: some(method),
            text: some(text),
        }
    }
}

/// At most `most` bytes of whole characters.
fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_fits_is_read_back_and_what_does_not_is_cut(route in "[a-zé/]{0,140}") {
            let label = Label::request(&Method::GET, Some(&route));
            let name = Name::of(label.words());
            prop_assert_eq!(name.method.as_deref(), Some("GET"));
            let text = name.text.unwrap_or_default();
            prop_assert!(route.starts_with(&text));
            prop_assert!(text == route || text.len() + 3 > BYTES - 2);
        }
    }

    #[test]
    fn a_job_has_no_method() {
        let name = Name::of(Label::job("mail").words());
        assert_eq!(name.method, None);
        assert_eq!(name.text.as_deref(), Some("mail"));
    }
}
