use super::{
    Guard, Rotation, Writer,
    drainer::Drainer,
    file::RotatingFile,
    shared::Shared,
    sink::{Plain, Sink},
};
use std::{
    fmt,
    fs::File,
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
    thread,
    time::Duration,
};

/// The settings of a [`Writer`].
#[must_use]
pub struct WriterBuilder {
    capacity: usize,
    tick: Duration,
    overflow: Overflow,
    shutdown_deadline: Duration,
    rotation: Rotation,
    on_error: Box<dyn Fn(&io::Error) + Send + Sync>,
}

/// What happens to a line for which there is no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// It is dropped and counted, and the next line that gets through says how
    /// many were.
    #[default]
    DropNewest,
    /// Its thread waits until there is room. For those who must have every line: a
    /// reader that is stuck then stops the app. What the sink or
    /// [`on_error`](WriterBuilder::on_error) logs never waits.
    Block,
}

impl WriterBuilder {
    pub(super) fn new() -> Self {
        Self {
            capacity: 8 * 1024 * 1024,
            tick: Duration::from_millis(10),
            overflow: Overflow::DropNewest,
            shutdown_deadline: Duration::from_secs(1),
            rotation: Rotation::never(),
            on_error: Box::new(|_| {}),
        }
    }

    /// The most bytes of lines in memory: those that wait and those that are being
    /// written. 8 MiB by default.
    ///
    /// It is split among as many buffers as there are processors, up to 16, and
    /// twice of each: a line longer than such a part never finds room.
    pub fn capacity(mut self, bytes: usize) -> Self {
        self.capacity = bytes;
        self
    }

    /// How often lines are written if no buffer is half full before. 10 ms by
    /// default. After a hundred ticks without a line there is none until the next.
    pub fn tick(mut self, tick: Duration) -> Self {
        self.tick = tick;
        self
    }

    /// What happens where there is no room.
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// How long dropping the [`Guard`] may take. One second by default.
    pub fn shutdown_deadline(mut self, deadline: Duration) -> Self {
        self.shutdown_deadline = deadline;
        self
    }

    /// When a [file](Self::file) makes room for a new one. Never by default.
    pub fn rotation(mut self, rotation: Rotation) -> Self {
        self.rotation = rotation;
        self
    }

    /// Called by the thread that writes, for each error of the sink. The lines that
    /// it cost are counted in [`Stats::failed`](crate::Stats::failed); the writer
    /// goes on, and tries again with the next lines.
    ///
    /// What this logs through the same writer may well have the same fate.
    pub fn on_error(mut self, on_error: impl Fn(&io::Error) + Send + Sync + 'static) -> Self {
        self.on_error = Box::new(on_error);
        self
    }

    /// Writes to the standard output of the process, past std's own buffer and
    /// lock: a stuck reader does not stop those who only print now and then.
    ///
    /// # Errors
    ///
    /// If there is no standard output, or no thread can be started.
    #[cfg(any(unix, windows))]
    pub fn stdout(self) -> io::Result<(Writer, Guard)> {
        let file = duplicate(&io::stdout())?;
        self.to(file)
    }

    /// As [`stdout`](Self::stdout), to the standard error.
    ///
    /// # Errors
    ///
    /// If there is no standard error, or no thread can be started.
    #[cfg(any(unix, windows))]
    pub fn stderr(self) -> io::Result<(Writer, Guard)> {
        let file = duplicate(&io::stderr())?;
        self.to(file)
    }

    /// Appends to a file, which is made if it is not there.
    ///
    /// What is no regular file, a named pipe or a device, is written to and never
    /// rotated.
    ///
    /// # Errors
    ///
    /// If it cannot be opened, which a named pipe without a reader cannot, or no thread
    /// can be started.
    pub fn file(self, path: impl Into<PathBuf>) -> io::Result<(Writer, Guard)> {
        let file = RotatingFile::open(path.into(), self.rotation)?;
        self.start(Box::new(file))
    }

    /// Writes to anything. One call of `write` may hold many lines.
    ///
    /// # Errors
    ///
    /// If no thread can be started.
    pub fn to(self, sink: impl Write + Send + 'static) -> io::Result<(Writer, Guard)> {
        self.start(Box::new(Plain::new(sink)))
    }

    fn start(self, sink: Box<dyn Sink>) -> io::Result<(Writer, Guard)> {
        let shared = Shared::new(self.capacity, self.overflow, self.on_error);
        let shared = Arc::new(shared);
        let drainer = Drainer {
            shared: Arc::clone(&shared),
            sink,
            tick: self.tick,
        };
        thread::Builder::new()
            .name("buttress-log".into())
            .spawn(move || drainer.run())?;
        let guard = Guard::new(Arc::clone(&shared), self.shutdown_deadline);
        Ok((Writer { shared }, guard))
    }
}

#[cfg(unix)]
fn duplicate(stream: &impl std::os::fd::AsFd) -> io::Result<File> {
    stream.as_fd().try_clone_to_owned().map(File::from)
}

#[cfg(windows)]
fn duplicate(stream: &impl std::os::windows::io::AsHandle) -> io::Result<File> {
    stream.as_handle().try_clone_to_owned().map(File::from)
}

impl fmt::Debug for WriterBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriterBuilder")
            .field("capacity", &self.capacity)
            .field("tick", &self.tick)
            .field("overflow", &self.overflow)
            .field("rotation", &self.rotation)
            .finish_non_exhaustive()
    }
}
