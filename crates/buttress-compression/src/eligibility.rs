//! Whether a response may be encoded, judged by its head alone.

use crate::{CompressionHint, layer::Config};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
        TRANSFER_ENCODING,
    },
    response::Parts,
};

/// Why a response went out as the inner service made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Skipped {
    /// The client asked for no coding that is on offer.
    NotNegotiated,
    /// The handler said so, with [`CompressionHint::skip`].
    OptedOut,
    /// A status whose response has no content or must not be changed: 1xx,
    /// 204, 205, 206, 304, or any with `Content-Range`.
    Status,
    /// It has a `Content-Encoding` already, or a `Transfer-Encoding` other than
    /// `chunked`.
    AlreadyEncoded,
    /// `Cache-Control: no-transform` (RFC 9111 §5.2.2.6).
    NoTransform,
    /// The predicate, by default the media type, says that it does not pay.
    Predicate,
    /// Smaller than the minimum size.
    TooSmall,
    /// Encoded, and not smaller by 5 %.
    NotSmaller,
    /// The answer to a `HEAD`: there is no body to look at.
    Head,
    /// The encoder failed; the body went out as it was.
    EncoderFailed,
}

impl Skipped {
    pub(crate) const COUNT: usize = 10;

    /// Every reason there is, for those who export them all.
    pub const ALL: &'static [Self] = &[
        Self::NotNegotiated,
        Self::OptedOut,
        Self::Status,
        Self::AlreadyEncoded,
        Self::NoTransform,
        Self::Predicate,
        Self::TooSmall,
        Self::NotSmaller,
        Self::Head,
        Self::EncoderFailed,
    ];

    /// A word for logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotNegotiated => "not_negotiated",
            Self::OptedOut => "opted_out",
            Self::Status => "status",
            Self::AlreadyEncoded => "already_encoded",
            Self::NoTransform => "no_transform",
            Self::Predicate => "predicate",
            Self::TooSmall => "too_small",
            Self::NotSmaller => "not_smaller",
            Self::Head => "head",
            Self::EncoderFailed => "encoder_failed",
        }
    }
}

/// What the fields of a head say, read in one pass: a look-up for each would cost
/// more than all the comparisons in a head of usual size.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    /// `Content-Length`.
    pub(crate) declared: Option<u64>,
    /// What the head or, if it is there to be sent, the body promises.
    pub(crate) length: Option<u64>,
    has_range: bool,
    pub(crate) is_encoded: bool,
    has_type: bool,
    is_transfer_coded: bool,
    forbids_transform: bool,
}

impl Fields {
    pub(crate) fn read(headers: &HeaderMap, body: Option<u64>) -> Self {
        let mut fields = Self::default();
        for (name, value) in headers {
            if name == CONTENT_TYPE {
                fields.has_type = true;
            } else if name == CONTENT_LENGTH {
                fields.declared = fields.declared.or_else(|| parse_length(value));
            } else if name == CONTENT_ENCODING {
                fields.is_encoded = true;
            } else if name == CONTENT_RANGE {
                fields.has_range = true;
            } else if name == TRANSFER_ENCODING {
                fields.is_transfer_coded |= is_transfer_coded(value);
            } else if name == CACHE_CONTROL {
                fields.forbids_transform |= forbids_transform(value);
            }
        }
        fields.length = fields.declared.or(body);
        fields
    }
}

/// `forced` means that the client refuses identity, so that size is no reason to
/// send it.
pub(crate) fn check(
    head: &Parts,
    fields: &Fields,
    forced: bool,
    config: &Config,
) -> Result<(), Skipped> {
    if is_opted_out(head) {
        return Err(Skipped::OptedOut);
    }
    if has_fixed_content(head.status) || fields.has_range {
        return Err(Skipped::Status);
    }
    if fields.is_encoded || fields.is_transfer_coded {
        return Err(Skipped::AlreadyEncoded);
    }
    if fields.forbids_transform {
        return Err(Skipped::NoTransform);
    }
    if !config.predicate.should_compress(head) {
        return Err(Skipped::Predicate);
    }
    match fields.length {
        Some(0) => Err(Skipped::TooSmall),
        Some(length) if length < config.min_size && !forced => Err(Skipped::TooSmall),
        _ => Ok(()),
    }
}

/// Whether the 200 that a 304 stands for may be negotiated, as far as its head
/// tells: it seldom has a `Content-Type`, and one that has is believed.
pub(crate) fn stands_for_negotiated(head: &Parts, fields: &Fields, config: &Config) -> bool {
    !is_opted_out(head)
        && !fields.is_encoded
        && !fields.forbids_transform
        && (!fields.has_type || config.predicate.should_compress(head))
}

fn parse_length(value: &HeaderValue) -> Option<u64> {
    value.to_str().ok()?.trim().parse().ok()
}

fn is_opted_out(head: &Parts) -> bool {
    let hint = head.extensions.get::<CompressionHint>();
    hint.is_some_and(|hint| hint.skip)
}

/// Statuses without content of their own, or whose content is a part
/// (206, `multipart/byteranges` included) that must stay what it is.
fn has_fixed_content(status: StatusCode) -> bool {
    status.is_informational() || matches!(status.as_u16(), 204 | 205 | 206 | 304)
}

/// Whether the body is in a transfer coding that the handler applied itself: it
/// would have to come off before ours goes on.
fn is_transfer_coded(line: &HeaderValue) -> bool {
    !line
        .as_bytes()
        .trim_ascii()
        .eq_ignore_ascii_case(b"chunked")
}

fn forbids_transform(line: &HeaderValue) -> bool {
    line.as_bytes()
        .split(|&byte| byte == b',')
        // It has no argument, but who gives it one means it none the less.
        .filter_map(|directive| directive.split(|&byte| byte == b'=').next())
        .any(|name| name.trim_ascii().eq_ignore_ascii_case(b"no-transform"))
}
