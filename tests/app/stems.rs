//! Stems edited from the keyboard: new ones, names, order, deletion, letters, saving, undo.

use super::*;
use pt_stem::app::choices::assign_letters;
use pt_stem::app::update::Saved;
use pt_stem::plan::Source;
use pt_stem::plan::recipe::{Recipe, hash};

const TEXT: &str = "# by hand\n[[stem]]\nname = \"Drums\" # loud\nfolder = \"DRUMS\"\n\n\
    [[stem]]\nname = \"Rest\"\ntracks = [\"Bass\", \"Verb\", \"Guide\"]\n";

fn names(desk: &Desk) -> Vec<String> {
    let plan = desk.state.plan.clone().unwrap().unwrap();
    plan.stems.iter().map(|stem| stem.name.clone()).collect()
}

fn load(desk: &mut Desk, text: &str) {
    let recipe = Recipe::parse(text, "r.toml").unwrap();
    desk.msg(Msg::RecipeLoaded {
        path: PathBuf::from("r.toml"),
        source: Ok(Box::new(Source::Recipe(Box::new(recipe)))),
    });
    desk.effects.clear();
}

fn saving(desk: &Desk) -> (PathBuf, String, Option<String>, bool) {
    let save = |effect: &Effect| match effect {
        Effect::SaveRecipe {
            path,
            text,
            was,
            overwrite,
        } => Some((path.clone(), text.clone(), was.clone(), *overwrite)),
        _ => None,
    };
    desk.effects.iter().rev().find_map(save).expect("a save")
}

#[test]
fn stems_are_made_renamed_moved_deleted_and_each_step_undone() {
    let mut desk = Desk::linked();
    desk.act(&["down", "select-row", "stem-new Kick alone"]);
    assert_eq!(names(&desk), ["Drums", "Rest", "Kick alone"]);
    assert_eq!(desk.stem_of("Kick"), ["Kick alone"]);
    desk.act(&["back", "pane 2", "bottom", "stem-rename Low"]);
    assert_eq!(names(&desk), ["Drums", "Rest", "Low"]);
    assert_eq!(desk.stem_of("Kick"), ["Low"], "its tracks go along");
    desk.act(&["stem-up"]);
    assert_eq!(names(&desk), ["Drums", "Low", "Rest"]);
    assert_eq!(desk.state.cursor(Pane::Stems), 1, "the cursor goes along");
    desk.act(&["stem-up", "stem-up"]);
    assert_eq!(desk.toast(), "'Low' is the first stem");
    desk.act(&["stem-delete"]);
    assert_eq!(names(&desk), ["Drums", "Rest"]);
    assert_eq!(desk.stem_of("Kick"), ["Drums"], "left to the folder again");
    for wanted in [
        vec!["Low", "Drums", "Rest"],
        vec!["Drums", "Low", "Rest"],
        vec!["Drums", "Rest", "Low"],
        vec!["Drums", "Rest", "Kick alone"],
        vec!["Drums", "Rest"],
    ] {
        desk.act(&["undo"]);
        assert_eq!(names(&desk), wanted);
    }
    desk.act(&["redo", "redo"]);
    assert_eq!(names(&desk), ["Drums", "Rest", "Low"]);
    assert_eq!(desk.stem_of("Kick"), ["Low"]);
}

#[test]
fn a_stem_without_tracks_waits_for_them_and_names_are_taken_once() {
    let mut desk = Desk::linked();
    desk.act(&["stem-new Vox"]);
    assert_eq!(names(&desk), ["Drums", "Rest", "Vox"]);
    let plan = desk.state.plan.clone().unwrap().unwrap();
    assert!(plan.has_errors(), "nothing is printed without tracks");
    desk.act(&["stem-new Vox"]);
    assert_eq!(desk.toast(), "there is a stem 'Vox' already");
    desk.act(&["pane 2", "top", "stem-rename Rest"]);
    assert_eq!(desk.toast(), "there is a stem 'Rest' already");
    desk.act(&["stem-delete Drms"]);
    assert_eq!(
        desk.toast(),
        "there is no stem 'Drms'; did you mean 'Drums'?"
    );
    desk.act(&["pane 1", "top", "down", "assign Vox"]);
    assert_eq!(desk.stem_of("Kick"), ["Vox"]);
    assert!(!desk.state.plan.clone().unwrap().unwrap().has_errors());
}

#[test]
fn a_letter_assigns_and_n_begins_a_name() {
    let mut desk = Desk::linked();
    let letters = assign_letters(&assign_choices(&desk.state, ""));
    assert_eq!(letters, [Some('d'), Some('r')]);
    desk.act(&["down", "assign"]).typed("r");
    assert_eq!(desk.state.ui.overlay, None);
    assert_eq!(desk.stem_of("Kick"), ["Rest"]);
    desk.act(&["assign"]).typed("n").typed("d").typed("r");
    desk.msg(Msg::Input(Input::Submit));
    assert_eq!(
        desk.stem_of("Kick"),
        ["Drums"],
        "typed, the best fit is taken"
    );
    desk.act(&["assign"]).typed("n").typed("new one");
    desk.msg(Msg::Input(Input::Submit));
    assert_eq!(desk.stem_of("Kick"), ["new one"]);
    desk.act(&["assign"]).typed("-");
    assert_eq!(desk.stem_of("Kick"), ["Drums"], "as the recipe says");
}

