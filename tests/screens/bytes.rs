//! What reaches the terminal, in bytes: nothing when nothing changes, and little when little does.
//! Over SSH each byte is waited for. `cargo test --test screens bytes -- --nocapture` prints them.

use std::sync::Arc;

use pt_stem::app::Msg;
use pt_stem::model::LinkEvent;

use crate::desk;
use crate::meter::{self, Far, SIZES};

#[test]
fn nothing_is_sent_when_nothing_changes() {
    for size in SIZES {
        let mut far = Far::new(size);
        let mut state = desk::busy();
        let first = far.show(&state);
        println!("{size:?}: first frame {first} bytes");
        assert!(first > 1_000);
        assert_eq!(far.show(&state), 0);
        // A poll that finds everything as it was is no news.
        let tracks = state.tracks().to_vec();
        desk::tell(&mut state, Msg::Link(LinkEvent::Tracks(Arc::new(tracks))));
        assert_eq!(far.show(&state), 0);
    }
}

#[test]
fn a_running_counter_costs_little() {
    for (size, most) in SIZES.into_iter().zip([60, 80, 80]) {
        let cost = meter::counter(size);
        println!(
            "{size:?}: counter {} bytes, {} at most",
            cost.mean, cost.highest
        );
        assert!(cost.mean > 0 && cost.mean <= most, "{cost:?} at {size:?}");
    }
}

#[test]
fn moving_meters_cost_little() {
    for size in SIZES {
        let cost = meter::meters(size);
        println!(
            "{size:?}: meters {} bytes, {} at most",
            cost.mean, cost.highest
        );
        assert!(cost.mean > 0 && cost.mean <= 450, "{cost:?} at {size:?}");
    }
}

#[test]
fn a_step_of_the_cursor_stays_within_its_budget() {
    for (size, most) in SIZES.into_iter().zip([1_100, 1_800, 2_600]) {
        let cost = meter::cursor(size);
        println!(
            "{size:?}: cursor step {} bytes, {} at most",
            cost.mean, cost.highest
        );
        assert!(cost.mean > 0 && cost.mean <= most, "{cost:?} at {size:?}");
    }
}
