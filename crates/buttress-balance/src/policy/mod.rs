//! Which of the endpoints that are well gets a request. All of it is pure: what an
//! endpoint is like is asked of a function, and chance is an argument.

mod least;
mod p2c;
mod rendezvous;
mod weighted;

pub(crate) use least::least;
pub(crate) use p2c::p2c;
pub(crate) use rendezvous::rendezvous;
pub(crate) use weighted::Smooth;

/// How an endpoint is chosen.
///
/// Requests of a [sticky](crate::Sticky) client go where they went before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// Of two by chance that which will have answered sooner: by what it has in flight
    /// and how long it took of late, where a slow answer counts at once. The default.
    #[default]
    PeakEwma,
    /// That which has the least in flight, for its weight.
    LeastPending,
    /// One after the other. Weights do not count.
    RoundRobin,
    /// Each as often as its weight says, and as evenly spread as can be.
    Weighted,
}

/// A number that looks like chance, of one that does not.
pub(crate) fn mix(seed: u64) -> u64 {
    let seed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let seed = (seed ^ (seed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    seed ^ (seed >> 31)
}

/// A number below `bound`, which is not zero.
pub(crate) fn below(random: u32, bound: usize) -> usize {
    ((u64::from(random) * bound as u64) >> 32) as usize
}
