//! From addresses to names and lines. Slow, and the first time very slow: only
//! the reporter's thread does it.

use crate::{
    Frame,
    jumps::{self, Code as _, Jump},
    stack, sys,
    unwind::Modules,
};
use addr2line::{Loader, demangle_auto};
use std::{borrow::Cow, collections::HashMap, path::PathBuf};

/// So many addresses are remembered; beyond it all are forgotten.
const ADDRESSES: usize = 16 * 1024;

/// Looks addresses up, and remembers them.
#[derive(Default)]
pub(crate) struct Symbols {
    files: Files,
    addresses: HashMap<u64, Vec<Frame>>,
    /// By the address in the function that runs, and the one in its caller.
    jumps: HashMap<(u64, u64), Vec<Jump>>,
}

impl Symbols {
    /// The functions that were active, the innermost first.
    pub(crate) fn resolve(&mut self, addresses: &[u64]) -> Vec<(u64, Vec<Frame>)> {
        let mut all = Vec::new();
        for (index, &address) in addresses.iter().enumerate() {
            let callee = index.checked_sub(1).and_then(|at| addresses.get(at));
            for jump in callee.map_or_else(Vec::new, |&callee| self.jumps(callee, address)) {
                let mut frames = self.frames(jump.at);
                let guess = |frame: &mut Frame| frame.is_guess = !jump.is_only;
                frames.iter_mut().for_each(guess);
                all.push((jump.at, frames));
            }
            all.push((address, self.frames(address)));
        }
        all
    }

    /// What was jumped through between two frames.
    fn jumps(&mut self, callee: u64, caller: u64) -> Vec<Jump> {
        let jumps = &mut self.jumps;
        if jumps.len() > ADDRESSES {
            jumps.clear();
        }
        // The address of a caller is in its call, on the last byte.
        let find = || jumps::between(&*Modules::current(), callee, caller.saturating_add(1));
        jumps.entry((callee, caller)).or_insert_with(find).clone()
    }

    fn frames(&mut self, address: u64) -> Vec<Frame> {
        if self.addresses.len() > ADDRESSES {
            self.addresses.clear();
        }
        let Self {
            files, addresses, ..
        } = self;
        let look_up = || files.look_up(address).unwrap_or_default();
        addresses.entry(address).or_insert_with(look_up).clone()
    }
}

/// What is loaded, with its names.
#[derive(Default)]
struct Files(HashMap<PathBuf, Option<Loader>>);

impl Files {
    /// The file that has an address, and what is added to those in it.
    fn of(&mut self, modules: &Modules, address: u64) -> Option<(&Loader, u64)> {
        let module = modules.of(address)?;
        let file = self.0.entry(module.path.clone());
        // `None`: it cannot be read.
        let file = file.or_insert_with(|| Loader::new(&module.path).ok());
        Some((file.as_ref()?, module.bias))
    }

    fn look_up(&mut self, address: u64) -> Option<Vec<Frame>> {
        if is_restorer(address + 1) {
            let name = stack::RESTORER.to_owned();
            return Some(vec![Frame::new(name, None, None)]);
        }
        let modules = Modules::current();
        let (file, bias) = self.of(&modules, address)?;
        let within = address - bias;
        // Where symbols were stripped, the nearest one is that of another function.
        let start = modules.function(address).map_or(0, |start| start - bias);
        let symbol = file.find_symbol_info(within);
        let symbol = symbol.filter(|symbol| symbol.address() >= start);
        let symbol = symbol.map(|symbol| demangle(symbol.name()));
        let mut frames = inlined(file, within);
        match (frames.last_mut(), symbol) {
            // The outermost has a symbol, whose name is whole.
            (Some(outermost), Some(symbol)) => outermost.function = symbol,
            (None, Some(function)) => frames.push(Frame::new(function, None, None)),
            _ => {}
        }
        for frame in &mut frames {
            frame.is_user = is_user(frame);
        }
        Some(frames)
    }
}

/// Whether what a signal's handler returns to begins here. That has no name where
/// the C library is stripped, but it has to be these instructions: `mov rax, 15;
/// syscall`.
fn is_restorer(address: u64) -> bool {
    const RESTORER: [u8; 9] = [0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05];
    let mut code = [0; RESTORER.len()];
    sys::read_memory(address, &mut code) == code.len() && code == RESTORER
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
        frames.push(Frame::new(
            function.unwrap_or_else(|| "unknown".to_owned()),
            location.and_then(|at| at.file).map(str::to_owned),
            location.and_then(|at| at.line),
        ));
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
