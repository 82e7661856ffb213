use std::fmt;

/// A text does not say whom to trust.
///
/// `Display` names the part that is wrong, what is wrong with it, and what may stand
/// there. `Debug` is the same, for programs that return it from `main`.
#[derive(Clone, PartialEq, Eq)]
pub struct ParseTrustError {
    part: Box<str>,
    fault: Fault,
}

/// What is wrong with the part.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Empty,
    Hops,
    Address,
    /// The most bits that the address has.
    Bits(u8),
    Mask,
}

impl ParseTrustError {
    pub(crate) fn new(part: &str, fault: Fault) -> Self {
        let fault = if part.is_empty() { Fault::Empty } else { fault };
        Self {
            part: part.into(),
            fault,
        }
    }
}

impl fmt::Display for ParseTrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Of a file with such a line, or of somebody's terminal: nothing that moves it.
        let part = self.part.escape_debug();
        match self.fault {
            Fault::Empty => f.write_str("an entry is empty")?,
            Fault::Hops => write!(f, "{part} is too large a number of hops")?,
            Fault::Address => write!(f, "{part} begins with no IP address and is no known name")?,
            Fault::Bits(most) => write!(f, "{part} needs a number of bits from 0 to {most}")?,
            Fault::Mask => write!(f, "{part} needs a mask of IPv4 without gaps")?,
        }
        f.write_str(
            "; trust is true, false, a number of hops, or a list such as \
             loopback, 10.0.0.0/8, fd00::1",
        )
    }
}

impl fmt::Debug for ParseTrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ParseTrustError {}
