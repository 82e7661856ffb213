//! Processes from the same executable, and what they are given: descriptors,
//! and memory that all of them see. The only unsafe code of the crate.
#![allow(unsafe_code)]

use rustix::{
    fs::{Mode, OFlags},
    io::{FdFlags, dup2, fcntl_dupfd_cloexec, fcntl_getfd, fcntl_setfd},
    mm::{MapFlags, ProtFlags, mmap},
    process::{Signal, getpid, getppid, set_parent_process_death_signal},
};
use std::{
    env,
    ffi::OsString,
    fs, io,
    mem::ManuallyDrop,
    os::{
        fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd},
        unix::{fs::MetadataExt, process::CommandExt},
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    ptr, slice,
    sync::atomic::AtomicU64,
};

/// The executable that workers are started from.
#[derive(Debug)]
pub(crate) struct Program {
    /// Resolved once: after a deploy by rename, what the kernel says of us ends in
    /// "(deleted)". Links in it stay, so that a deploy can point one elsewhere.
    path: PathBuf,
    args: Vec<OsString>,
}

/// One version of the executable. It stays what it is when its path is given to
/// another one, so that workers of this version can be started after a deploy.
#[derive(Debug)]
pub(crate) struct Image(OwnedFd);

impl Program {
    pub(crate) fn current() -> io::Result<Self> {
        let args: Vec<_> = env::args_os().collect();
        let ours = fs::metadata("/proc/self/exe")?;
        let is_ours = |path: &PathBuf| {
            let other = fs::metadata(path).ok();
            other.is_some_and(|it| (it.dev(), it.ino()) == (ours.dev(), ours.ino()))
        };
        let called = args.first().and_then(|name| locate(Path::new(name)));
        let path = match called.filter(is_ours) {
            Some(path) => path,
            None => env::current_exe()?,
        };
        Ok(Self { path, args })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What is at the path now.
    pub(crate) fn image(&self) -> io::Result<Image> {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        Ok(Image(rustix::fs::open(&self.path, flags, Mode::empty())?))
    }

    /// A process of that version, with our arguments.
    pub(crate) fn command(&self, image: &Image) -> Command {
        let file = format!("/proc/self/fd/{}", image.0.as_raw_fd());
        let mut command = Command::new(file);
        if let Some((name, rest)) = self.args.split_first() {
            command.arg0(name).args(rest);
        }
        command
    }
}

/// What a shell would run under this name.
fn locate(name: &Path) -> Option<PathBuf> {
    if name.components().count() > 1 {
        return Some(env::current_dir().ok()?.join(name));
    }
    let paths = env::var_os("PATH")?;
    env::split_paths(&paths)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// Starts a process that has our `descriptors` under the same numbers, and that
/// gets SIGTERM when this thread ends.
pub(crate) fn start(command: &mut Command, descriptors: Vec<RawFd>) -> io::Result<Child> {
    command.stdin(Stdio::null());
    // The terminal's Ctrl-C is for the supervisor, which tells its workers.
    command.process_group(0);
    prepare(command, move || {
        for descriptor in &descriptors {
            // SAFETY: the caller holds them open, and fork has copied them.
            let descriptor = unsafe { BorrowedFd::borrow_raw(*descriptor) };
            fcntl_setfd(descriptor, FdFlags::empty())?;
        }
        Ok(())
    });
    command.spawn()
}

/// Where descriptors begin that a service manager hands over.
const FIRST: RawFd = 3;

/// Has the process find these sockets from descriptor 3 on. They must not be closed
/// before it was started.
pub(crate) fn hand_over(command: &mut Command, sockets: &[OwnedFd]) -> io::Result<()> {
    let count = RawFd::try_from(sockets.len()).map_err(io::Error::other)?;
    // Copies out of the way, so that none is overwritten before it was moved.
    let copies = sockets
        .iter()
        .map(|socket| fcntl_dupfd_cloexec(socket, FIRST + count));
    let copies = copies.collect::<Result<Vec<_>, _>>()?;
    prepare(command, move || {
        for (number, copy) in (FIRST..).zip(&copies) {
            // SAFETY: whatever has this number in the new process is not used there
            // again before exec closes it, and it is not closed here.
            let mut place = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(number) });
            dup2(copy, &mut place)?;
        }
        Ok(())
    });
    Ok(())
}

/// Does more in the new process before it becomes another program: that may make
/// system calls, and neither allocate nor take a lock.
fn prepare(command: &mut Command, more: impl Fn() -> io::Result<()> + Send + Sync + 'static) {
    let parent = getpid();
    let prepare = move || {
        more()?;
        set_parent_process_death_signal(Some(Signal::TERM))?;
        // It may have ended before the line above, and nobody would tell.
        if getppid() != Some(parent) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(())
    };
    // SAFETY: both callers keep to the above.
    unsafe { command.pre_exec(prepare) };
}

/// Takes a descriptor that was inherited under this number; each only once.
pub(crate) fn take(number: RawFd) -> io::Result<OwnedFd> {
    if number < 3 {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // SAFETY: that it is open, the next line asks; that nobody else owns it, the
    // supervisor's word says, which names each descriptor once.
    let descriptor = unsafe { OwnedFd::from_raw_fd(number) };
    let checked = fcntl_getfd(&descriptor);
    let checked = checked.and_then(|flags| fcntl_setfd(&descriptor, flags | FdFlags::CLOEXEC));
    match checked {
        Ok(()) => Ok(descriptor),
        Err(error) => {
            // Closing what is not open could hit what is opened there meanwhile.
            std::mem::forget(descriptor);
            Err(error.into())
        }
    }
}

/// Memory that all processes see which map it.
pub(crate) fn map(memory: BorrowedFd<'_>, words: usize) -> io::Result<&'static [AtomicU64]> {
    let length = words * size_of::<AtomicU64>();
    if rustix::fs::fstat(memory)?.st_size < i64::try_from(length).map_err(io::Error::other)? {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let (access, shared) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED);
    // SAFETY: a new mapping, wherever the kernel has room for it.
    let start = unsafe { mmap(ptr::null_mut(), length, access, shared, memory, 0)? };
    // SAFETY: it is as long as that, page-aligned, zeroed at first, never unmapped,
    // and the file is sealed against shrinking. Others write to it, so it is only
    // seen as atomics.
    Ok(unsafe { slice::from_raw_parts(start.cast(), words) })
}
