//! What a worker can be asked: `PROBE JOB [COUNT]`, answered with numbers.

mod allocations;
mod cpu;
mod memory;
mod output;
mod polls;
mod requests;

use crate::{job::Job, subject::with_service};
use buttress_benches::Result;

use cpu::run_requests;

/// The questions, with the numbers that answer them.
pub(crate) fn answer(question: &str) -> Result<Vec<u64>> {
    let words: Vec<_> = question.split(' ').collect();
    let (probe, job, count) = match words[..] {
        [probe, job] => (probe, job, 1),
        [probe, job, count] => (probe, job, count.parse()?),
        _ => return Err(format!("not a question: {question}").into()),
    };
    let job: Job = job.parse()?;
    // Some layers make timers, and only ask that there be a runtime.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let _entered = runtime.enter();
    Ok(match probe {
        // Nanoseconds of CPU for that many requests.
        "cpu" => vec![with_service(&job, cpu::Cpu(count))],
        // The length of the body, which is decoded and compared.
        "output" => vec![with_service(&job, output::Output { runtime: None })?],
        // The same under a clock that jumps to the next timer.
        "output-in-time" => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()?;
            let output = output::Output {
                runtime: Some(&runtime),
            };
            vec![with_service(&job, output)?]
        }
        // Allocations and their bytes, in that many requests.
        "allocations" => {
            let counts = with_service(&job, allocations::Allocations(count));
            vec![counts.allocations, counts.bytes]
        }
        // Bytes that an open stream holds.
        "memory" => vec![with_service(&job, memory::Memory)],
        // Nanoseconds of CPU of each poll of one request.
        "polls" => with_service(&job, polls::Polls),
        // Nothing: for callgrind to watch that many requests.
        "requests" => with_service(&job, requests::Requests(count)),
        _ => return Err(format!("unknown probe: {probe}").into()),
    })
}
