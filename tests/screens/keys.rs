//! Help, palette and the popup of unfinished sequences, as they stand on the smallest screen.

use pt_stem::action::Action;
use pt_stem::app::{Input, Msg};

use crate::{desk, screen};

fn snapshot(name: &str, picture: &str) {
    insta::with_settings!({ snapshot_path => "../snapshots" }, {
        insta::assert_snapshot!(name, picture);
    });
}

#[test]
fn what_is_made_of_the_keymap() {
    let mut state = desk::linked();
    desk::tell(&mut state, Msg::PendingKeys(",".to_owned()));
    assert!(!screen(&state, 80, 24).contains("Sort by name"));
    desk::tell(&mut state, Msg::Which);
    snapshot("which", &screen(&state, 80, 24));

    let mut state = desk::linked();
    desk::tell(&mut state, Msg::Action(Action::Palette));
    desk::tell(&mut state, Msg::Input(Input::Insert("mute bg".to_owned())));
    snapshot("palette_arguments", &screen(&state, 80, 24));

    let mut state = desk::linked();
    desk::tell(&mut state, Msg::Action(Action::Help));
    desk::tell(&mut state, Msg::Input(Input::Insert("redo".to_owned())));
    snapshot("help_search", &screen(&state, 80, 24));

    let mut state = desk::linked();
    desk::tell(&mut state, Msg::Action(Action::parse("sort name").unwrap()));
    desk::tell(&mut state, Msg::Action(Action::Filter));
    desk::tell(&mut state, Msg::Input(Input::Insert("bg".to_owned())));
    snapshot("sorted_and_filtered", &screen(&state, 80, 24));
}

#[test]
fn the_popup_of_a_sequence_fits_into_every_screen() {
    let mut state = desk::linked();
    desk::tell(&mut state, Msg::PendingKeys("g".to_owned()));
    desk::tell(&mut state, Msg::Which);
    for width in [1, 2, 20, 59, 60, 61, 99, 100, 160, 220] {
        for height in 1..=40 {
            screen(&state, width, height);
        }
    }
}
