//! What connections cost that have had their answer and stay open.

use crate::{
    Bench,
    routes::ROUTES,
    stacks::{AXUM, EXPRESS, OURS},
};
use buttress_benches::{
    Result,
    idle::{self, Idle},
    load,
    table::{Table, thousands, times},
};
use std::time::Duration;

pub(crate) fn make(bench: &mut Bench) -> Result<String> {
    let mut table = Table::new([
        "",
        "KiB each before a request",
        "KiB each 3 s after one",
        "left after closing",
    ]);
    for stack in bench.stacks.only(&[OURS, AXUM, EXPRESS]) {
        let [route, ..] = ROUTES;
        let resident = || stack.resident();
        let request = route.request(stack)?;
        // What the first requests allocate is not the connections'.
        load::timed(stack.addr, &request, 16, 2_000)?;
        let measured = idle::measure(
            stack.addr,
            &request,
            bench.connections,
            Duration::ZERO,
            resident,
        )?;
        let Idle { fresh, idle, left } = measured;
        if stack.name == "ours" {
            bench
                .verdicts
                .at_most("KiB of an idle connection", 12.0, idle);
        }
        let cells = [fresh, idle, left].map(times);
        let [fresh, idle, left] = cells;
        table.row([stack.name.to_owned(), fresh, idle, left]);
    }
    Ok(format!(
        "### Idle connections\n\n{} of them, each with one request, one right after the other. What is left after closing the \
         allocator keeps for the next ones.\n\n{table}",
        thousands(bench.connections as u64)
    ))
}
