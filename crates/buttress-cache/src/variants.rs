use crate::{
    Head,
    policy::{Policy, VariantKey, Vary},
};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::{fmt, sync::Arc};

/// How requests are told apart where a response says `Vary`.
#[derive(Clone, Default)]
pub(crate) struct VaryBy {
    policy: Arc<Policy>,
    tokens: Arc<Vec<(HeaderName, Token)>>,
}

/// Makes what stands for a field's value in the variant.
pub(crate) type Token = Arc<dyn Fn(&HeaderMap) -> Option<HeaderValue> + Send + Sync>;

impl VaryBy {
    pub(crate) fn new(policy: Arc<Policy>) -> Self {
        Self {
            policy,
            tokens: Arc::default(),
        }
    }

    pub(crate) fn set_policy(&mut self, policy: Arc<Policy>) {
        self.policy = policy;
    }

    pub(crate) fn add(&mut self, name: HeaderName, token: Token) {
        Arc::make_mut(&mut self.tokens).push((name, token));
    }

    /// Which variant a response that is told apart by these fields is, to a
    /// request.
    pub(crate) fn variant(&self, vary: &Vary, request: &HeaderMap) -> Option<VariantKey> {
        self.policy
            .variant_key_with(vary, request, |name, request| {
                let mut tokens = self.tokens.iter();
                let (_, token) = tokens.find(|(replaced, _)| replaced == name)?;
                let value = token(request).map(|value| value.as_bytes().to_vec());
                Some(value.unwrap_or_default())
            })
    }

    pub(crate) fn accepts(&self, head: &Head, request: &HeaderMap) -> bool {
        head.vary().is_none() || self.variant(head.vary(), request).as_ref() == Some(head.variant())
    }
}

impl fmt::Debug for VaryBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.tokens.iter().map(|(name, _)| name);
        f.debug_set().entries(names).finish()
    }
}
