//! A signal opens the file again. A process of its own, for signals are the process's.
#![cfg(all(unix, feature = "signal"))]

use buttress_log::{AccessLogLayer, Writer};
use buttress_testing::within;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use std::{convert::Infallible, fs, future::ready, process::Command, time::Duration};
use tower::{Layer, ServiceExt, service_fn};

#[tokio::test]
async fn a_hangup_begins_the_file_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    let (writer, guard) = Writer::builder().file(&path).unwrap();
    writer.reopen_on_hangup().unwrap();
    fs::rename(&path, folder.path().join("moved.log")).unwrap();
    let kill = format!("kill -HUP {}", std::process::id());
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
    within("the new file", async {
        while !path.exists() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    // A storm of them opens it again and again, and costs no line.
    let storm = format!(
        "for _ in $(seq 200); do kill -HUP {}; done",
        std::process::id()
    );
    let mut storm = Command::new("sh").args(["-c", &storm]).spawn().unwrap();
    let service = service_fn(|_: Request<()>| {
        ready(Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())))
    });
    let layer = AccessLogLayer::new(writer);
    for _ in 0..500 {
        let answered = layer.layer(service).oneshot(Request::new(()));
        answered.await.unwrap();
        tokio::task::yield_now().await;
    }
    assert!(storm.wait().unwrap().success());
    guard.flush(Duration::from_secs(10)).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 500);
}
