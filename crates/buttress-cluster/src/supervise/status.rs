//! How the workers fare.

use super::children::{Child, Children};
use crate::{
    control::{Status, WorkerStatus, percentile_ms},
    exec::Program,
    page::{Count, Page},
    place::Place,
    policy::{Id, State, Supervisor, Usage},
};
use rustix::param::{clock_ticks_per_second, page_size};
use std::{fs, process, time::Instant};

pub(super) fn serving(policy: &Supervisor) -> Vec<Id> {
    let serving = policy
        .workers()
        .filter(|(_, worker)| worker.state == State::Serving);
    serving.map(|(id, _)| id).collect()
}

pub(super) fn usage(child: &Child, page: &Page) -> Usage {
    Usage {
        memory: memory(measured(child, page)).unwrap_or_default(),
        requests: page.row(child.row).get(Count::Requests),
        beat: page.row(child.row).get(Count::Beat),
    }
}

pub(super) fn status(
    policy: &Supervisor,
    children: &Children,
    page: &Page,
    places: &[Place],
    program: &Program,
) -> Status {
    let worker = |(id, worker): (Id, &crate::policy::Worker)| {
        let child = children.get(id)?;
        let row = page.row(child.row);
        let latencies = row.latencies();
        let millis = |percent| percentile_ms(&latencies, percent);
        Some(WorkerStatus {
            slot: worker.slot,
            pid: pid(child),
            generation: worker.generation,
            state: worker.state.name().to_owned(),
            uptime_ms: millis_since(worker.started),
            restarts: policy.slots().get(worker.slot)?.restarts,
            memory: memory(measured(child, page)).unwrap_or_default(),
            cpu_ms: cpu(measured(child, page)).unwrap_or_default(),
            requests: row.get(Count::Requests),
            in_flight: row.get(Count::InFlight),
            connections: row.get(Count::Open),
            accepted: row.get(Count::Accepted),
            handed_on: row.get(Count::HandedOn),
            rescued: row.get(Count::Rescued),
            p50_ms: millis(50),
            p99_ms: millis(99),
            latencies,
        })
    };
    Status {
        program: program.path().display().to_string(),
        pid: process::id(),
        memory: memory(process::id()).unwrap_or_default(),
        listening: places.iter().map(ToString::to_string).collect(),
        wanted: policy.target(),
        is_reloading: policy.is_reloading(),
        is_stopping: policy.is_ending(),
        workers: policy.workers().filter_map(worker).collect(),
    }
}

fn pid(child: &Child) -> u32 {
    child.pid.as_raw_nonzero().get().unsigned_abs()
}

/// What is measured: the worker, or the program that it looks after.
fn measured(child: &Child, page: &Page) -> u32 {
    match u32::try_from(page.row(child.row).get(Count::Program)) {
        Ok(program) if program > 0 => program,
        _ => pid(child),
    }
}

fn millis_since(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Bytes in memory, of proc(5).
fn memory(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * page_size() as u64)
}

/// Milliseconds of processor time, of proc(5).
fn cpu(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it can have anything in it, but no more than one of these.
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some((ticks()? + ticks()?) * 1000 / clock_ticks_per_second())
}
