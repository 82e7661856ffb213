//! What the example prints.

use std::process::Command;

/// The kind of each handler's report, but for the one that only computes: a
/// machine that is busy may give it too little CPU to be over the budget.
const KINDS: [(&str, &str); 9] = [
    ("/sleep", "sleep: clock_nanosleep"),
    ("/read", "file: openat of /etc/hosts"),
    ("/stat", "metadata: statx of /etc/hosts"),
    ("/directory", "directory: openat of /etc"),
    ("/name", "dns: "),
    ("/socket", "network: connect"),
    ("/process", "process: "),
    ("/lock", "lock: futex"),
    ("/channel", "lock: futex"),
];

#[test]
fn each_handler_is_named_with_its_line() {
    let output = Command::new(env!("CARGO_BIN_EXE_find-blocking"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let sections: Vec<_> = text.split("\n\n").collect();
    for (path, kind) in KINDS {
        let section = sections.iter().find(|section| section.starts_with(path));
        let section = section.unwrap_or_else(|| panic!("{path}: {text}"));
        assert!(section.contains(kind), "{section}");
        assert!(section.contains("src/handlers.rs:"), "{section}");
    }
}
