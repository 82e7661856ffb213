use super::{Encoder, Spec, Window, clamp_level, idle::Idle, one_shot::OneShot};
use crate::Encoding;
use async_compression::core::unshared::Unshared;
use bytes::Bytes;
use std::{io, sync::Arc, thread};

/// The encoders that nobody uses at the moment.
///
/// What an idle one keeps, at the default levels: 380 kB for a stream of gzip or
/// deflate, 3.7 MB for one of zstd and 2.6 MB at most for one of br, and for
/// complete bodies, with the output's buffer, 0.9 MB, 1.1 MB and 2.7 MB at most.
pub(crate) struct EncoderPool {
    streams: Idle<Spec, Shareable>,
    one_shots: Idle<(Encoding, i32), OneShot>,
}

impl EncoderPool {
    /// Keeps at most `idle` encoders of streams and as many for complete bodies.
    pub(crate) fn new(idle: usize) -> Self {
        Self {
            streams: Idle::new(idle),
            one_shots: Idle::new(idle),
        }
    }

    /// An encoder at the start of its output, for as long as the caller keeps it.
    pub(crate) fn stream(self: &Arc<Self>, spec: Spec) -> io::Result<PooledEncoder> {
        let spec = spec.clamped();
        let encoder = match self.streams.take(&spec) {
            Some(encoder) => encoder,
            None => Unshared::new(spec.new_encoder()?),
        };
        Ok(PooledEncoder {
            encoder: Some(encoder),
            spec,
            pool: self.clone(),
        })
    }

    /// Encodes a complete body in one call; `None` when the output would be
    /// longer than `max_len`. The window of `spec` plays no part: that of a
    /// complete body is as large as the body wants.
    pub(crate) fn compress(
        &self,
        spec: Spec,
        input: &[u8],
        max_len: usize,
    ) -> io::Result<Option<Bytes>> {
        let spec = spec.clamped();
        let key = (spec.encoding, spec.level);
        let mut encoder = match self.one_shots.take(&key) {
            Some(encoder) => encoder,
            None => OneShot::new(spec)?,
        };
        // One that failed or panicked is not used again.
        let output = encoder.compress(input, max_len)?;
        self.one_shots.put(key, encoder);
        Ok(output)
    }

    #[cfg(test)]
    pub(super) fn idle(&self) -> (usize, usize) {
        (self.streams.len(), self.one_shots.len())
    }
}

impl Spec {
    /// With what makes no difference made equal.
    fn clamped(mut self) -> Self {
        self.level = clamp_level(self.encoding, self.level);
        if self.window == Window::Large && self.encoding != Encoding::Br {
            self.window = Window::Full;
        }
        self
    }
}

/// A streaming encoder on loan: dropping it, at the end of the body or in the
/// middle of it, brings it back to its pool.
pub(crate) struct PooledEncoder {
    /// `None` only once dropped.
    encoder: Option<Shareable>,
    spec: Spec,
    pool: Arc<EncoderPool>,
}

/// The codecs are not `Sync`, and bodies should be where what they wrap is:
/// http-body-util's `BoxBody` asks for it.
type Shareable = Unshared<Box<dyn Encoder>>;

impl PooledEncoder {
    pub(crate) fn get_mut(&mut self) -> &mut dyn Encoder {
        // Nothing but `drop` takes it out.
        self.encoder
            .as_mut()
            .expect("taken by drop alone")
            .get_mut()
            .as_mut()
    }
}

impl Drop for PooledEncoder {
    fn drop(&mut self) {
        // A panic may have come from the middle of the encoder.
        if thread::panicking() {
            return;
        }
        if let Some(mut encoder) = self.encoder.take() {
            if encoder.get_mut().reset().is_ok() {
                self.pool.streams.put(self.spec, encoder);
            }
        }
    }
}
