//! One request of a hundred panics.

use super::asks::{Ask, mixed};
use super::load::Load;
use super::row::Row;
use super::{start, times};
use crate::sessions::login;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_panic_of_a_hundred_requests_costs_nobody_else_theirs() {
    let app = start(&["--panic-budget", "1000000"]).await;
    let cookie = login(&app, "ann").await;
    let mut asks: Vec<_> = mixed(&cookie).into_iter().cycle().take(99).collect();
    asks.push(Ask::get("/boom").answers(500));
    let row = Row::begin("panics at 1 % of requests", &app);
    let load = Load::of(app.addr, asks).clients(8);
    load.succeeds(1_000 * times()).await;
    let tally = load.stop().await;
    row.end(&app, &tally, "").await;
}
