//! The share of a core that the watchdog takes while nothing is polled.

use crate::hello::cpu;
use buttress_benches::{Result, table::Table, verdict::Verdicts};
use buttress_sync_io::{Mode, SyncIoLayer, WatchBlocking};
use std::{
    env,
    process::Command,
    thread,
    time::{Duration, Instant},
};

const NAME: &str = "sync-io-watchdo";

pub(crate) fn table(verdicts: &mut Verdicts) -> Result<Table> {
    let output = Command::new(env::current_exe()?).arg("idle").output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut table = Table::new(["the watchdog", "% of a core"]);
    for (name, share) in ["idle", "with a poll every millisecond"]
        .iter()
        .zip(text.lines())
    {
        let share: f64 = share.parse()?;
        table.row([(*name).to_owned(), format!("{share:.3}")]);
        if *name == "idle" {
            verdicts.at_most(
                "idle watchdog, thousandths of a core",
                3.0,
                (10.0 * share).ceil(),
            );
        }
    }
    Ok(table)
}

/// In a process of its own: prints both shares.
pub(crate) fn idle() -> Result<()> {
    let layer = SyncIoLayer::new(Mode::Watch).log(false);
    buttress_benches::spin::block_on(async {}.watch_blocking_as("once", &layer));
    // It parks a while after the last poll.
    thread::sleep(Duration::from_secs(1));
    println!("{}", share(|| thread::sleep(Duration::from_millis(50)))?);
    println!(
        "{}",
        share(|| {
            thread::sleep(Duration::from_millis(1));
            buttress_benches::spin::block_on(async {}.watch_blocking_as("often", &layer));
        })?
    );
    Ok(())
}

/// In percent, over five seconds.
fn share(mut meanwhile: impl FnMut()) -> Result<f64> {
    let (start, before) = (Instant::now(), cpu(NAME)?);
    while start.elapsed() < Duration::from_secs(5) {
        meanwhile();
    }
    let spent = cpu(NAME)? - before;
    Ok(100.0 * spent as f64 / start.elapsed().as_nanos() as f64)
}
