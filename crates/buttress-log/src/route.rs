use http::Extensions;

/// Finds the route among the extensions of a request.
pub(crate) type RouteFn = dyn Fn(&Extensions) -> Option<&str> + Send + Sync;

/// The route that a request matched, kept until its end.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    Unmatched,
    /// As the app's function named it.
    Named(Box<str>),
    /// Shares axum's own text.
    #[cfg(feature = "axum")]
    Matched(axum::extract::MatchedPath),
}

impl Route {
    /// With `find` if there is one, else as the features know.
    pub(crate) fn of(extensions: &Extensions, find: Option<&RouteFn>) -> Self {
        match find {
            Some(find) => {
                find(extensions).map_or(Self::Unmatched, |route| Self::Named(route.into()))
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
            Self::Named(route) => Some(route),
            #[cfg(feature = "axum")]
            Self::Matched(path) => Some(path.as_str()),
        }
    }
}
