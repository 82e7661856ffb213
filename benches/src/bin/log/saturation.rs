//! More lines than a pipe takes: how many get through, and how many are dropped.

use buttress_benches::{
    Result,
    table::{Table, thousands},
};
use buttress_log::Writer;
use std::{
    io::{PipeReader, PipeWriter, Read, Write, pipe},
    thread,
    time::{Duration, Instant},
};
use tracing_subscriber::fmt::MakeWriter;

const THREADS: usize = 2;
const LINES: usize = 1_000_000;
const LINE: usize = 300;

pub(crate) fn table() -> Result<String> {
    let mut table = Table::new([
        "writer",
        "lines a second given",
        "written, %",
        "ns a line given",
    ]);
    let ours = run(|sink| {
        let (writer, guard) = Writer::builder().to(sink)?;
        Ok((writer, guard))
    })?;
    let appender = run(|sink| Ok(tracing_appender::non_blocking(sink)))?;
    for (name, (elapsed, read)) in [
        ("Writer, 8 MiB", ours),
        ("tracing-appender, lossy, 128,000 lines", appender),
    ] {
        let given = (THREADS * LINES) as f64;
        table.row([
            name.to_owned(),
            thousands((given / elapsed.as_secs_f64()) as u64),
            format!("{:.1}", 100.0 * read as f64 / (given * LINE as f64)),
            format!("{:.0}", elapsed.as_nanos() as f64 * THREADS as f64 / given),
        ]);
    }
    Ok(format!(
        "### Saturation\n\n{THREADS} threads give {LINES} lines of {LINE} bytes each, as fast as they can, into a pipe \
         whose reader throws them away, on two processors. Time is that of the threads that give.\n\n{table}"
    ))
}

/// How long giving took, and how many bytes came through.
fn run<W, G>(start: impl FnOnce(PipeWriter) -> Result<(W, G)>) -> Result<(Duration, usize)>
where
    W: for<'a> MakeWriter<'a> + Sync,
{
    let (reader, sink) = pipe()?;
    let reading = thread::spawn(move || count(reader));
    let (writer, guard) = start(sink)?;
    let mut line = vec![b'x'; LINE];
    line[LINE - 1] = b'\n';
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            // A dropped line is no error to either.
            scope.spawn(|| (0..LINES).for_each(|_| drop(writer.make_writer().write_all(&line))));
        }
    });
    let elapsed = started.elapsed();
    drop((writer, guard));
    let read = reading.join().map_err(|_| "the reader panicked")?;
    Ok((elapsed, read))
}

fn count(mut reader: PipeReader) -> usize {
    let mut buffer = vec![0; 64 * 1024];
    let mut total = 0;
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        total += count;
    }
    total
}
