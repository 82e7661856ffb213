//! From a record to the writer.

use crate::{Record, layer::Config};
use std::{
    cell::Cell,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// What a thread keeps to write its lines in, at most.
const SCRATCH: usize = 16 * 1024;

/// Writes the line of a record, if the choices want one.
///
/// Runs in destructors, where a panic of the app's functions would end the process.
pub(crate) fn write(mut record: Record<'_>) {
    let config = &*record.exchange.config;
    let written = catch_unwind(AssertUnwindSafe(|| choose_and_write(config, &mut record)));
    if let Err(payload) = written {
        config.writer.count_lost();
        config.writer.give_back(record.dropped);
        // What was thrown may throw in turn when it is dropped.
        mem::forget(catch_unwind(AssertUnwindSafe(|| drop(payload))));
    }
}

fn choose_and_write(config: &Config, record: &mut Record<'_>) {
    record.level = (config.level)(record);
    for on_record in &config.on_record {
        on_record(record);
    }
    let Some(sample) = config.control.choose(record.level) else {
        return config.control.count_left_out();
    };
    record.sample = sample;
    record.dropped = config.writer.take_unsaid();
    let is_taken = with_scratch(|line| {
        config.format.encode(record, line);
        if !config.format.keeps_its_line() {
            make_one_line(line);
        }
        line.push(b'\n');
        config.writer.push(line)
    });
    if !is_taken {
        config.writer.give_back(record.dropped);
    }
}

fn make_one_line(line: &mut [u8]) {
    for byte in line {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// Gives a buffer that is empty. A format may itself log: then it gets another one.
fn with_scratch<T>(write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    thread_local! {
        static SCRATCH_OF_THREAD: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }
    // While the thread ends there is none any more.
    let kept = SCRATCH_OF_THREAD.try_with(Cell::take);
    let mut line = kept.unwrap_or_default();
    let result = write(&mut line);
    line.clear();
    line.shrink_to(SCRATCH);
    let _ = SCRATCH_OF_THREAD.try_with(|kept| kept.set(line));
    result
}
