use std::{fmt, marker::PhantomData};

/// The name of an entry and the type of its value.
///
/// ```
/// use buttress_session::Key;
///
/// const CART: Key<Vec<u32>> = Key::new("cart");
/// ```
///
/// Values are kept as JSON. One that does not fit the type any more, since the
/// type changed, is an [error](crate::Error::is_decode) of the reading.
pub struct Key<V> {
    name: &'static str,
    marker: PhantomData<fn() -> V>,
}

impl<V> Key<V> {
    /// The entry of this name. Names that start with `_` are this crate's.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            marker: PhantomData,
        }
    }

    /// The name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl<V> Clone for Key<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Key<V> {}

impl<V> fmt::Debug for Key<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?})", self.name)
    }
}
