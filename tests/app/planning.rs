//! The plan on the screen: what makes it anew, assignments by hand, recipes.

use super::*;
use pt_stem::app::planned::Planning;

#[test]
fn the_plan_follows_the_session_and_assignments_by_hand() {
    let mut desk = Desk::linked();
    assert_eq!(desk.stem_of("Kick"), ["Drums"]);
    assert_eq!(desk.stem_of("Bass"), ["Rest"]);
    assert!(desk.stem_of("Click").is_empty());
    desk.act(&["down", "select-row", "assign"]).typed("Low");
    let choices = assign_choices(&desk.state, "Low");
    assert_eq!(choices, [AssignChoice::New("Low".to_owned())]);
    desk.msg(Msg::Input(Input::Submit));
    assert_eq!(
        desk.stem_of("Kick"),
        ["Low"],
        "taken out of the folder's stem"
    );
    assert_eq!(desk.stem_of("Snare"), ["Drums"]);
    desk.act(&["undo"]);
    assert_eq!(desk.stem_of("Kick"), ["Drums"]);
    desk.act(&["redo"]);
    assert_eq!(desk.stem_of("Kick"), ["Low"]);
    desk.act(&["back", "assign Rest"]);
    assert_eq!(desk.stem_of("Kick"), ["Rest"]);
    let plan = desk.state.plan.clone().unwrap().unwrap();
    assert!(!plan.has_errors(), "{:?}", plan.findings);
    assert!(plan.stems.iter().all(|stem| stem.name != "Low"));
}

#[test]
fn file_names_carry_the_date_of_this_place() {
    let mut desk = Desk::linked();
    desk.now.unix_ms = 1_735_689_599_000;
    desk.now.offset_s = 3600;
    let text = "[output]\nfile = \"{stem}_{date}\"\n[[stem]]\nname = \"Drums\"\nfolder = \"DRUMS\"";
    let recipe = pt_stem::plan::recipe::Recipe::parse(text, "r.toml").unwrap();
    desk.msg(Msg::RecipeLoaded {
        path: PathBuf::from("r.toml"),
        source: Ok(Box::new(pt_stem::plan::Source::Recipe(Box::new(recipe)))),
    });
    let plan = desk.state.plan.clone().unwrap().unwrap();
    assert_eq!(plan.stems[0].file, "Drums_2025-01-01.wav");
}

#[test]
fn a_folder_assigned_stands_for_what_is_in_it() {
    let mut desk = Desk::linked();
    desk.act(&["assign Rest"]);
    assert_eq!(desk.stem_of("Kick"), ["Rest"]);
    assert_eq!(desk.stem_of("Snare"), ["Rest"]);
}

#[test]
fn solo_makes_no_new_plan_but_mute_does() {
    let mut desk = Desk::linked();
    let silent = |desk: &Desk| {
        let plan = desk.state.plan.clone().unwrap().unwrap();
        plan.stems[0].tracks[0].silent
    };
    let mut tracks = band();
    tracks[1].soloed = true;
    desk.state.plan = None;
    desk.link(LinkEvent::Tracks(Arc::new(tracks.clone())));
    assert_eq!(desk.state.plan, None);
    tracks[1].muted = true;
    desk.link(LinkEvent::Tracks(Arc::new(tracks)));
    assert!(silent(&desk));
}

#[test]
fn recipes_are_loaded_and_a_broken_one_is_said() {
    let mut desk = Desk::linked();
    desk.act(&["recipe my.toml"]);
    let path = PathBuf::from("my.toml");
    assert_eq!(desk.effects, [Effect::LoadRecipe(path.clone())]);
    desk.msg(Msg::RecipeLoaded {
        path: path.clone(),
        source: Err(fault(ErrorKind::Recipe, "my.toml:3:1 is no key")),
    });
    assert_eq!(desk.toast(), "my.toml:3:1 is no key");
    assert!(matches!(desk.state.recipe, RecipeState::Broken { .. }));
    let text = "[[stem]]\nname = \"All\"\ntracks = [\"*\"]\n";
    let recipe = pt_stem::plan::recipe::Recipe::parse(text, "my.toml").unwrap();
    let source = pt_stem::plan::Source::Recipe(Box::new(recipe));
    desk.msg(Msg::RecipeLoaded {
        path,
        source: Ok(Box::new(source)),
    });
    assert_eq!(desk.stem_of("Kick"), ["All"]);
}

