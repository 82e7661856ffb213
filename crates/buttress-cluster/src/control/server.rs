//! The supervisor's end: who is not its user is refused, lines are bounded, and
//! nobody may take long over one.

use super::{MAX_QUESTION, Reply, Request};
use crate::listeners::is_deserted;
use rustix::{
    fs::Mode,
    process::{geteuid, umask},
};
use std::{
    fs,
    future::Future,
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::Semaphore,
    task::JoinHandle,
    time::{sleep, timeout},
};

/// How many clients are heard at a time; more wait.
const CLIENTS: usize = 16;
/// How long a client may take for a question, and for reading an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Closed, and its file removed, when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) fn start<A, F>(path: &Path, ask: A) -> io::Result<Self>
    where
        A: Fn(Request) -> F + Clone + Send + 'static,
        F: Future<Output = Option<Reply>> + Send + 'static,
    {
        let listener = bind(path)?;
        let task = tokio::spawn(listen(listener, ask));
        Ok(Self {
            path: path.to_owned(),
            task,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
        let _ = fs::remove_file(&self.path);
    }
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        // In a folder of others, the file would be theirs to replace.
        let owner = fs::metadata(folder)?.uid();
        if owner != geteuid().as_raw() && owner != 0 {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
    }
    if path.exists() && is_deserted(path) {
        fs::remove_file(path)?;
    }
    // From the start, for between binding and changing it others could connect.
    let before = umask(Mode::from_raw_mode(0o177));
    let bound = UnixListener::bind(path);
    umask(before);
    let listener = bound?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

async fn listen<A, F>(listener: UnixListener, ask: A)
where
    A: Fn(Request) -> F + Clone + Send + 'static,
    F: Future<Output = Option<Reply>> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(CLIENTS));
    loop {
        let Ok(permit) = room.clone().acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) if is_ours(&stream) => {
                let ask = ask.clone();
                tokio::spawn(async move {
                    // A client that goes away has heard enough.
                    let _ = converse(stream, ask).await;
                    drop(permit);
                });
            }
            Ok(_) => tracing::warn!("another user was refused at the control socket"),
            // Too many open files: no reason to spin.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Whether it is the same user, or root.
fn is_ours(stream: &UnixStream) -> bool {
    let user = stream.peer_cred().map(|credentials| credentials.uid());
    user.is_ok_and(|user| user == geteuid().as_raw() || user == 0)
}

async fn converse<A, F>(stream: UnixStream, ask: A) -> io::Result<()>
where
    A: Fn(Request) -> F,
    F: Future<Output = Option<Reply>>,
{
    let mut stream = BufReader::new(stream);
    loop {
        let Some(line) = timeout(PATIENCE, question(&mut stream)).await?? else {
            return Ok(());
        };
        let reply = match serde_json::from_slice(&line) {
            Ok(request) => ask(request).await,
            Err(error) => Some(Reply::Failed {
                message: format!("no question: {error}"),
            }),
        };
        let Some(reply) = reply else {
            return Ok(());
        };
        let mut answer = serde_json::to_vec(&reply)?;
        answer.push(b'\n');
        timeout(PATIENCE, stream.get_mut().write_all(&answer)).await??;
    }
}

/// The next line; `None` at the end, or in the middle of one that is too long.
async fn question(stream: &mut BufReader<UnixStream>) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let limit = MAX_QUESTION as u64;
    stream.take(limit).read_until(b'\n', &mut line).await?;
    Ok(line.ends_with(b"\n").then_some(line))
}
