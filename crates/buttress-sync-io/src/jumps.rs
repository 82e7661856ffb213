//! Functions that are on no stack, for the last thing that they did was a call:
//! optimised, that is a jump, and leaves no frame. The stack then blames their
//! caller.
//!
//! They can be found again. The instruction before a return address says which
//! function was called, and the next frame further in says which one runs. Where
//! these are not the same, jumps lead from one to the other. No IO in here: code
//! is read through [`Code`].

/// What has to be known of the code.
pub(crate) trait Code {
    /// Copies it from an address on; how many bytes there were.
    fn read(&self, address: u64, into: &mut [u8]) -> usize;
    /// Where the function begins that an address lies in.
    fn function(&self, address: u64) -> Option<u64>;
}

/// A jump out of a function that has no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Jump {
    pub(crate) at: u64,
    /// Whether it alone leads there.
    pub(crate) is_only: bool,
}

/// So many functions are searched.
const FUNCTIONS: usize = 24;
/// So many bytes of each.
const BYTES: usize = 8 * 1024;

/// The jumps that lead from the call before `returns_to` to the function that
/// runs at `address`, the latest first. None, if the call was of that function,
/// or of one that only the running program knew.
pub(crate) fn between(code: &impl Code, address: u64, returns_to: u64) -> Vec<Jump> {
    let search = || {
        let called = callee(code, returns_to)?;
        let runs = code.function(address)?;
        let is_jump = called != runs && code.function(called) == Some(called);
        is_jump
            .then(|| Search::new(called).run(code, runs))
            .flatten()
    };
    search().unwrap_or_default()
}

/// The function that is called by the instruction before an address.
pub(crate) fn callee(code: &impl Code, returns_to: u64) -> Option<u64> {
    let mut bytes = [0; 6];
    let start = returns_to.checked_sub(6)?;
    if code.read(start, &mut bytes) < bytes.len() {
        return None;
    }
    match bytes {
        [0xff, 0x15, ..] => word(code, relative(returns_to, &bytes[2..])?),
        [_, 0xe8, ..] => relative(returns_to, &bytes[2..]),
        // By a register or a table.
        _ => None,
    }
}

/// A breadth-first one: the shortest way there.
struct Search(Vec<Step>);

struct Step {
    function: u64,
    /// The step before it, and the jump from there.
    from: Option<(usize, Jump)>,
}

impl Search {
    fn new(function: u64) -> Self {
        let from = None;
        Self(vec![Step { function, from }])
    }

    fn run(mut self, code: &impl Code, end: u64) -> Option<Vec<Jump>> {
        let mut index = 0;
        while let Some(step) = self.0.get(index) {
            let jumps = jumps(code, step.function);
            for &(_, to) in &jumps {
                let is_known = self.0.iter().any(|step| step.function == to);
                if is_known || self.0.len() >= FUNCTIONS {
                    continue;
                }
                let mut same = jumps.iter().filter(|jump| jump.1 == to);
                let at = same.next().map_or(0, |jump| jump.0);
                let is_only = same.next().is_none();
                self.0.push(Step {
                    function: to,
                    from: Some((index, Jump { at, is_only })),
                });
                if to == end {
                    return Some(self.way());
                }
            }
            index += 1;
        }
        None
    }

    /// Back from the last step.
    fn way(&self) -> Vec<Jump> {
        let mut way = Vec::new();
        let mut step = self.0.last();
        while let Some((before, jump)) = step.and_then(|step| step.from) {
            way.push(jump);
            step = self.0.get(before);
        }
        way
    }
}

/// Where a function jumps to the beginnings of others: from, to.
///
/// Instructions are not decoded. Bytes that look like such a jump by chance would
/// have to be the very distance to a function.
fn jumps(code: &impl Code, function: u64) -> Vec<(u64, u64)> {
    let mut bytes = vec![0; BYTES];
    let read = code.read(function, &mut bytes);
    bytes.truncate(read);
    let jump = |(offset, window): (usize, &[u8])| {
        let at = function + offset as u64;
        let to = match window {
            [0xe9, ..] => relative(at + 5, &window[1..]),
            [0x0f, 0x80..=0x8f, ..] => relative(at + 6, &window[2..]),
            [0xff, 0x25, ..] => word(code, relative(at + 6, &window[2..])?),
            _ => None,
        }?;
        let is_out = to != function && code.function(to) == Some(to);
        (is_out && code.function(at) == Some(function)).then_some((at, to))
    };
    bytes.windows(6).enumerate().filter_map(jump).collect()
}

