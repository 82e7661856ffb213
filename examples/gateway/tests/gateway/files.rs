//! Files beside upstreams.

use crate::process::{Gateway, app, config};
use buttress_testing::h1;
use http::StatusCode;

#[tokio::test]
async fn the_longest_path_gets_a_request_and_files_are_below_theirs() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.txt"), "a file").expect("a file");
    let origin = app("app", "no-store").await;
    let files = format!(
        "{}[[route]]\npath = \"/assets/\"\nfiles = {:?}\n",
        config(&[origin.addr()], ""),
        folder.path().display().to_string()
    );
    let gateway = Gateway::start(&files).await;
    let mut client = h1::Connection::open(gateway.addr).await;
    for (path, status, body) in [
        ("/assets/a.txt", StatusCode::OK, "a file"),
        ("/assets/none.txt", StatusCode::NOT_FOUND, ""),
        ("/assets/../gateway.toml", StatusCode::NOT_FOUND, ""),
        ("/assetsy", StatusCode::OK, "app"),
        ("/", StatusCode::OK, "app"),
    ] {
        let head = client.get(path, &[]).await;
        assert_eq!(head.status, status, "{path}");
        assert_eq!(client.body().await.complete(), body, "{path}");
    }
}
