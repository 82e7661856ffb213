//! Questions to a supervisor.

use crate::{
    args::{Logs, Which},
    table,
};
use buttress_cluster::control::{Client, Entry, Reply, Request, Scale, Status, default_folder};
use std::{
    error::Error,
    fs, io,
    io::Write,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A reload waits for new workers, which have a time of their own.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often somebody is asked who has nothing new.
const AGAIN: Duration = Duration::from_millis(200);

pub(crate) fn reload() -> Request {
    Request::Reload
}

pub(crate) fn scale(workers: Scale) -> Request {
    Request::Scale { workers }
}

pub(crate) fn set(name: String, value: String) -> Request {
    Request::Set { name, value }
}

/// Has something done, and says what came of it.
pub(crate) fn order(which: &Which, request: &Request) -> Result<ExitCode> {
    tell(&mut connect(which)?, request)?;
    Ok(ExitCode::SUCCESS)
}

fn tell(client: &mut Client, request: &Request) -> Result<()> {
    match client.ask(request)? {
        // Done it is, read or not.
        Reply::Done { message } => drop(say(&message)),
        Reply::Failed { message } => return Err(message.into()),
        _ => return Err("the supervisor is of another version".into()),
    }
    Ok(())
}

/// Has the cluster end. Who waits goes on when its supervisor is gone, as the next
/// line of a script expects it.
pub(crate) fn stop(which: &Which, no_wait: bool) -> Result<ExitCode> {
    let mut client = connect(which)?;
    tell(&mut client, &Request::Stop)?;
    let begun = Instant::now();
    // A supervisor that ends answers until then, and hangs up.
    while !no_wait && client.ask(&Request::List).is_ok() {
        if begun.elapsed() > PATIENCE {
            return Err("it has not ended yet".into());
        }
        thread::sleep(AGAIN);
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn list(which: &Which, json: bool) -> Result<ExitCode> {
    let status = status(&mut connect(which)?)?;
    if json {
        let _ = say(&serde_json::to_string(&status)?);
    } else {
        let _ = say(&table::list(&status));
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn logs(which: &Which, logs: &Logs) -> Result<ExitCode> {
    let mut client = connect(which)?;
    let mut after = 0;
    loop {
        let entries = match client.ask(&Request::Logs { after }) {
            Ok(Reply::Logs { entries }) => entries,
            Ok(_) => return Err("the supervisor is of another version".into()),
            // Who follows a cluster to its end has seen what there was.
            Err(error) if logs.follow && has_hung_up(&error) => return Ok(ExitCode::SUCCESS),
            Err(error) => return Err(error.into()),
        };
        for entry in &entries {
            if say(&line(entry, logs.json)?).is_err() {
                return Ok(ExitCode::SUCCESS);
            }
        }
        match entries.last() {
            Some(last) => after = last.number,
            None if logs.follow => thread::sleep(AGAIN),
            None => return Ok(ExitCode::SUCCESS),
        }
    }
}

fn line(entry: &Entry, json: bool) -> Result<String> {
    if json {
        return Ok(serde_json::to_string(entry)?);
    }
    let day = entry.unix_ms / 1000 % 86_400;
    let (hours, minutes, seconds) = (day / 3600, day / 60 % 60, day % 60);
    Ok(format!(
        "{hours:02}:{minutes:02}:{seconds:02}Z {:4} {}",
        entry.level, entry.message
    ))
}

pub(crate) fn status(client: &mut Client) -> Result<Status> {
    match client.ask(&Request::List)? {
        Reply::Status(status) => Ok(status),
        _ => Err("the supervisor is of another version".into()),
    }
}

/// Whether the supervisor closed the connection.
fn has_hung_up(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), UnexpectedEof | BrokenPipe | ConnectionReset)
}

/// A line on stdout.
///
/// # Errors
///
/// If whoever reads it has seen enough, which is no failure of ours.
pub(crate) fn say(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{text}")
}

pub(crate) fn connect(which: &Which) -> Result<Client> {
    let path = locate(which)?;
    Client::connect(&path, PATIENCE).map_err(|error| {
        let what = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                "no cluster runs there".to_owned()
            }
            _ => error.to_string(),
        };
        format!("{}: {what}", path.display()).into()
    })
}

fn locate(which: &Which) -> Result<PathBuf> {
    if let Some(socket) = &which.socket {
        return Ok(socket.clone());
    }
    let folder = default_folder();
    if let Some(name) = &which.name {
        let ours = folder.join(name).with_extension("sock");
        // Of a service, whose folder is of the same name.
        let service = Path::new("/run")
            .join(name)
            .join(name)
            .with_extension("sock");
        return Ok(if !ours.exists() && service.exists() {
            service
        } else {
            ours
        });
    }
    let mut sockets = sockets(&folder);
    match (sockets.pop(), sockets.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => Err(format!("no cluster runs: nothing in {}", folder.display()).into()),
        (Some(last), false) => {
            sockets.push(last);
            let names: Vec<_> = sockets
                .iter()
                .filter_map(|path| path.file_stem()?.to_str())
                .collect();
            Err(format!("which one? --name {}", names.join(", or --name ")).into())
        }
    }
}

fn sockets(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let mut sockets: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|it| it == "sock"))
        .filter(|path| !is_deserted(path))
        .collect();
    sockets.sort();
    sockets
}

/// Whether its supervisor was killed, which then took nothing away.
fn is_deserted(path: &Path) -> bool {
    let refused = UnixStream::connect(path).map_err(|error| error.kind());
    matches!(refused, Err(io::ErrorKind::ConnectionRefused))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_socket_that_nobody_listens_on_is_no_cluster() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        drop(UnixListener::bind(path("dead.sock")).unwrap());
        let _alive = UnixListener::bind(path("alive.sock")).unwrap();
        assert_eq!(sockets(folder.path()), [path("alive.sock")]);
    }
}
