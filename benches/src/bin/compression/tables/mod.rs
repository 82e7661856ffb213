//! One file a table.

mod allocations;
mod complete;
mod flush;
mod levels;
mod loopback;
mod memory;
mod polls;
mod speed;
mod streamed;
mod untouched;

use crate::Bench;
use buttress_benches::Result;

type MakeTable = fn(&mut Bench) -> Result<String>;

/// The tables in the order of printing.
pub(crate) const ALL: [(&str, MakeTable); 9] = [
    ("complete", complete::make),
    ("levels", levels::make),
    ("streamed", streamed::make),
    ("allocations", allocations::make),
    ("memory", memory::make),
    ("untouched", untouched::make),
    ("polls", polls::make),
    ("loopback", loopback::make),
    ("flush", flush::make),
];
