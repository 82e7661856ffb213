use http::Extensions;
use std::str;

/// Finds the route among the extensions of a request.
pub(crate) type RouteFn = dyn Fn(&Extensions) -> Option<&str> + Send + Sync;

/// The route that a request matched, kept until its end.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    Unmatched,
    /// As the app's function named it.
    Named(Text),
    /// Shares axum's own text.
    #[cfg(feature = "axum")]
    Matched(axum::extract::MatchedPath),
}

impl Route {
    /// With `find` if there is one, else as the features know.
    pub(crate) fn of(extensions: &Extensions, find: Option<&RouteFn>) -> Self {
        match find {
            Some(find) => {
                find(extensions).map_or(Self::Unmatched, |route| Self::Named(Text::of(route)))
            }
            None => Self::by_default(extensions),
        }
    }

    #[cfg(feature = "axum")]
    fn by_default(extensions: &Extensions) -> Self {
        let matched = extensions.get().cloned();
        matched.map_or(Self::Unmatched, Self::Matched)
    }

    #[cfg(not(feature = "axum"))]
    fn by_default(_: &Extensions) -> Self {
        Self::Unmatched
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Unmatched => None,
            Self::Named(route) => Some(route.as_str()),
            #[cfg(feature = "axum")]
            Self::Matched(path) => Some(path.as_str()),
        }
    }

    pub(crate) fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Unmatched => None,
            Self::Named(route) => Some(route.as_bytes()),
            #[cfg(feature = "axum")]
            Self::Matched(path) => Some(path.as_str().as_bytes()),
        }
    }
}

/// A text that needs no allocation unless it is long, which routes are not.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    Short { bytes: [u8; SHORT], len: u8 },
    Long(Box<str>),
}

const SHORT: usize = 46;

impl Text {
    fn of(text: &str) -> Self {
        let mut bytes = [0; SHORT];
        match bytes.get_mut(..text.len()) {
            Some(start) => {
                start.copy_from_slice(text.as_bytes());
                Self::Short {
                    bytes,
                    len: text.len() as u8,
                }
            }
            None => Self::Long(text.into()),
        }
    }

    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short { bytes, len } => &bytes[..usize::from(*len)],
            Self::Long(text) => text.as_bytes(),
        }
    }

    fn as_str(&self) -> &str {
        // What went in was a whole text.
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_of_any_length_are_kept() {
        for len in [0, 1, SHORT - 1, SHORT, SHORT + 1, 500] {
            let text = "ä".repeat(len / 2) + &"x".repeat(len % 2);
            assert_eq!(Text::of(&text).as_str(), text);
        }
    }
}