/// The address in the first four bytes, which is relative to the end of its
/// instruction.
fn relative(end: u64, bytes: &[u8]) -> Option<u64> {
    let distance = i32::from_le_bytes(bytes.get(..4)?.try_into().ok()?);
    end.checked_add_signed(distance.into())
}

fn word(code: &impl Code, address: u64) -> Option<u64> {
    let mut bytes = [0; 8];
    (code.read(address, &mut bytes) == 8).then(|| u64::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Functions of 64 bytes each, from [`START`] on.
    struct Fake(Vec<u8>);

    const START: u64 = 0x1000;
    const SIZE: u64 = 64;

    impl Code for Fake {
        fn read(&self, address: u64, into: &mut [u8]) -> usize {
            let rest = address
                .checked_sub(START)
                .and_then(|at| self.0.get(at as usize..));
            let rest = rest.unwrap_or_default();
            let len = rest.len().min(into.len());
            into[..len].copy_from_slice(&rest[..len]);
            len
        }

        fn function(&self, address: u64) -> Option<u64> {
            let at = address.checked_sub(START)?;
            (at < self.0.len() as u64).then_some(START + at / SIZE * SIZE)
        }
    }

    fn function(index: u64) -> u64 {
        START + SIZE * index
    }

    /// Each entry is an instruction: its function, its place in there, its first
    /// bytes, and the function that it leads to.
    fn code(instructions: &[(u64, u64, &[u8], u64)]) -> Fake {
        let mut code = vec![0x90; 6 * SIZE as usize];
        for &(from, offset, bytes, to) in instructions {
            let at = (SIZE * from + offset) as usize;
            let end = function(from) + offset + bytes.len() as u64 + 4;
            let distance = function(to).wrapping_sub(end) as i32;
            code[at..][..bytes.len()].copy_from_slice(bytes);
            code[at + bytes.len()..][..4].copy_from_slice(&distance.to_le_bytes());
        }
        Fake(code)
    }

    const CALL: &[u8] = &[0xe8];
    const JUMP: &[u8] = &[0xe9];
    /// What the call at the start of function 0 returns to.
    const RETURNS_TO: u64 = START + 8 + 5;

    #[test]
    fn a_function_that_was_called_has_a_frame() {
        let code = code(&[(0, 8, CALL, 1)]);
        assert_eq!(between(&code, function(1) + 3, RETURNS_TO), []);
    }

    #[test]
    fn a_function_that_jumped_is_found() {
        let code = code(&[(0, 8, CALL, 1), (1, 20, JUMP, 2)]);
        let (at, is_only) = (function(1) + 20, true);
        assert_eq!(
            between(&code, function(2) + 3, RETURNS_TO),
            [Jump { at, is_only }]
        );
    }

    #[test]
    fn so_are_several_the_latest_first() {
        let branch = &[0x0f, 0x84];
        let code = code(&[
            (0, 8, CALL, 1),
            (1, 20, JUMP, 3),
            (1, 30, branch, 4),
            (4, 9, JUMP, 5),
        ]);
        let found = between(&code, function(5), RETURNS_TO);
        let at: Vec<_> = found.iter().map(|jump| jump.at).collect();
        assert_eq!(at, [function(4) + 9, function(1) + 30]);
    }

    #[test]
    fn of_two_jumps_to_the_same_nobody_knows_which() {
        let code = code(&[(0, 8, CALL, 1), (1, 20, JUMP, 2), (1, 40, JUMP, 2)]);
        let (at, is_only) = (function(1) + 20, false);
        assert_eq!(
            between(&code, function(2), RETURNS_TO),
            [Jump { at, is_only }]
        );
    }

    #[test]
    fn where_no_way_leads_there_is_none() {
        let code = code(&[(0, 8, CALL, 1), (1, 20, JUMP, 3), (3, 2, JUMP, 1)]);
        assert_eq!(between(&code, function(2), RETURNS_TO), []);
    }

    proptest! {
        #[test]
        fn no_code_panics(
            bytes in prop::collection::vec(prop::sample::select(&[0xe8_u8, 0xe9, 0xff, 0x15, 0x25, 0x0f, 0x84, 0, 1]), 0..400),
            address in START - 8..START + 500,
            returns_to in START - 8..START + 500,
        ) {
            between(&Fake(bytes), address, returns_to);
        }

        #[test]
        fn no_address_panics(address: u64, returns_to: u64) {
            between(&code(&[]), address, returns_to);
        }
    }
}