#[test]
fn a_recipe_is_saved_with_its_comments_and_then_is_what_it_says() {
    let mut desk = Desk::linked();
    load(&mut desk, TEXT);
    desk.act(&[
        "pane 2",
        "top",
        "stem-rename Kit",
        "stem-down",
        "recipe-save",
    ]);
    let (path, text, was, overwrite) = saving(&desk);
    assert_eq!((path.to_str(), overwrite), (Some("r.toml"), false));
    assert_eq!(was, Some(hash(TEXT)));
    assert!(text.contains("name = \"Kit\" # loud"), "{text}");
    assert!(text.contains("# by hand"), "{text}");
    let saved = Ok(Saved::Written(text.clone()));
    desk.msg(Msg::RecipeSaved {
        path: path.clone(),
        outcome: saved,
    });
    assert_eq!(desk.toast(), "r.toml saved");
    assert_eq!(names(&desk), ["Rest", "Kit"]);
    assert_eq!(desk.state.edited, None);
    // What is saved next starts from what was saved.
    desk.act(&["pane 1", "top", "down", "assign Rest", "recipe-save"]);
    let (_, again, was, _) = saving(&desk);
    assert_eq!(was, Some(hash(&text)));
    assert!(again.contains("\"Guide\", \"Kick\""), "{again}");
    assert!(again.contains("except = [\"Kick\"]"), "{again}");
    desk.act(&["undo", "undo"]);
    assert_eq!(names(&desk), ["Rest", "Kit"], "before it was saved");
    desk.act(&["undo", "undo"]);
    assert_eq!(names(&desk), ["Drums", "Rest"]);
}

#[test]
fn a_recipe_that_changed_meanwhile_is_overwritten_only_after_a_yes() {
    let mut desk = Desk::linked();
    load(&mut desk, TEXT);
    desk.act(&["stem-delete Rest", "recipe-save"]);
    let path = saving(&desk).0;
    desk.effects.clear();
    let outcome = Ok(Saved::Changed);
    desk.msg(Msg::RecipeSaved { path, outcome });
    let question = match &desk.state.ui.overlay {
        Some(Overlay::Confirm { question, .. }) => question.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(question, "r.toml was changed meanwhile. Overwrite it?");
    desk.act(&["open"]);
    assert!(desk.effects.is_empty(), "Enter is no yes");
    desk.act(&["confirm"]);
    assert!(saving(&desk).3);
    desk.effects.clear();
    desk.msg(Msg::Confirmed(Action::parse("recipe-save r.toml").unwrap()));
    assert!(!saving(&desk).3, "one yes is for one save");
}

#[test]
fn stems_without_a_file_are_saved_into_a_new_one() {
    let mut desk = Desk::linked();
    desk.act(&["recipe-save"]);
    assert!(matches!(
        &desk.state.ui.overlay,
        Some(Overlay::Palette { input, .. }) if input.text == "recipe-save "
    ));
    desk.act(&["back", "recipe-save new.toml"]);
    let (path, text, was, _) = saving(&desk);
    assert_eq!((path.to_str(), was), (Some("new.toml"), None));
    let recipe = Recipe::parse(&text, "new.toml").unwrap();
    let folder = desk.state.session.as_ref().unwrap().folder.clone().unwrap();
    assert_eq!(recipe.stems, folder.stems);
}

#[test]
fn only_what_takes_more_than_it_names_is_told_of_exceptions() {
    let mut desk = Desk::linked();
    let text = "[[stem]]\nname = \"Drums\"\nfolder = \"DRUMS\"\n\n\
        [[stem]]\nname = \"Low\"\ntracks = [\"Bass\", \"Guide\"]\n\n\
        [[stem]]\nname = \"Wet\"\ntracks = [\"Ver*\"]\n\n\
        [[stem]]\nname = \"New\"\ntracks = [\"Click\"]\n";
    load(&mut desk, text);
    let tracks = ["Kick", "Bass"];
    for track in tracks {
        let at = desk.row_names().iter().position(|name| *name == track);
        desk.msg(Msg::Point(Pane::Tracks, at.unwrap()));
        desk.act(&["assign New"]);
        assert_eq!(desk.stem_of(track), ["New"]);
    }
    desk.act(&["recipe-save"]);
    let recipe = Recipe::parse(&saving(&desk).1, "r.toml").unwrap();
    let except = |at: usize| recipe.stems[at].except.clone();
    assert_eq!(except(0), ["Bass", "Kick"]);
    assert_eq!(recipe.stems[1].tracks, ["Guide"]);
    assert!(except(1).is_empty(), "it names what it takes");
    assert_eq!(except(2), ["Bass", "Kick"]);
}

#[test]
fn versions_follow_a_renamed_stem_and_the_undo() {
    let mut desk = Desk::linked();
    let text = format!("{TEXT}\n[[version]]\nname = \"Inst\"\nformula = \"mix - Drums\"\n");
    load(&mut desk, &text);
    desk.act(&["pane 2", "top", "stem-rename Drum Kit", "recipe-save"]);
    let formula = |desk: &Desk| {
        let recipe = Recipe::parse(&saving(desk).1, "r.toml").unwrap();
        recipe.versions[0].formula.clone()
    };
    assert_eq!(formula(&desk), "mix - \"Drum Kit\"");
    let Source::Recipe(recipe) = desk.state.source() else {
        panic!("a recipe");
    };
    assert_eq!(recipe.versions[0].formula, "mix - \"Drum Kit\"");
    desk.act(&["undo", "stem-down", "recipe-save"]);
    assert_eq!(formula(&desk), "mix - Drums");
}
