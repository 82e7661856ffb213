//! How a record becomes a line.

mod civil;
mod combined;
mod ecs;
mod escape;
mod json;
mod members;
mod object;
mod otel;
mod pretty;
#[cfg(feature = "subscriber")]
mod span_fields;

pub use combined::{Combined, Common};
pub use ecs::Ecs;
pub use json::{Json, JsonMembers};
pub use members::Member;
pub use otel::Otel;
pub use pretty::Pretty;
#[cfg(feature = "subscriber")]
pub use span_fields::SpanFields;

use crate::Record;

/// Makes the text of a line.
///
/// The layer adds the newline, and replaces any other by a space: whatever a format
/// does with what a header holds, a record is one line. It is called with no lock
/// held, also while the task of a request is dropped; one that panics loses the line,
/// which is counted.
///
/// ```
/// use buttress_log::{Format, Record};
/// use std::io::Write;
///
/// struct Short;
///
/// impl Format for Short {
///     fn encode(&self, record: &Record<'_>, out: &mut Vec<u8>) {
///         let status = record.status().map_or(0, |status| status.as_u16());
///         let _ = write!(out, "{} {status}", record.method());
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no format of log lines",
    note = "there are `Json`, `Otel`, `Ecs`, `Common`, `Combined` and `Pretty`"
)]
pub trait Format: Send + Sync + 'static {
    /// Appends the text of a record.
    fn encode(&self, record: &Record<'_>, out: &mut Vec<u8>);

    /// Whether it shows [`Record::referer`], which is not kept for others.
    fn shows_referer(&self) -> bool {
        false
    }

    /// Whether it shows [`Record::user_agent`], which is not kept for others.
    fn shows_user_agent(&self) -> bool {
        true
    }

    /// Whether it never breaks the line, so that nobody has to look.
    #[doc(hidden)]
    fn keeps_its_line(&self) -> bool {
        false
    }
}

/// For a format that is chosen at run time.
impl Format for Box<dyn Format> {
    fn encode(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        (**self).encode(record, out);
    }

    fn shows_referer(&self) -> bool {
        (**self).shows_referer()
    }

    fn shows_user_agent(&self) -> bool {
        (**self).shows_user_agent()
    }

    fn keeps_its_line(&self) -> bool {
        (**self).keeps_its_line()
    }
}
