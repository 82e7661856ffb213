//! Exact: calls about files are reported, with the line that made them.

use crate::support::{Place, Reports, ask, check, exact, reported, two_workers};
use buttress_sync_io::{Kind, Mode, allow};
use std::{
    fs::{self, File},
    io::{Read, Write},
    path::PathBuf,
    sync::OnceLock,
};
use tempfile::TempDir;

fn folder() -> PathBuf {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    FOLDER
        .get_or_init(|| TempDir::new().unwrap())
        .path()
        .to_owned()
}

#[test]
fn a_cached_read_is_one_report() {
    fn act() {
        assert!(!fs::read("/etc/hosts").unwrap().is_empty());
    }
    reported(act, Kind::File, "fs::read(");
}

#[test]
fn a_cold_read() {
    fn act() {
        let mut file = allow(|| {
            let path = folder().join("cold");
            fs::write(&path, vec![1; 4 << 20]).unwrap();
            let file = File::open(path).unwrap();
            file.sync_all().unwrap();
            let dont_need = rustix::fs::Advice::DontNeed;
            rustix::fs::fadvise(&file, 0, None, dont_need).unwrap();
            file
        });
        let mut bytes = [0; 4096];
        file.read_exact(&mut bytes).unwrap();
        allow(|| drop(file));
    }
    reported(act, Kind::File, "file.read_exact(");
}

#[test]
fn a_write_and_a_sync_are_two_reports() {
    fn act() {
        let mut file = allow(|| File::create(folder().join("written")).unwrap());
        file.write_all(b"some").unwrap();
        file.sync_all().unwrap();
    }
    let reports = Reports::default();
    two_workers(ask(reports.layer(Mode::Exact), Place::Handler, act));
    let found = reports.take();
    let [write, sync] = &*exact(&found) else {
        panic!("{}", crate::support::all(&found))
    };
    check(write, Kind::File, "file.write_all(");
    check(sync, Kind::File, "file.sync_all(");
    let target = write.target.as_deref().unwrap();
    assert!(target.ends_with("/written"), "{target}");
}

#[test]
fn metadata() {
    fn act() {
        assert!(fs::metadata("/etc/hosts").unwrap().is_file());
    }
    reported(act, Kind::Metadata, "fs::metadata(");
}

#[test]
fn a_directory() {
    fn act() {
        assert!(fs::read_dir("/etc").unwrap().count() > 0);
    }
    reported(act, Kind::Directory, "fs::read_dir(");
}

#[test]
fn a_lock_on_a_file_that_is_held() {
    fn act() {
        let open = || File::create(folder().join("lock")).unwrap();
        let (file, held) = allow(|| (open(), open()));
        let exclusive = rustix::fs::FlockOperation::LockExclusive;
        crate::support::while_held(
            move || rustix::fs::flock(&held, exclusive).map(|()| held).unwrap(),
            || rustix::fs::flock(&file, exclusive).unwrap(),
        );
    }
    reported(act, Kind::Lock, "rustix::fs::flock(&file");
}

#[test]
fn sqlite() {
    fn act() {
        let open = || rusqlite::Connection::open(folder().join("data.sqlite")).unwrap();
        let data = allow(open);
        data.execute_batch("create table if not exists t(x); insert into t values (1)")
            .unwrap();
        allow(|| drop(data));
    }
    reported(act, Kind::File, "data.execute_batch(");
}

#[test]
fn rustix_which_does_not_go_through_the_c_library() {
    fn act() {
        rustix::fs::stat("/etc/hosts").unwrap();
    }
    reported(act, Kind::Metadata, "rustix::fs::stat(");
}
