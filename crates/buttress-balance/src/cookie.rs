use crate::{
    Sticky,
    sticky::{Affinity, By},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, header::COOKIE};
use sha2::Sha256;
use std::fmt;

/// A cookie that names an endpoint by a tag which nobody can guess.
///
/// The tag is a keyed hash of the endpoint's name, cut to 128 bits: it tells nothing of
/// the name, and who does not have the secret cannot choose an endpoint.
#[derive(Clone)]
#[must_use]
pub struct StickyCookie {
    name: Box<str>,
    keys: Vec<Hmac<Sha256>>,
    attributes: Box<str>,
}

impl StickyCookie {
    /// A cookie of this name, signed with a secret that all processes share. It is sent
    /// over HTTPS alone, to all paths of its host, and gone with the browser's session.
    ///
    /// # Panics
    ///
    /// If the name is no token, or the secret has less than 16 bytes.
    pub fn new(name: &str, secret: &[u8]) -> Self {
        let is_token =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        assert!(
            !name.is_empty() && name.bytes().all(is_token),
            "the name of a cookie has to be a token"
        );
        Self {
            name: name.into(),
            keys: vec![keyed(secret)],
            attributes: "; Path=/; HttpOnly; SameSite=Lax; Secure".into(),
        }
    }

    /// A secret that was used before: cookies that were signed with it are still
    /// understood.
    ///
    /// # Panics
    ///
    /// If it has less than 16 bytes.
    pub fn old_secret(mut self, secret: &[u8]) -> Self {
        self.keys.push(keyed(secret));
        self
    }

    /// Sent without HTTPS too: for development.
    pub fn insecure(mut self) -> Self {
        self.attributes = "; Path=/; HttpOnly; SameSite=Lax".into();
        self
    }

    /// What a request's cookie says, if it has one.
    pub(crate) fn read(&self, headers: &HeaderMap) -> Affinity {
        let lines = headers.get_all(COOKIE).iter();
        let mut pairs = lines.flat_map(|line| line.as_bytes().split(|&byte| byte == b';'));
        let tag = pairs.find_map(|pair| {
            let value = pair.trim_ascii().strip_prefix(self.name.as_bytes())?;
            std::str::from_utf8(value.strip_prefix(b"=")?).ok()
        });
        Affinity {
            // A key made of it would let a forged one choose.
            key: None,
            tag: tag.map(Into::into),
            gives_tags: true,
        }
    }

    pub(crate) fn tags(&self, endpoint: &str) -> Vec<Box<str>> {
        let tag = |key: &Hmac<Sha256>| {
            let mut mac = key.clone();
            mac.update(b"buttress-balance endpoint\0");
            mac.update(endpoint.as_bytes());
            let tag = mac.finalize().into_bytes();
            Base64UrlUnpadded::encode_string(&tag[..16]).into()
        };
        self.keys.iter().map(tag).collect()
    }

    pub(crate) fn line(&self, tag: &str) -> String {
        format!("{}={tag}{}", self.name, self.attributes)
    }
}

fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    assert!(secret.len() >= 16, "a secret has to have 16 bytes at least");
    Hmac::new_from_slice(secret).expect("HMAC takes keys of any length")
}

impl From<StickyCookie> for Sticky {
    fn from(cookie: StickyCookie) -> Self {
        Self(By::Cookie(cookie))
    }
}

impl fmt::Debug for StickyCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StickyCookie")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
