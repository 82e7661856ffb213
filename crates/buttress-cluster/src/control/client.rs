use super::{MAX_ANSWER, Reply, Request};
use rustix::process::geteuid;
use std::{
    env,
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

/// A connection to a supervisor.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<UnixStream>,
}

impl Client {
    /// Connects. An answer may take as long as `patience`: a reload waits for new
    /// workers.
    ///
    /// # Errors
    ///
    /// If no supervisor listens there, or it is another user's.
    pub fn connect(path: &Path, patience: Duration) -> io::Result<Self> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(patience))?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    ///
    /// If the connection ends or is too slow, or if the answer cannot be read.
    pub fn ask(&mut self, request: &Request) -> io::Result<Reply> {
        let mut line = serde_json::to_string(request)?;
        line.push('\n');
        self.stream.get_mut().write_all(line.as_bytes())?;
        let mut answer = Vec::new();
        let limit = MAX_ANSWER as u64;
        self.stream
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut answer)?;
        if !answer.ends_with(b"\n") {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(serde_json::from_slice(&answer)?)
    }
}

/// The folder of all control sockets of this user: `$RUNTIME_DIRECTORY` within a
/// service, else `$XDG_RUNTIME_DIR/buttress`, else `/tmp/buttress-UID`.
#[must_use]
pub fn default_folder() -> PathBuf {
    let set = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(folder) = set("RUNTIME_DIRECTORY") {
        return folder;
    }
    match set("XDG_RUNTIME_DIR") {
        Some(folder) => folder.join("buttress"),
        None => env::temp_dir().join(format!("buttress-{}", geteuid().as_raw())),
    }
}

/// The control socket of this executable, in [`default_folder`].
#[must_use]
pub fn default_path(program: &Path) -> PathBuf {
    let name = program.file_name().unwrap_or("app".as_ref());
    default_folder().join(name).with_extension("sock")
}
