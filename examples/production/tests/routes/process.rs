use crate::app::App;
use std::net::Ipv4Addr;

#[tokio::test]
async fn the_flag_is_stronger_than_app_listen() {
    let flag = ["--listen", "127.0.0.1:0"];
    let app = App::start_with(&flag, &[("APP_LISTEN", "[::1]:1"), ("PORT", "1")]).await;
    assert_eq!(app.addr.ip(), Ipv4Addr::LOCALHOST);
    assert_eq!(app.get("/plain").await.status(), 200);
}

#[tokio::test]
async fn app_listen_is_stronger_than_port() {
    let app = App::start_with(&[], &[("APP_LISTEN", "127.0.0.1:0"), ("PORT", "1")]).await;
    // Not PORT's, and not the default: the one that the system chose.
    assert!(![1, 3000].contains(&app.addr.port()));
}

#[tokio::test]
async fn port_is_one_of_the_loopback_address() {
    let app = App::start_with(&[], &[("PORT", "0")]).await;
    assert_eq!(app.addr.ip(), Ipv4Addr::LOCALHOST);
    assert_ne!(app.addr.port(), 3000);
}

#[tokio::test]
async fn assets_are_found_from_any_folder_and_can_be_elsewhere() {
    let elsewhere = std::env::temp_dir();
    let args = [
        "--listen",
        "127.0.0.1:0",
        "--assets",
        elsewhere.to_str().unwrap(),
    ];
    let app = App::start_with(&args, &[]).await;
    assert!(app.get("/assets/site.css").await.problem(404).is_none());
}
