use http::{HeaderMap, HeaderName};

/// The request fields that are known to change answers without being in the key:
/// what origins build URLs and methods from.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    refused: Vec<HeaderName>,
    /// The letters that they begin with.
    first: Vec<u8>,
}

impl Default for Guard {
    fn default() -> Self {
        const REFUSED: [&str; 11] = [
            "forwarded",
            "x-forwarded-host",
            "x-forwarded-prefix",
            "x-forwarded-scheme",
            "x-host",
            "x-http-host-override",
            "x-http-method",
            "x-http-method-override",
            "x-method-override",
            "x-original-url",
            "x-rewrite-url",
        ];
        Self {
            refused: REFUSED.map(HeaderName::from_static).to_vec(),
            first: vec![b'f', b'x'],
        }
    }
}

impl Guard {
    pub(crate) fn refuse(&mut self, name: HeaderName) {
        if !self.refused.contains(&name) {
            if !self.first.contains(&first(&name)) {
                self.first.push(first(&name));
            }
            self.refused.push(name);
        }
    }

    pub(crate) fn allow(&mut self, name: &HeaderName) {
        self.refused.retain(|refused| refused != name);
    }

    /// A field of the request that is refused.
    pub(crate) fn finds(&self, headers: &HeaderMap) -> Option<&HeaderName> {
        // One walk over a few fields is cheaper than a look-up for each of the
        // refused, and their first letter tells most of them apart.
        let may_be = |name: &&HeaderName| self.first.contains(&first(name));
        let mut names = headers.keys().filter(may_be);
        names.find_map(|name| self.refused.iter().find(|refused| *refused == name))
    }
}

fn first(name: &HeaderName) -> u8 {
    name.as_str()
        .as_bytes()
        .first()
        .copied()
        .unwrap_or_default()
}
