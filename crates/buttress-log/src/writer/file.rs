use super::{
    Rotation,
    sink::{Outcome, Plain, Sink},
};
use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A file that makes room for a new one.
pub(super) struct RotatingFile {
    path: PathBuf,
    file: Plain<File>,
    /// Never, for what is no regular file: nobody wants `/dev/null` renamed.
    rotation: Rotation,
    wanted: Rotation,
    len: u64,
    /// In which period the file was begun.
    period: u64,
}

impl RotatingFile {
    pub(super) fn open(path: PathBuf, rotation: Rotation) -> io::Result<Self> {
        let file = append_to(&path)?;
        let metadata = file.metadata()?;
        let (wanted, rotation) = (rotation, possible(rotation, &metadata));
        // One that an earlier process began belongs to the time of its last line.
        let begun = match metadata.len() {
            0 => SystemTime::now(),
            _ => metadata.modified()?,
        };
        Ok(Self {
            path,
            file: Plain::new(file),
            rotation,
            wanted,
            len: metadata.len(),
            period: period_of(begun, rotation),
        })
    }

    /// How many of the bytes still go into this file: whole lines only.
    fn room_for(&self, lines: &[u8]) -> usize {
        let Some(size) = self.rotation.size else {
            return lines.len();
        };
        let room = usize::try_from(size.saturating_sub(self.len)).unwrap_or(usize::MAX);
        if lines.len() <= room {
            return lines.len();
        }
        let last = lines[..room].iter().rposition(|&byte| byte == b'\n');
        match last {
            Some(last) => last + 1,
            // An empty file takes its first line whatever its length.
            None if self.len == 0 => first_line(lines),
            None => 0,
        }
    }

    /// Begins a new file if it is time.
    fn turn(&mut self) -> io::Result<()> {
        let period = period_of(SystemTime::now(), self.rotation);
        if period == self.period {
            return Ok(());
        }
        // Whether it works or not: it is tried once each period.
        self.period = period;
        if self.len == 0 {
            return Ok(());
        }
        self.rotate()
    }

    fn rotate(&mut self) -> io::Result<()> {
        for number in (1..self.rotation.keep).rev() {
            rename_if_there(
                &numbered(&self.path, number),
                &numbered(&self.path, number + 1),
            )?;
        }
        fs::rename(&self.path, numbered(&self.path, 1))?;
        self.reopen()
    }

    fn write_here(&mut self, lines: &[u8]) -> Outcome {
        let mut outcome = self.file.write(lines);
        let whole = whole_lines(&lines[..outcome.taken]);
        if whole < outcome.taken && self.take_back(outcome.taken, whole) {
            outcome.taken = whole;
            self.file.mended();
        }
        self.len += outcome.taken as u64;
        outcome
    }

    /// Cuts off what was written of a line whose rest found no room. Not if some
    /// other process has written to the file meanwhile.
    fn take_back(&self, written: usize, whole: usize) -> bool {
        let is_ours = |metadata: fs::Metadata| metadata.len() == self.len + written as u64;
        let file = self.file.get_ref();
        file.metadata().is_ok_and(is_ours) && file.set_len(self.len + whole as u64).is_ok()
    }
}

impl Sink for RotatingFile {
    fn write(&mut self, lines: &[u8]) -> Outcome {
        let mut taken = 0;
        // What cannot be rotated is still better than what is not written.
        let mut trouble = self.turn().err();
        while taken < lines.len() {
            let rest = &lines[taken..];
            let mut here = if trouble.is_some() {
                rest.len()
            } else {
                self.room_for(rest)
            };
            if here == 0 {
                trouble = self.rotate().err();
                here = match trouble {
                    Some(_) => rest.len(),
                    // At least one, or a file that others fill would keep us here.
                    None => self.room_for(rest).max(first_line(rest)),
                };
            }
            let outcome = self.write_here(&rest[..here]);
            taken += outcome.taken;
            if outcome.error.is_some() {
                let error = outcome.error;
                return Outcome { taken, error };
            }
        }
        Outcome {
            taken,
            error: trouble,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        // There is no buffer between us and the system.
        Ok(())
    }

    fn reopen(&mut self) -> io::Result<()> {
        let file = append_to(&self.path)?;
        let metadata = file.metadata()?;
        self.len = metadata.len();
        self.rotation = possible(self.wanted, &metadata);
        self.file = Plain::new(file);
        Ok(())
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // A named pipe without a reader is an error then, and no wait without end.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    options.append(true).create(true).open(path)
}

fn possible(rotation: Rotation, metadata: &fs::Metadata) -> Rotation {
    if metadata.is_file() {
        rotation
    } else {
        Rotation::never()
    }
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(format!(".{number}"));
    name.into()
}

fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        renamed => renamed,
    }
}

fn period_of(time: SystemTime, rotation: Rotation) -> u64 {
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    match rotation.every {
        Some(every) => since_epoch.as_secs() / every.as_secs().max(1),
        None => 0,
    }
}

fn whole_lines(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |last| last + 1)
}

fn first_line(lines: &[u8]) -> usize {
    lines
        .iter()
        .position(|&byte| byte == b'\n')
        .map_or(lines.len(), |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_begin_at_utc_boundaries() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let day = 24 * 60 * 60;
        assert_eq!(period_of(at(day - 1), Rotation::daily()), 0);
        assert_eq!(period_of(at(day), Rotation::daily()), 1);
        assert_eq!(period_of(at(day), Rotation::hourly()), 24);
        assert_eq!(period_of(at(day), Rotation::never()), 0);
    }

    #[test]
    fn only_whole_lines_count() {
        assert_eq!(whole_lines(b"one\ntw"), 4);
        assert_eq!(whole_lines(b"one"), 0);
        assert_eq!(first_line(b"one\ntwo\n"), 4);
    }
}
