//! Loops for the widest registers that the processor has and that pay: found out while running, since
//! a program for everybody is built for the oldest. The arithmetic is the same to the last bit; a
//! multiplication and an addition stay two roundings.

/// Does what a closure marked `#[inline(always)]` says, compiled for those registers.
#[inline(always)]
pub fn wide<T>(work: impl FnOnce() -> T) -> T {
    pulp::Arch::new().dispatch(work)
}
