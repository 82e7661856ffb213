//! Files: rotation and moving under load, without a line lost or split.

mod support;

use buttress_log::{AccessLogLayer, Rotation, Writer};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::Full;
use std::{
    collections::BTreeSet, convert::Infallible, fs, future::ready, path::Path, thread,
    time::Duration,
};
use tower::{Layer, Service, service_fn};

const SOON: Duration = Duration::from_secs(10);

fn send(layer: &AccessLogLayer, path: &str) {
    let service = service_fn(|_: Request<()>| {
        ready(Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())))
    });
    let request = Request::get(path).body(()).unwrap();
    assert!(layer.layer(service).call(request).now_or_never().is_some());
}

/// The targets of all lines in all files of the folder.
fn targets(folder: &Path) -> Vec<String> {
    let mut targets = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        for line in text.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            targets.push(line["target"].as_str().unwrap().to_owned());
        }
    }
    targets
}

#[test]
fn rotation_under_load_loses_no_line_and_splits_none() {
    let folder = tempfile::tempdir().unwrap();
    let builder = Writer::builder()
        .tick(Duration::from_micros(100))
        .rotation(Rotation::size(20_000).keep(1_000));
    let (writer, guard) = builder.file(folder.path().join("app.log")).unwrap();
    let layer = AccessLogLayer::new(writer.clone());
    thread::scope(|scope| {
        for thread in 0..4 {
            let layer = &layer;
            scope.spawn(move || (0..500).for_each(|n| send(layer, &format!("/{thread}/{n}"))));
        }
    });
    guard.flush(SOON).unwrap();
    let targets = targets(folder.path());
    assert_eq!(targets.len(), 2_000);
    assert_eq!(targets.into_iter().collect::<BTreeSet<_>>().len(), 2_000);
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert!(files.len() > 10, "{}", files.len());
    for file in files {
        assert!(file.unwrap().metadata().unwrap().len() <= 20_000);
    }
}

#[test]
fn only_so_many_files_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let builder = Writer::builder().rotation(Rotation::size(1).keep(2));
    let (writer, guard) = builder.file(folder.path().join("app.log")).unwrap();
    let layer = AccessLogLayer::new(writer);
    for n in 0..10 {
        send(&layer, &format!("/{n}"));
    }
    guard.flush(SOON).unwrap();
    let mut left = targets(folder.path());
    left.sort();
    assert_eq!(left, ["/7", "/8", "/9"]);
}

#[test]
fn a_file_that_was_moved_is_begun_anew_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    let (writer, guard) = Writer::builder().file(&path).unwrap();
    let layer = AccessLogLayer::new(writer.clone());
    send(&layer, "/old");
    guard.flush(SOON).unwrap();
    fs::rename(&path, folder.path().join("moved.log")).unwrap();
    writer.reopen();
    send(&layer, "/new");
    guard.flush(SOON).unwrap();
    assert!(fs::read_to_string(&path).unwrap().contains("/new"));
    assert_eq!(targets(folder.path()).len(), 2);
}

#[test]
fn an_earlier_file_is_appended_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    for run in ["/first", "/second"] {
        let (writer, _guard) = Writer::builder().file(&path).unwrap();
        send(&AccessLogLayer::new(writer), run);
    }
    assert_eq!(targets(folder.path()), ["/first", "/second"]);
}

#[test]
fn a_rotation_that_fails_keeps_on_writing_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    // Where the old file should go there is a folder with something in it.
    fs::create_dir_all(folder.path().join("app.log.1/full")).unwrap();
    let builder = Writer::builder().rotation(Rotation::size(1).keep(1));
    let (writer, guard) = builder.file(&path).unwrap();
    let layer = AccessLogLayer::new(writer.clone());
    for n in 0..5 {
        send(&layer, &format!("/{n}"));
        guard.flush(SOON).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 5);
    assert!(writer.stats().write_errors > 0);
    assert_eq!(writer.stats().written, 5);
}

#[test]
fn a_folder_that_is_not_there_is_an_error_at_once() {
    assert!(
        Writer::builder()
            .file("/nonexistent/folder/app.log")
            .is_err()
    );
}

#[cfg(unix)]
#[test]
fn a_named_pipe_without_a_reader_is_an_error_and_one_with_a_reader_is_never_renamed() {
    use std::{fs::OpenOptions, io::Read, os::unix::fs::FileTypeExt};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    assert!(Writer::builder().file(&path).is_err());

    let mut reader = OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .unwrap();
    let builder = Writer::builder().rotation(Rotation::size(1));
    let (writer, guard) = builder.file(&path).unwrap();
    let layer = AccessLogLayer::new(writer.clone());
    send(&layer, "/1");
    send(&layer, "/2");
    guard.flush(SOON).unwrap();
    assert!(fs::metadata(&path).unwrap().file_type().is_fifo());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let mut text = vec![0; 4_096];
    let count = reader.read(&mut text).unwrap();
    assert_eq!(
        text[..count].iter().filter(|&&byte| byte == b'\n').count(),
        2
    );

    // Nobody reads from here on: the thread waits, and the end does not.
    (0..1_000).for_each(|_| send(&layer, &format!("/{}", "x".repeat(1_000))));
    assert!(guard.flush(Duration::from_millis(50)).is_err());
    drop(guard);
    assert!(writer.stats().pending_bytes > 0);
}

#[test]
fn a_folder_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Writer::builder().file(folder.path()).is_err());
}

#[test]
fn a_size_of_nothing_gives_each_line_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let builder = Writer::builder().rotation(Rotation::size(0).keep(10));
    let (writer, guard) = builder.file(folder.path().join("app.log")).unwrap();
    let layer = AccessLogLayer::new(writer);
    (0..5).for_each(|n| send(&layer, &format!("/{n}")));
    guard.shutdown().unwrap();
    assert_eq!(targets(folder.path()).len(), 5);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5);
}
