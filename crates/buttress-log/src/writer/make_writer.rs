use super::Writer;
use std::io;
use tracing_subscriber::fmt::MakeWriter;

/// Gives the lines of the app's own log to a [`Writer`], which
/// `tracing_subscriber::fmt().with_writer(writer)` takes.
#[derive(Debug)]
pub struct LineWriter {
    writer: Writer,
    /// What came without a newline so far.
    line: Vec<u8>,
}

/// Longer ones are cut into lines of this length.
const LONGEST_LINE: usize = 64 * 1024;

impl<'a> MakeWriter<'a> for Writer {
    type Writer = LineWriter;

    fn make_writer(&'a self) -> LineWriter {
        LineWriter {
            writer: self.clone(),
            line: Vec::new(),
        }
    }
}

impl LineWriter {
    fn push(&self, line: &[u8]) {
        let dropped = self.writer.take_unsaid();
        if dropped > 0 && !self.writer.push(notice(line, dropped).as_bytes()) {
            self.writer.give_back(dropped);
        }
        self.writer.push(line);
    }
}

/// In the manner of the line after it.
fn notice(next: &[u8], dropped: u64) -> String {
    if next.starts_with(b"{") {
        return format!(
            "{{\"level\":\"WARN\",\"message\":\"log lines were dropped\",\"dropped\":{dropped}}}\n"
        );
    }
    format!("WARN log lines were dropped: dropped {dropped}\n")
}

impl io::Write for LineWriter {
    /// Never fails: what cannot be taken is counted.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The formatters of tracing-subscriber give each event at once.
        if self.line.is_empty() && bytes.ends_with(b"\n") && bytes.len() <= LONGEST_LINE {
            self.push(bytes);
            return Ok(bytes.len());
        }
        let room = LONGEST_LINE - self.line.len().min(LONGEST_LINE);
        let taken = bytes.len().min(room.max(1));
        self.line.extend_from_slice(&bytes[..taken]);
        if self.line.ends_with(b"\n") || self.line.len() >= LONGEST_LINE {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.line.is_empty() {
            return Ok(());
        }
        if !self.line.ends_with(b"\n") {
            self.line.push(b'\n');
        }
        let line = std::mem::take(&mut self.line);
        self.push(&line);
        Ok(())
    }
}

impl Drop for LineWriter {
    fn drop(&mut self) {
        // It never fails.
        let _ = io::Write::flush(self);
    }
}
