use std::sync::{Arc, OnceLock};

/// The hosts that came first, in the form that keys have.
///
/// Most apps have few, and a host that is known needs no look at each character.
/// Who sends others first makes keys cost a little more, and no more than that.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts(Arc<[OnceLock<Box<str>>; Hosts::MOST]>);

impl Hosts {
    /// Beside its name an app may have an alias, and health checks an address.
    const MOST: usize = 4;

    pub(crate) fn find(&self, host: &[u8]) -> Option<&str> {
        let mut known = self.0.iter().map_while(OnceLock::get);
        let found = known.find(|known| known.as_bytes() == host);
        found.map(|host| &**host)
    }

    /// Remembers a host that came in the form that keys have.
    pub(crate) fn add(&self, host: &str) {
        for place in &*self.0 {
            match place.get() {
                Some(known) if **known == *host => return,
                Some(_) => {}
                // Another one may have been faster, and then that one stays.
                None => return drop(place.set(host.into())),
            }
        }
    }
}
