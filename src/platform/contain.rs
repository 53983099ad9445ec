//! Code of others that panics on broken input: the panic is caught, and the program's report of its own
//! faults leaves it out.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Does `work`; `None` where it panicked. What it touched is not to be used again then.
pub fn contain<T>(work: impl FnOnce() -> T) -> Option<T> {
    let before = CONTAINED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    CONTAINED.set(before);
    result.ok()
}

/// Whether a panic on this thread will be caught by [`contain`]: for panic hooks.
pub fn is_contained() -> bool {
    CONTAINED.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_caught_and_known_to_be() {
        assert_eq!(contain(|| is_contained().then_some(7)), Some(Some(7)));
        assert_eq!(contain(|| -> u8 { panic!("on purpose") }), None);
        assert!(!is_contained());
    }
}
