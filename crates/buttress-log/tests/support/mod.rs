//! A sink that a test can read, and a layer that writes to it.
#![allow(dead_code, reason = "each test file uses a part")]

use buttress_log::{AccessLogLayer, Guard, Writer};
use buttress_testing::ManualClock;
use serde_json::Value;
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

/// What was written; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text(Arc<Mutex<Vec<u8>>>);

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Text {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

/// A writer into memory.
pub(crate) struct Log {
    pub(crate) writer: Writer,
    pub(crate) text: Text,
    _guard: Guard,
}

impl Log {
    pub(crate) fn new() -> Self {
        let text = Text::default();
        let (writer, guard) = Writer::builder().to(text.clone()).unwrap();
        Self {
            writer,
            text,
            _guard: guard,
        }
    }

    pub(crate) fn layer(&self) -> AccessLogLayer {
        AccessLogLayer::new(self.writer.clone())
    }

    /// With a clock that stands still until it is advanced.
    pub(crate) fn layer_at(&self, clock: &ManualClock) -> AccessLogLayer {
        let clock = clock.clone();
        self.layer()
            .clock(move || (clock.system_time(), clock.now()))
    }

    /// All lines so far, each without its newline.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.writer.flush(Duration::from_secs(10)).unwrap();
        let text = String::from_utf8(self.text.bytes()).unwrap();
        assert!(
            text.is_empty() || text.ends_with('\n'),
            "a torn line: {text}"
        );
        text.lines().map(str::to_owned).collect()
    }

    /// All lines so far, parsed.
    pub(crate) fn json(&self) -> Vec<Value> {
        let lines = self.lines();
        lines
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The only line.
    pub(crate) fn only(&self) -> Value {
        let mut lines = self.json();
        assert_eq!(lines.len(), 1, "{lines:#?}");
        lines.remove(0)
    }
}
