//! SIGTERM while everything is asked for.

use super::asks::mixed;
use super::load::{Load, Tally};
use super::row::Row;
use super::times;
use crate::app::App;
use crate::sessions::login;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_under_a_mixed_load_fails_no_request() {
    let mut sum = Tally::default();
    let mut row = None;
    let ends = 2 * times();
    for nth in 0..ends {
        let linger = [("APP_DRAIN__LINGER", "300ms")];
        let app = App::start_with(&["--listen", "127.0.0.1:0"], &linger).await;
        row.get_or_insert_with(|| Row::begin("SIGTERM under load", &app));
        let cookie = login(&app, "ann").await;
        let load = Load::of(app.addr, mixed(&cookie))
            .until_refused()
            .clients(16);
        load.succeeds(200 + 37 * nth).await;
        app.terminate().await;
        let tally = load.end().await;
        sum.answered += tally.answered;
        sum.unexpected.extend(tally.unexpected);
        assert_eq!(app.ended().await.status.code(), Some(0));
    }
    let row = row.expect("at least one end");
    row.end_without(&sum, &format!("{ends} ends, each with exit code 0"));
}
