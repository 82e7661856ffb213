//! What a run counted: a row of the table that `cargo xtask faults` prints.

use super::load::Tally;
use super::memory::{Memory, memory};
use crate::app::App;
use crate::page::event;
use std::fs::OpenOptions;
use std::io::Write;

pub(crate) struct Row {
    name: &'static str,
    at_start: Memory,
}

impl Row {
    pub(crate) fn begin(name: &'static str, app: &App) -> Self {
        Self {
            name,
            at_start: memory(app.pid()),
        }
    }

    /// Writes it, and fails if a request did that should not have.
    pub(crate) async fn end(self, app: &App, tally: &Tally, notes: &str) {
        let at_end = memory(app.pid());
        let counters = counters(app).await;
        let notes = [notes, &counters].join(if notes.is_empty() { "" } else { ", " });
        self.write(tally, Some(at_end), &notes);
    }

    /// As [`end`](Self::end), of a process that has ended.
    #[track_caller]
    pub(crate) fn end_without(self, tally: &Tally, notes: &str) {
        self.write(tally, None, notes);
    }

    #[track_caller]
    fn write(self, tally: &Tally, at_end: Option<Memory>, notes: &str) {
        let mib = |kib: Option<u64>| {
            kib.map_or("-".to_owned(), |it| format!("{:.1}", it as f64 / 1024.0))
        };
        let cells = [
            self.name.to_owned(),
            tally.answered.to_string(),
            tally.expected.to_string(),
            tally.unexpected.len().to_string(),
            mib(Some(self.at_start.now)),
            mib(at_end.map(|it| it.peak)),
            mib(at_end.map(|it| it.now)),
            notes.to_owned(),
        ];
        if let Some(file) = std::env::var_os("BUTTRESS_FAULTS_TABLE") {
            let file = OpenOptions::new().create(true).append(true).open(file);
            writeln!(file.unwrap(), "{}", cells.join("\t")).unwrap();
        }
        let some: Vec<_> = tally.unexpected.iter().take(5).collect();
        assert!(tally.unexpected.is_empty(), "{}: {some:#?}", self.name);
    }
}

/// What the app itself has counted, as its page shows it.
async fn counters(app: &App) -> String {
    let mut events = app.connect().await;
    events.get("/events", &[]).await;
    let event = event(&mut events).await;
    let text = |name: &str| {
        event["figures"][name]
            .as_str()
            .expect("a figure")
            .to_owned()
    };
    let named = ["failed", "p99", "hits", "saved", "blocking", "panics"];
    let mut counters: Vec<_> = named.map(|name| format!("{name} {}", text(name))).into();
    counters.push(text("trips"));
    counters.join("; ")
}
