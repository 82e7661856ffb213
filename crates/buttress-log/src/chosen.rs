//! What of heads and extensions the app wants in its lines.

use crate::Value;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use std::sync::Arc;

/// Headers by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers(Vec<HeaderName>);

impl Headers {
    pub(crate) fn add(&mut self, name: HeaderName) {
        // The denylist holds whoever asks.
        if !crate::redact::is_secret(&name) && !self.0.contains(&name) {
            self.0.push(name);
        }
    }

    /// The first line of each that is there.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let values = self.0.iter().filter_map(|name| {
            let value = headers.get(name)?;
            Some((name.clone(), value.clone()))
        });
        values.collect()
    }
}

type FieldFn = dyn Fn(&Extensions) -> Option<Value> + Send + Sync;

/// Fields of the app's own.
#[derive(Clone, Default)]
pub(crate) struct Fields(Vec<(&'static str, Arc<FieldFn>)>);

impl Fields {
    pub(crate) fn add(
        &mut self,
        name: &'static str,
        find: impl Fn(&Extensions) -> Option<Value> + Send + Sync + 'static,
    ) {
        self.0.push((name, Arc::new(find)));
    }

    pub(crate) fn of(&self, extensions: &Extensions) -> Vec<(&'static str, Value)> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let found = self.0.iter().filter_map(|(name, find)| {
            let value = find(extensions)?;
            Some((*name, value))
        });
        found.collect()
    }
}
