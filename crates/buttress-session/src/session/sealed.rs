use super::state::{Loaded, State};
use crate::{Error, config::Config, error::Kind, head::Edits, keys::Seal, store::Entries};
use http::HeaderValue;

/// No browser keeps more of one cookie, its name and attributes included.
const MOST: usize = 4096;

impl State {
    /// What the head of the response has to say of a session that is in the
    /// cookie as a whole.
    pub(super) fn sealed_edits(&mut self, config: &Config, seal: &Seal) -> Result<Edits, Error> {
        let cookie = self.sealed_cookie(config, seal)?;
        Ok(Edits {
            is_private: self.was_read || cookie.is_some(),
            cookie,
        })
    }

    fn sealed_cookie(
        &mut self,
        config: &Config,
        seal: &Seal,
    ) -> Result<Option<HeaderValue>, Error> {
        let now = (config.clock)();
        let (base, created) = match &self.loaded {
            Loaded::Present(snapshot) => (snapshot.entries.clone(), snapshot.created),
            Loaded::Absent | Loaded::Unknown => (Entries::default(), now),
        };
        let entries = self.changes.over(&base);
        let is_there = matches!(self.loaded, Loaded::Present(_));
        if entries.is_empty() {
            let goes = self.is_removed || (is_there && !base.is_empty());
            return Ok(config.cookie.remove().filter(|_| goes));
        }
        let is_old = self
            .used
            .is_some_and(|used| now.duration_since(used).unwrap_or_default() >= config.ttl.slack());
        if is_there && entries == base && !self.is_stale && !self.rotates && !is_old {
            return Ok(None);
        }
        let value = seal.seal(config.cookie.name(), &entries, created, now)?;
        let cookie = config.cookie.set(&value, config.ttl.idle);
        match cookie.filter(|cookie| cookie.len() <= MOST) {
            Some(cookie) => Ok(Some(cookie)),
            None => Err(Kind::TooLarge.into()),
        }
    }
}
