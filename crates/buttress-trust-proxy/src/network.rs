use crate::{ParseTrustError, error::Fault};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// Addresses that begin with the same bits: `10.0.0.0/8`, `fc00::/7`, or one address.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    /// Its first; the bits after the prefix are zero.
    first: IpAddr,
    prefix: u8,
}

const fn v4(a: u8, b: u8, c: u8, prefix: u8) -> Network {
    Network {
        first: IpAddr::V4(Ipv4Addr::new(a, b, c, 0)),
        prefix,
    }
}

const fn v6(first: u16, last: u16, prefix: u8) -> Network {
    Network {
        first: IpAddr::V6(Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, last)),
        prefix,
    }
}

impl Network {
    /// This machine: `127.0.0.0/8` and `::1`.
    pub const LOOPBACK: [Self; 2] = [v4(127, 0, 0, 8), v6(0, 1, 128)];
    /// The same link: `169.254.0.0/16` and `fe80::/10`.
    pub const LINK_LOCAL: [Self; 2] = [v4(169, 254, 0, 16), v6(0xfe80, 0, 10)];
    /// Private networks: `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16` and `fc00::/7`.
    pub const UNIQUE_LOCAL: [Self; 4] = [
        v4(10, 0, 0, 8),
        v4(172, 16, 0, 12),
        v4(192, 168, 0, 16),
        v6(0xfc00, 0, 7),
    ];

    /// The network of an address with so many leading bits; `None` if it has not so many.
    #[must_use]
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        let first = match address {
            IpAddr::V4(address) if prefix <= 32 => {
                Ipv4Addr::from_bits(address.to_bits() & mask4(prefix)).into()
            }
            IpAddr::V6(address) if prefix <= 128 => {
                Ipv6Addr::from_bits(address.to_bits() & mask6(prefix)).into()
            }
            _ => return None,
        };
        Some(Self { first, prefix })
    }

    /// Whether the address is one of its own.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                address.to_bits() & mask4(self.prefix) == first.to_bits()
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                address.to_bits() & mask6(self.prefix) == first.to_bits()
            }
            _ => false,
        }
    }

    /// The networks that Express has names for.
    pub(crate) fn named(name: &str) -> Option<&'static [Self]> {
        match name {
            "loopback" => Some(&Self::LOOPBACK),
            "linklocal" => Some(&Self::LINK_LOCAL),
            "uniquelocal" => Some(&Self::UNIQUE_LOCAL),
            _ => None,
        }
    }

    /// As an IPv4 network, if all of it is one in IPv6 clothes. Addresses are compared
    /// without them.
    fn to_canonical(self) -> Self {
        match (self.first, self.prefix) {
            (IpAddr::V6(first), 96..) => match first.to_ipv4_mapped() {
                Some(first) => Self {
                    first: first.into(),
                    prefix: self.prefix - 96,
                },
                None => self,
            },
            _ => self,
        }
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let prefix = if address.is_ipv4() { 32 } else { 128 };
        Self {
            first: address,
            prefix,
        }
    }
}

/// `ADDRESS`, `ADDRESS/BITS`, or for IPv4 `ADDRESS/MASK` (`10.0.0.0/255.0.0.0`).
impl FromStr for Network {
    type Err = ParseTrustError;

    fn from_str(text: &str) -> Result<Self, ParseTrustError> {
        let error = |fault| ParseTrustError::new(text, fault);
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| error(Fault::Address))?;
        let Some(prefix) = prefix else {
            return Ok(address.into());
        };
        let fault = match address {
            _ if prefix.contains('.') => Fault::Mask,
            IpAddr::V4(_) => Fault::Bits(32),
            IpAddr::V6(_) => Fault::Bits(128),
        };
        let prefix = prefix_of(prefix, address).ok_or_else(|| error(fault))?;
        let network = Self::new(address, prefix).ok_or_else(|| error(fault))?;
        Ok(network.to_canonical())
    }
}

/// The length of a prefix that is a number or a mask.
fn prefix_of(text: &str, address: IpAddr) -> Option<u8> {
    if !text.contains('.') {
        let is_number = text.bytes().all(|it| it.is_ascii_digit());
        return text.parse().ok().filter(|_| is_number);
    }
    let mask = text.parse::<Ipv4Addr>().ok()?.to_bits();
    let prefix = mask.leading_ones() as u8;
    (address.is_ipv4() && mask == mask4(prefix)).then_some(prefix)
}

fn mask4(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0)
}

fn mask6(prefix: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0)
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
