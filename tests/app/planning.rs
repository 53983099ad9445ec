//! The plan on the screen: what makes it anew, assignments by hand, recipes.

use super::*;

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
    desk.link(LinkEvent::Tracks(tracks.clone()));
    assert_eq!(desk.state.plan, None);
    tracks[1].muted = true;
    desk.link(LinkEvent::Tracks(tracks));
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
