use crate::Encoding;
use std::{error::Error, fmt, io};

/// Why a request body could not be decoded.
///
/// The body of a decoded request yields this, in a box, where it stops. An
/// error of the body underneath is passed on as it is and is not one of these.
#[derive(Debug)]
pub struct RequestDecompressionError {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Size {
        max: u64,
    },
    Encoded {
        max: u64,
    },
    Ratio {
        max: u32,
    },
    Corrupt {
        encoding: Encoding,
        source: io::Error,
    },
}

impl RequestDecompressionError {
    /// Whether the body crossed a limit of the layer, on its size or its ratio.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        !self.is_corrupt()
    }

    /// Whether the body is not what its `Content-Encoding` says: broken, cut
    /// short or followed by something else.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        matches!(self.kind, Kind::Corrupt { .. })
    }

    pub(super) fn size(max: u64) -> Self {
        Self {
            kind: Kind::Size { max },
        }
    }

    pub(super) fn encoded(max: u64) -> Self {
        Self {
            kind: Kind::Encoded { max },
        }
    }

    pub(super) fn ratio(max: u32) -> Self {
        Self {
            kind: Kind::Ratio { max },
        }
    }

    pub(super) fn corrupt(encoding: Encoding, source: io::Error) -> Self {
        Self {
            kind: Kind::Corrupt { encoding, source },
        }
    }
}

impl fmt::Display for RequestDecompressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Size { max } => write!(f, "request body decodes to more than {max} bytes"),
            Kind::Encoded { max } => write!(f, "encoded request body is longer than {max} bytes"),
            Kind::Ratio { max } => {
                write!(
                    f,
                    "request body decodes to more than {max} times its encoded size"
                )
            }
            Kind::Corrupt { encoding, .. } => write!(f, "request body is not valid {encoding}"),
        }
    }
}

impl Error for RequestDecompressionError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            Kind::Corrupt { source, .. } => Some(source),
            Kind::Size { .. } | Kind::Encoded { .. } | Kind::Ratio { .. } => None,
        }
    }
}
