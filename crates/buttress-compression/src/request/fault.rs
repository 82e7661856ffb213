use super::{error::RequestDecompressionError, rejection::Rejection};
use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

const NONE: u8 = 0;
const TOO_LARGE: u8 = 1;
const CORRUPT: u8 = 2;

/// What the body found wrong, told to the future that has the answer in hand.
///
/// The body goes into the handler and is out of reach from then on, so the two
/// share this. A fault is never taken back.
#[derive(Clone, Debug, Default)]
pub(super) struct FaultCell(Arc<AtomicU8>);

impl FaultCell {
    pub(super) fn set(&self, error: &RequestDecompressionError) {
        let fault = if error.is_too_large() {
            TOO_LARGE
        } else {
            CORRUPT
        };
        self.0.store(fault, Ordering::Release);
    }

    pub(super) fn rejection(&self) -> Option<Rejection> {
        match self.0.load(Ordering::Acquire) {
            NONE => None,
            TOO_LARGE => Some(Rejection::TooLarge),
            _ => Some(Rejection::Corrupt),
        }
    }
}
