use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};
use std::{fmt, marker::PhantomData};
use zeroize::Zeroize;

/// What our deserializer knows a secret by. No type that a user writes has a
/// name with a space.
pub(crate) const NAME: &str = "buttress secret";

/// What stands where a secret would.
pub(crate) const REDACTED: &str = "[redacted]";

/// A value that shows only where the code asks for it, and is wiped from memory
/// when dropped.
///
/// `Debug` and `Serialize` give `[redacted]`; there is no `Display`. Errors and
/// tables say nothing of it but its variable. An empty variable is an error.
///
/// What is wiped is this copy: the process environment keeps its own for as long
/// as the process lives, which `VAR_FILE` and systemd's credentials avoid.
///
/// ```
/// use buttress_env::Secret;
///
/// let key = Secret::new(String::from("hunter2"));
/// assert_eq!(format!("{key:?}"), "[redacted]");
/// assert_eq!(key.expose(), "hunter2");
/// ```
#[derive(Clone, Default)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Hides `value`.
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value. Reviewers look for this word.
    #[must_use]
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl<T: Zeroize> Serialize for Secret<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(REDACTED)
    }
}

impl<'de, T: Zeroize + Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Inside<T>(PhantomData<T>);

        impl<'de, T: Zeroize + Deserialize<'de>> Visitor<'de> for Inside<T> {
            type Value = Secret<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a secret")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                deserializer: D,
            ) -> Result<Self::Value, D::Error> {
                // Some other format's error may hold the value, so it ends here;
                // ours holds none, and says where it happened.
                match T::deserialize(deserializer) {
                    Ok(value) => Ok(Secret(value)),
                    Err(error) if crate::de::is_ours(&error) => Err(error),
                    Err(_) => Err(D::Error::custom("a secret was refused by its type")),
                }
            }
        }

        deserializer.deserialize_newtype_struct(NAME, Inside(PhantomData))
    }
}
