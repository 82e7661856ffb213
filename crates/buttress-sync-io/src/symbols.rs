//! From addresses to names and lines. Slow, and the first time very slow: only
//! the reporter's thread does it.

use crate::{Frame, stack, unwind::Modules};
use addr2line::{Loader, demangle_auto};
use std::{borrow::Cow, collections::HashMap, path::PathBuf};

/// So many addresses are remembered; beyond it all are forgotten.
const ADDRESSES: usize = 16 * 1024;

/// Looks addresses up, and remembers them.
#[derive(Default)]
pub(crate) struct Symbols {
    /// `None`: it cannot be read.
    files: HashMap<PathBuf, Option<Loader>>,
    addresses: HashMap<u64, Vec<Frame>>,
}

impl Symbols {
    /// The functions that were active, the innermost first.
    pub(crate) fn resolve(&mut self, addresses: &[u64]) -> Vec<(u64, Vec<Frame>)> {
        if self.addresses.len() > ADDRESSES {
            self.addresses.clear();
        }
        let found = addresses.iter().map(|&address| {
            let frames = match self.addresses.get(&address) {
                Some(frames) => frames.clone(),
                None => {
                    let frames = self.look_up(address);
                    self.addresses.insert(address, frames.clone());
                    frames
                }
            };
            (address, frames)
        });
        found.collect()
    }

    fn look_up(&mut self, address: u64) -> Vec<Frame> {
        let modules = Modules::current();
        let Some(module) = modules.of(address) else {
            return Vec::new();
        };
        let file = self.files.entry(module.path.clone());
        let file = file.or_insert_with(|| Loader::new(&module.path).ok());
        let Some(file) = file else {
            return Vec::new();
        };
        let within = address - module.bias;
        let symbol = file.find_symbol(within).map(demangle);
        let mut frames = inlined(file, within);
        match (frames.last_mut(), symbol) {
            // The outermost has a symbol, whose name is whole.
            (Some(outermost), Some(symbol)) => outermost.function = symbol,
            (None, Some(function)) => frames.push(Frame {
                function,
                file: None,
                line: None,
                is_user: false,
            }),
            _ => {}
        }
        for frame in &mut frames {
            frame.is_user = is_user(frame);
        }
        frames
    }
}

fn inlined(file: &Loader, address: u64) -> Vec<Frame> {
    let (mut frames, Ok(mut found)) = (Vec::new(), file.find_frames(address)) else {
        return Vec::new();
    };
    while let Ok(Some(frame)) = found.next() {
        let function = frame.function.as_ref().and_then(|name| {
            let name = name.raw_name().ok()?;
            Some(demangle(&name))
        });
        let location = frame.location.as_ref();
        frames.push(Frame {
            function: function.unwrap_or_else(|| "unknown".to_owned()),
            file: location.and_then(|at| at.file).map(str::to_owned),
            line: location.and_then(|at| at.line),
            is_user: false,
        });
    }
    frames
}

fn demangle(name: &str) -> String {
    demangle_auto(Cow::Borrowed(name), None).into_owned()
}

/// Where others' sources lie: the standard library's, and cargo's.
const OTHERS: [&str; 5] = [
    "/rustc/",
    "/.rustup/",
    "/lib/rustlib/",
    "/registry/src/",
    "/git/checkouts/",
];

fn is_user(frame: &Frame) -> bool {
    let is_others = |file: &String| OTHERS.iter().any(|others| file.contains(others));
    let file = frame.file.as_ref();
    file.is_some_and(|file| !is_others(file) && !stack::is_ours(file))
}
