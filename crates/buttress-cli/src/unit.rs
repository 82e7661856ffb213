//! Units for systemd: a baseline that version 252 accepts, and a drop-in for newer
//! ones.

use crate::{args::Unit, ask};
use std::{error::Error, fmt::Write, fs, path::Path, process::ExitCode};

pub(crate) fn write(unit: &Unit) -> Result<ExitCode, Box<dyn Error>> {
    check(unit)?;
    for (name, text) in files(unit) {
        match &unit.output {
            Some(folder) => put(&folder.join(&name), &text)?,
            None => ask::say(&format!("# {name}\n{text}"))?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn put(path: &Path, text: &str) -> Result<(), Box<dyn Error>> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)?;
    Ok(ask::say(&path.display().to_string())?)
}

/// What would break a line of a unit, or lead out of the folder.
fn check(unit: &Unit) -> Result<(), Box<dyn Error>> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || "-_.".contains(it))
    };
    if !is_name(&unit.service) || unit.service.starts_with('.') {
        return Err("a service's name has letters, digits, - and _".into());
    }
    let mut values = values_of(unit).chain(&unit.env);
    if values.any(|value| value.contains(char::is_control)) {
        return Err("a value of a unit is one line".into());
    }
    // It would take in the next line.
    let mut open = values_of(unit).filter(|value| value.ends_with('\\'));
    if open.next().is_some() {
        return Err("a value of a unit does not end in a backslash".into());
    }
    let is_variable = |text: &String| text.split_once('=').is_some_and(|(name, _)| is_name(name));
    if !unit.env.iter().all(is_variable) {
        return Err("a variable is NAME=VALUE".into());
    }
    if !unit.exec.starts_with('/') {
        return Err("the executable is named by its whole path".into());
    }
    Ok(())
}

/// What stands in a unit as it was given.
fn values_of(unit: &Unit) -> impl Iterator<Item = &String> {
    let values = [&unit.exec].into_iter().chain(&unit.listen);
    values.chain(&unit.credential).chain(&unit.memory)
}

/// What is between quotes in a unit: as it is, for systemd reads escapes and specifiers
/// there.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', r"\\").replace('"', "\\\"");
    text.replace('%', "%%")
}

/// Their names, under the folder of units, and what is in them.
fn files(unit: &Unit) -> Vec<(String, String)> {
    let name = &unit.service;
    let mut files = vec![
        (format!("{name}.service"), service(unit)),
        (
            format!("{name}.service.d/systemd-254.conf"),
            NEWER.to_owned(),
        ),
    ];
    if !unit.listen.is_empty() {
        files.push((format!("{name}.socket"), socket(unit)));
    }
    files
}

fn service(unit: &Unit) -> String {
    let Unit {
        service: name,
        exec,
        ..
    } = unit;
    let mut text = format!("[Unit]\nDescription={name}\n{START}");
    // Writing to a String cannot fail.
    if !unit.listen.is_empty() {
        let _ = writeln!(text, "Requires={name}.socket\nAfter={name}.socket");
    }
    let _ = write!(text, "\n[Service]\n{LIFE}ExecStart={exec}\n");
    for variable in &unit.env {
        let _ = writeln!(text, "Environment=\"{}\"", quoted(variable));
    }
    let _ = write!(
        text,
        "\nRuntimeDirectory={name}\nRuntimeDirectoryMode=0700\nStateDirectory={name}\n"
    );
    for credential in &unit.credential {
        let _ = writeln!(text, "LoadCredential={credential}");
    }
    if let Some(memory) = &unit.memory {
        let _ = writeln!(text, "MemoryMax={memory}");
    }
    text.push_str(LIMITS);
    text.push_str("\n[Install]\nWantedBy=multi-user.target\n");
    text
}

fn socket(unit: &Unit) -> String {
    let mut text = format!(
        "[Unit]\nDescription={} (sockets)\n\n[Socket]\n",
        unit.service
    );
    for addr in &unit.listen {
        let _ = writeln!(text, "ListenStream={addr}");
    }
    text.push_str("Backlog=4096\n\n[Install]\nWantedBy=sockets.target\n");
    text
}

const START: &str = "\
Wants=network-online.target
After=network-online.target
# Ten starts within a minute, then it stays down and somebody looks.
StartLimitIntervalSec=60
StartLimitBurst=10
";

const LIFE: &str = "\
Type=notify
NotifyAccess=main
ExecReload=/bin/kill -HUP $MAINPID
# The supervisor drains its workers; who is left after the timeout is killed.
KillMode=mixed
TimeoutStartSec=90
TimeoutStopSec=45
Restart=on-failure
RestartSec=1
# Bad configuration: the next start would fail as well.
RestartPreventExitStatus=78
WatchdogSec=30
# Sockets outlive a restart of the supervisor.
FileDescriptorStoreMax=1024
";

const LIMITS: &str = "
LimitNOFILE=65536
LimitCORE=0
TasksMax=4096

# Nothing that a web service needs is missing.
DynamicUser=yes
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
ProcSubset=pid
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
KeyringMode=private
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
";

/// Older versions ignore these lines, with a warning in their log.
const NEWER: &str = "\
# For systemd 254 and newer; take this file away from older ones.
[Service]
Type=notify-reload
RestartSteps=6
RestartMaxDelaySec=60
FileDescriptorStorePreserve=restart
";
