use super::MAX_FILE;
use std::{
    fs::{self, File},
    io::{ErrorKind, Read},
    path::Path,
};
use zeroize::Zeroizing;

/// The text of a file that holds one value, without one newline at its end.
///
/// The error completes "the file that X names …", and has neither path nor text.
pub(super) fn read(path: impl AsRef<Path>) -> Result<Zeroizing<String>, String> {
    let text = whole(path.as_ref())?;
    Ok(Zeroizing::new(without_newline(&text).to_owned()))
}

/// As above, with all newlines.
pub(super) fn whole(path: &Path) -> Result<Zeroizing<String>, String> {
    let about = fs::metadata(path).map_err(|error| explain(&error))?;
    if about.is_dir() {
        return Err("is a directory".into());
    }
    // Opening a pipe that nobody writes to would wait for ever.
    if !about.is_file() {
        return Err("is no regular file".into());
    }
    if about.len() > MAX_FILE {
        return Err(format!("is larger than {MAX_FILE} bytes"));
    }
    read_bounded(path, about.len())
}

fn read_bounded(path: &Path, len: u64) -> Result<Zeroizing<String>, String> {
    let file = File::open(path).map_err(|error| explain(&error))?;
    // As large as the file, so that no smaller copy is left behind by growing.
    let capacity = usize::try_from(len).unwrap_or(0) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    // The file may grow after it was measured, hence the bound here.
    let read = file.take(MAX_FILE + 1).read_to_end(&mut bytes);
    let read = read.map_err(|error| explain(&error))?;
    if read as u64 > MAX_FILE {
        return Err(format!("is larger than {MAX_FILE} bytes"));
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err("is no UTF-8".into()),
    }
}

fn without_newline(text: &str) -> &str {
    match text.strip_suffix('\n') {
        Some(line) => line.strip_suffix('\r').unwrap_or(line),
        None => text,
    }
}

/// An error's kind alone: its text might hold the path.
fn explain(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "does not exist".into(),
        ErrorKind::PermissionDenied => "may not be read by this user".into(),
        kind => format!("cannot be read: {kind}"),
    }
}
