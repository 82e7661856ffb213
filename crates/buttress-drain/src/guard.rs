use crate::Drain;

/// Something that is in flight until it is dropped.
///
/// Made by [`Drain::guard`]. Hold it as long as an upgraded stream, a WebSocket
/// say, or a spawned task should keep the process from ending.
#[derive(Debug)]
#[must_use = "what is dropped is not in flight"]
pub struct InFlight {
    drain: Drain,
}

impl InFlight {
    pub(crate) fn new(drain: Drain) -> Self {
        drain.enter();
        Self { drain }
    }

    /// The drain that counts it: to end the stream when it is triggered.
    #[must_use]
    pub fn drain(&self) -> &Drain {
        &self.drain
    }
}

impl Clone for InFlight {
    fn clone(&self) -> Self {
        Self::new(self.drain.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.drain.leave();
    }
}