/// A session whose plan is made beside the update, and the tracks of it.
fn large(kind: TrackKind) -> (Desk, Vec<Track>) {
    let mut desk = Desk::linked();
    let mut tracks = band();
    let more = (0..2_000).map(|number| track(&format!("Far {number}"), kind, None));
    tracks.extend(more);
    desk.link(LinkEvent::Tracks(Arc::new(tracks.clone())));
    (desk, tracks)
}

/// The plans that were asked for.
fn asked(desk: &Desk) -> Vec<Planning> {
    let planning = |effect: &Effect| match effect {
        Effect::Plan(planning) => Some((**planning).clone()),
        _ => None,
    };
    desk.effects.iter().filter_map(planning).collect()
}

fn answer(desk: &mut Desk, planning: &Planning) {
    desk.msg(Msg::Planned(Box::new(planning.make())));
}

fn is_silent(desk: &Desk) -> bool {
    let plan = desk.state.plan.clone().unwrap().unwrap();
    plan.stems[0].tracks[0].silent
}

#[test]
fn a_large_plan_is_made_beside_the_update_and_only_the_newest_counts() {
    let (mut desk, mut tracks) = large(TrackKind::Audio);
    let first = asked(&desk).pop().unwrap();
    assert!(desk.state.planning.is_some());
    let orphans = |desk: &Desk| {
        let plan = desk.state.plan.clone().unwrap().unwrap();
        plan.coverage.orphans.len()
    };
    assert_eq!(orphans(&desk), 0, "still the plan of before");
    tracks[1].muted = true;
    desk.link(LinkEvent::Tracks(Arc::new(tracks.clone())));
    answer(&mut desk, &first);
    assert_eq!(orphans(&desk), 0, "not wanted any more");
    assert!(desk.state.planning.is_some());
    let second = asked(&desk).pop().unwrap();
    assert_ne!(first.number, second.number);
    answer(&mut desk, &second);
    assert_eq!(orphans(&desk), 2_000);
    assert!(is_silent(&desk));
    assert_eq!(desk.stem_of("Kick"), ["Drums"]);
    assert_eq!(desk.state.planning, None);
}

#[test]
fn what_is_printed_never_waits_for_a_plan_and_is_never_an_old_one() {
    let (mut desk, mut tracks) = large(TrackKind::Midi);
    let first = asked(&desk).pop().unwrap();
    answer(&mut desk, &first);
    tracks[1].muted = true;
    desk.link(LinkEvent::Tracks(Arc::new(tracks.clone())));
    assert!(!is_silent(&desk));
    desk.act(&["print Drums"]);
    assert_eq!(desk.state.planning, None, "made at once");
    assert!(is_silent(&desk));
    let late = asked(&desk).pop().unwrap();
    // The session changes under the open dialog: its plan changes at once.
    tracks[1].muted = false;
    tracks[2].muted = true;
    desk.link(LinkEvent::Tracks(Arc::new(tracks)));
    answer(&mut desk, &late);
    assert!(desk.state.planning.is_some(), "an old answer is none");
    desk.survey(&[]);
    desk.act(&["confirm"]);
    let job = desk.submitted().expect("a job");
    let silent: Vec<bool> = job.plan.stems[0].tracks.iter().map(|t| t.silent).collect();
    assert_eq!(silent, [false, true]);
}

#[test]
fn what_is_edited_is_what_the_session_is_now() {
    let (mut desk, _) = large(TrackKind::Audio);
    desk.act(&["pane 2", "stem-delete Rest"]);
    assert!(desk.state.planning.is_some());
    desk.act(&["stem-delete Rest"]);
    assert_eq!(
        desk.state
            .ui
            .last_fault
            .as_ref()
            .map(|f| f.message.as_str()),
        Some("there is no stem 'Rest'")
    );
}

#[test]
fn a_plan_of_a_session_that_was_closed_is_dropped() {
    let (mut desk, _) = large(TrackKind::Audio);
    let planning = asked(&desk).pop().unwrap();
    desk.link(LinkEvent::Session(None));
    answer(&mut desk, &planning);
    assert_eq!(desk.state.plan, None);
    assert!(desk.state.stem_of.is_empty());
}
