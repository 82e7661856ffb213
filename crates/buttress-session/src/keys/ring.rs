use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::{error, fmt, sync::Arc};
use zeroize::Zeroizing;

/// Secrets of the app: the first signs and seals, all verify and open.
///
/// To change a secret, put the new one in front and keep the old one for as long
/// as sessions live: cookies of the old one are accepted, and signed anew when
/// their session is used. To end all its cookies, leave it out.
///
/// ```
/// use buttress_session::KeyRing;
///
/// # let (new, old) = ("n".repeat(32), "o".repeat(32));
/// let ring = KeyRing::new(new)?.accept(old)?;
/// # Ok::<_, buttress_session::WeakSecret>(())
/// ```
#[derive(Clone)]
pub struct KeyRing {
    keys: Arc<Vec<RingKey>>,
}

/// What one secret is used as: never itself.
#[derive(Clone)]
pub(crate) struct RingKey {
    pub(crate) tag: Hmac<Sha256>,
    pub(crate) seal: Zeroizing<[u8; 32]>,
}

/// The shortest secret, in bytes.
const SHORTEST: usize = 32;

impl KeyRing {
    /// A ring with this secret, of 32 random bytes or more (as text, longer).
    ///
    /// # Errors
    ///
    /// [`WeakSecret`] if it is shorter.
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self, WeakSecret> {
        let keys = Arc::new(vec![RingKey::of(secret.as_ref())?]);
        Ok(Self { keys })
    }

    /// Accepts an older secret, too.
    ///
    /// # Errors
    ///
    /// [`WeakSecret`] if it is shorter than 32 bytes.
    pub fn accept(mut self, secret: impl AsRef<[u8]>) -> Result<Self, WeakSecret> {
        Arc::make_mut(&mut self.keys).push(RingKey::of(secret.as_ref())?);
        Ok(self)
    }

    /// A ring that only this process has: what it signs nobody knows after a
    /// restart. For development.
    ///
    /// # Errors
    ///
    /// If the system gives no random bytes.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut secret = Zeroizing::new([0; SHORTEST]);
        getrandom::fill(&mut secret[..])?;
        let keys = Arc::new(vec![RingKey::derived(&secret[..])]);
        Ok(Self { keys })
    }

    pub(crate) fn first(&self) -> &RingKey {
        &self.keys[0]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &RingKey> {
        self.keys.iter()
    }
}

impl RingKey {
    fn of(secret: &[u8]) -> Result<Self, WeakSecret> {
        if secret.len() < SHORTEST {
            return Err(WeakSecret(()));
        }
        Ok(Self::derived(secret))
    }

    fn derived(secret: &[u8]) -> Self {
        let tag = subkey(secret, b"buttress-session tag 1");
        Self {
            tag: keyed(&tag[..]),
            seal: subkey(secret, b"buttress-session seal 1"),
        }
    }
}

fn subkey(secret: &[u8], label: &[u8]) -> Zeroizing<[u8; 32]> {
    let mac = keyed(secret).chain_update(label);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret).expect("HMAC takes keys of any length")
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} keys)", self.keys.len())
    }
}

/// A secret is shorter than 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeakSecret(());

impl fmt::Display for WeakSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a secret for sessions needs {SHORTEST} bytes at least")
    }
}

impl error::Error for WeakSecret {}
