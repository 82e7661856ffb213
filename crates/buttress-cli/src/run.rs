//! Supervises a program: each worker is this executable, which runs the program and
//! passes on what it is told.

use crate::args::Run;
use buttress_cluster::{Cluster, Foreign, control};
use std::{path::Path, process::ExitCode};

pub(crate) fn run(run: Run, name: Option<String>) -> ExitCode {
    let program = run
        .program
        .first()
        .map(Path::new)
        .unwrap_or(Path::new("app"));
    let name = name.as_ref().map_or(program, Path::new);
    let mut cluster = Cluster::new()
        .workers(run.instances)
        .threads(1)
        .share_sockets()
        .ready_timeout(run.ready_timeout)
        .deadline(run.deadline)
        .control(control::default_path(name));
    for addr in run.listen {
        cluster = cluster.bind(addr);
    }
    if let Some(bytes) = run.max_memory {
        cluster = cluster.max_memory(bytes);
    }
    if let Some(age) = run.max_age {
        cluster = cluster.max_age(age);
    }
    let foreign = Foreign::new(run.program).ready_when(run.ready);
    cluster.run(|worker| worker.supervise(foreign))
}
