//! The doc comments of a type's fields, and which of them speaks of a variable.

use crate::{
    de::is_under,
    name::{self, NEST},
    secret::Secret,
};
use std::{
    collections::{BTreeMap, HashMap},
    marker::PhantomData,
};
use zeroize::Zeroize;

/// A type whose fields have doc comments, for [`Env::describe`](crate::Env::describe).
///
/// Derive it (feature `derive`), beside serde's `Deserialize`, for the
/// configuration and for the structs and enums in it. What does not derive it has
/// its fields shown without comments.
///
/// ```
/// # #[cfg(feature = "derive")] {
/// use buttress_env::{Describe, Env};
/// use serde::Deserialize;
///
/// #[derive(Deserialize, Describe)]
/// struct Config {
///     /// Where to listen, such as 0.0.0.0:80.
///     listen: std::net::SocketAddr,
/// }
///
/// let env = Env::prefix("APP").describe::<Config>();
/// assert!(env.example::<Config>().contains("\
/// ## Where to listen, such as 0.0.0.0:80.
/// ## socket address, needed
/// APP_LISTEN="));
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no doc comments that buttress-env could show",
    note = "derive `buttress_env::Describe` for it, or leave `describe` out"
)]
pub trait Describe {
    /// What the derive has found.
    #[doc(hidden)]
    const FIELDS: &'static [Field];
}

/// A field of a struct or a variant of an enum.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// As serde knows it; empty for each element of a list or map.
    pub name: &'static str,
    pub doc: &'static str,
    /// The fields of its type. A function, for a type may hold itself.
    pub inner: fn() -> &'static [Field],
}

impl Field {
    const fn each<T: Describe>() -> Self {
        Self {
            name: "",
            doc: "",
            inner: || T::FIELDS,
        }
    }

    /// This field's variable in the struct of `parent`, on the way to `variable`.
    fn variable(&self, parent: &str, is_root: bool, variable: &str) -> Option<String> {
        if !self.name.is_empty() {
            return Some(name::child(parent, is_root, self.name));
        }
        let rest = variable.strip_prefix(parent)?.strip_prefix(NEST)?;
        let element = rest.split(NEST).next()?;
        Some(format!("{parent}{NEST}{element}"))
    }
}

/// The field that `variable` is for, in the struct of `parent`.
pub(crate) fn find(
    fields: &'static [Field],
    parent: &str,
    is_root: bool,
    variable: &str,
) -> Option<&'static Field> {
    fields.iter().find_map(|field| {
        let name = field.variable(parent, is_root, variable)?;
        if name == variable {
            return Some(field);
        }
        let below = is_under(variable, &name);
        below.then(|| find((field.inner)(), &name, false, variable))?
    })
}

/// The first sentence of a doc comment, or its first paragraph, in one line.
pub(crate) fn summary(doc: &str) -> String {
    let lines = doc
        .lines()
        .map(str::trim)
        .take_while(|line| !line.is_empty());
    let paragraph = lines.collect::<Vec<_>>().join(" ");
    // Not "e.g. this", which goes on in lower case.
    let is_end =
        |at: usize| !paragraph[at + 2..].starts_with(|c: char| c.is_lowercase() || c == '`');
    let mut stops = paragraph.match_indices(". ").map(|(at, _)| at);
    let sentence = match stops.find(|at| is_end(*at)) {
        Some(end) => &paragraph[..end],
        None => &paragraph,
    };
    sentence.strip_suffix('.').unwrap_or(sentence).to_owned()
}

/// Asks whether a type is described, where it need not be: `Probe::<T>::FIELDS` is
/// its own if it is, for that wins over a trait's, and [`NotDescribed`]'s if not.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized + Describe> Probe<T> {
    pub const FIELDS: &'static [Field] = T::FIELDS;
}

pub trait NotDescribed {
    const FIELDS: &'static [Field] = &[];
}

impl<T: ?Sized> NotDescribed for Probe<T> {}

macro_rules! as_what_it_holds {
    ($($outer:ty),*) => {$(
        impl<T: Describe> Describe for $outer {
            const FIELDS: &'static [Field] = T::FIELDS;
        }
    )*};
}

as_what_it_holds!(Option<T>, Box<T>);

impl<T: Describe + Zeroize> Describe for Secret<T> {
    const FIELDS: &'static [Field] = T::FIELDS;
}

impl<T: Describe> Describe for Vec<T> {
    const FIELDS: &'static [Field] = &[Field::each::<T>()];
}

impl<K, T: Describe, S> Describe for HashMap<K, T, S> {
    const FIELDS: &'static [Field] = &[Field::each::<T>()];
}

impl<K, T: Describe> Describe for BTreeMap<K, T> {
    const FIELDS: &'static [Field] = &[Field::each::<T>()];
}
