use crate::{Network, ParseTrustError, error::Fault};
use std::{fmt, net::IpAddr, str::FromStr, sync::Arc};

type Judge = dyn Fn(Option<IpAddr>, usize) -> bool + Send + Sync;

/// Which hops are believed: those that the app's operator runs.
///
/// The hop next to us, the peer of the connection, is hop 0. What it says of hop 1 is
/// believed if the peer is trusted, what that says of hop 2 if both are, and so on. The
/// first hop that is not trusted is the client.
///
/// # Example
///
/// As text it is what Express takes for `trust proxy`:
///
/// ```
/// use buttress_trust_proxy::Trust;
///
/// let trust: Trust = "loopback, 10.0.0.0/8".parse()?;
/// assert!(trust.is_trusted(Some([10, 1, 2, 3].into()), 0));
/// assert!(!trust.is_trusted(Some([8, 8, 8, 8].into()), 0));
///
/// // One proxy, wherever it is; or none.
/// let _: Trust = "1".parse()?;
/// let _: Trust = "false".parse()?;
/// # Ok::<(), buttress_trust_proxy::ParseTrustError>(())
/// ```
#[derive(Clone, Default)]
pub struct Trust(Whom);

#[derive(Clone, Default)]
enum Whom {
    #[default]
    Nobody,
    Everybody,
    Hops(usize),
    Networks {
        list: Arc<[Network]>,
        unix: bool,
    },
    Judged(Arc<Judge>),
}

impl Trust {
    /// Nobody: the peer of the connection is the client. The default.
    #[must_use]
    pub fn none() -> Self {
        Self(Whom::Nobody)
    }

    /// Everybody, so that the client is the hop that was named first: by the client
    /// itself, unless the outermost proxy removes what it was sent. Express's `true`.
    ///
    /// Right only where nothing but such a proxy can reach the app.
    #[must_use]
    pub fn all() -> Self {
        Self(Whom::Everybody)
    }

    /// The nearest `hops` hops, whatever their addresses. Right where every way to the
    /// app leads over so many proxies: over fewer, a client can name another address.
    #[must_use]
    pub fn hops(hops: usize) -> Self {
        Self(Whom::Hops(hops))
    }

    /// Hops within these networks. A hop without an address, such as a Unix socket's
    /// peer, is not trusted, unless [`unix`](Self::unix) says so.
    #[must_use]
    pub fn networks(networks: impl IntoIterator<Item = Network>) -> Self {
        Self(Whom::Networks {
            list: networks.into_iter().collect(),
            unix: false,
        })
    }

    /// Trusts a peer that has no address as well: that of a Unix socket. Only
    /// where the server tells all other addresses, as it does for axum's `ConnectInfo`.
    ///
    /// Changes [`none`](Self::none) and [`networks`](Self::networks); the others judge
    /// such a peer as any other.
    #[must_use]
    pub fn unix(self) -> Self {
        match self.0 {
            Whom::Nobody => Self(Whom::Networks {
                list: Arc::default(),
                unix: true,
            }),
            Whom::Networks { list, .. } => Self(Whom::Networks { list, unix: true }),
            other => Self(other),
        }
    }

    /// Asks a function for each hop: its address, if it has one, and how far it is from
    /// us, the peer being 0.
    #[must_use]
    pub fn function(judge: impl Fn(Option<IpAddr>, usize) -> bool + Send + Sync + 'static) -> Self {
        Self(Whom::Judged(Arc::new(judge)))
    }

    /// Whether a hop is trusted. IPv4 addresses in IPv6 clothes (`::ffff:10.0.0.1`) are
    /// IPv4 addresses.
    #[must_use]
    pub fn is_trusted(&self, address: Option<IpAddr>, hop: usize) -> bool {
        match &self.0 {
            Whom::Nobody => false,
            Whom::Everybody => true,
            Whom::Hops(hops) => hop < *hops,
            Whom::Networks { list, unix } => match address.map(|it| it.to_canonical()) {
                Some(address) => list.iter().any(|network| network.contains(address)),
                None => *unix && hop == 0,
            },
            Whom::Judged(judge) => judge(address.map(|it| it.to_canonical()), hop),
        }
    }
}

/// Express's syntax: `true`, `false`, a number of hops, or a list of addresses, networks
/// (`10.0.0.0/8`) and the names `loopback`, `linklocal` and `uniquelocal`, with commas.
/// `unix` stands for [`Trust::unix`].
impl FromStr for Trust {
    type Err = ParseTrustError;

    fn from_str(text: &str) -> Result<Self, ParseTrustError> {
        match text.trim() {
            "true" => return Ok(Self::all()),
            "false" => return Ok(Self::none()),
            hops if !hops.is_empty() && hops.bytes().all(|it| it.is_ascii_digit()) => {
                let hops = hops
                    .parse()
                    .map_err(|_| ParseTrustError::new(hops, Fault::Hops))?;
                return Ok(Self::hops(hops));
            }
            _ => {}
        }
        let (mut networks, mut unix) = (Vec::new(), false);
        for name in text.split(',').map(str::trim) {
            match Network::named(name) {
                _ if name == "unix" => unix = true,
                Some(named) => networks.extend_from_slice(named),
                None => networks.push(name.parse()?),
            }
        }
        let trust = Self::networks(networks);
        Ok(if unix { trust.unix() } else { trust })
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Whom::Nobody => f.write_str("Trust::none"),
            Whom::Everybody => f.write_str("Trust::all"),
            Whom::Hops(hops) => write!(f, "Trust::hops({hops})"),
            Whom::Networks { list, unix } => f
                .debug_struct("Trust::networks")
                .field("networks", list)
                .field("unix", unix)
                .finish(),
            Whom::Judged(_) => f.write_str("Trust::function"),
        }
    }
}
