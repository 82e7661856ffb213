use crate::tower_store::decode;
use base64ct::{Base64UrlUnpadded, Encoding};
use buttress_session::{Decoded, Id, IdFormat};

/// The ids of tower-sessions in its plain cookies: 128 random bits in 22 characters.
///
/// For an app that shares its sessions with one of tower-sessions; see
/// [`TowerStore::shared`](crate::TowerStore::shared). Signed and private cookies of
/// tower-sessions are not read.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct TowerIds;

impl TowerIds {
    /// The format, which has no settings.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl IdFormat for TowerIds {
    fn generate(&self) -> Result<Id, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        let text = Base64UrlUnpadded::encode_string(&bytes);
        // Letters, digits, `-` and `_` are what an id may be made of.
        Id::foreign(&text).ok_or(getrandom::Error::UNEXPECTED)
    }

    fn decode(&self, _: &str, value: &[u8]) -> Option<Decoded> {
        decode(value, &mut [0; 16])?;
        let id = std::str::from_utf8(value).ok().and_then(Id::foreign)?;
        Some(Decoded::new(id, false))
    }

    fn encode(&self, _: &str, id: &Id) -> String {
        id.expose().to_owned()
    }
}
