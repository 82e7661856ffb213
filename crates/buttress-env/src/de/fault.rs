use serde::de::{Error, Expected, Unexpected};
use std::fmt;

/// Why a walk could not go on.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A struct lacks this field; which struct, the one who gave it knows.
    Lacks(&'static str),
    /// A struct was given this field under two of its names; as above.
    Twice(&'static str),
    /// A type refused what it was given. The message is the type's own.
    Refused(String),
    /// As above, and noted already for this variable.
    At(String, Stuck),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// There is nothing for it, and it is needed.
    Absent,
    /// The stand-in was refused too.
    Refused,
    /// It is a second name of a field.
    Alias,
    /// It is the first name of a field, and came behind another.
    Late,
    /// No stand-in can help.
    Hopeless,
}

/// Whether an error of some deserializer is one of ours, which hold no value.
pub(crate) fn is_ours<E: Error>(_: &E) -> bool {
    // `Any` would ask for a lifetime that `Error` does not promise; the name is
    // only compared within one build.
    std::any::type_name::<E>() == std::any::type_name::<Fault>()
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lacks(field) => write!(f, "missing field {field}"),
            Self::Twice(field) => write!(f, "`{field}` is set under two names"),
            Self::Refused(_) => f.write_str("refused by its type"),
            Self::At(variable, _) => write!(f, "{variable} is missing or not as expected"),
        }
    }
}

impl std::error::Error for Fault {}

/// Every message is made of what was expected; what was found is left out.
impl Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Refused(message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Refused(format!("expected {expected}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Refused(format!("expected {expected}"))
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::Refused(format!("expected {expected}"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::Refused(one_of(expected))
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::Refused(one_of(expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Lacks(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::Twice(field)
    }
}

/// `expected one of a, b, c`.
pub(crate) fn one_of(words: &[&str]) -> String {
    format!("expected one of {}", words.join(", "))
}
