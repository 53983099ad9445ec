//! The print dialog, and what printing sends.

use super::*;

#[test]
fn printing_shows_what_will_be_written_and_enter_is_no_yes() {
    let mut desk = Desk::linked();
    desk.act(&["down", "print"]);
    let dialog = |desk: &Desk| match &desk.state.ui.overlay {
        Some(Overlay::Print(dialog)) => (**dialog).clone(),
        other => panic!("{other:?}"),
    };
    let plan = dialog(&desk).plan.unwrap();
    let files: Vec<&str> = plan.files().map(|stem| stem.file.as_str()).collect();
    assert_eq!(files, ["song_Drums.wav"]);
    assert_eq!(
        plan.engine,
        EngineKind::Render,
        "auto in a simulated session"
    );
    // Folder, engine, format, bits.
    desk.act(&["down", "down", "down", "right"]);
    assert_eq!(dialog(&desk).focused(), PrintField::Bits);
    assert_eq!(dialog(&desk).value(PrintField::Bits), "32 float");
    desk.act(&["top", "open"]);
    assert!(desk.state.is_typing());
    desk.msg(Msg::Input(Input::Clear))
        .typed("/stems")
        .act(&["open"]);
    assert_eq!(
        dialog(&desk).plan.unwrap().output.dir,
        PathBuf::from("/stems")
    );
    let asked = desk.effects.last();
    assert!(matches!(asked, Some(Effect::Survey { dir, .. }) if dir.as_os_str() == "/stems"));
    assert!(desk.submitted().is_none());
    let asked = desk.effects.len();
    desk.survey(&["song_Drums.wav"]);
    assert_eq!(desk.effects.len(), asked, "an answer asks nothing again");
    desk.act(&["confirm"]);
    assert!(desk.submitted().is_none(), "the file is there already");
    assert!(desk.state.ui.toast.is_some());
    desk.act(&["bottom", "up", "up", "right"]);
    assert_eq!(
        dialog(&desk).overrides.on_existing,
        Some(OnExisting::Version)
    );
    desk.act(&["confirm"]);
    let job = desk.submitted().expect("queued");
    assert_eq!(job.title, "Drums");
    assert_eq!(desk.state.ui.overlay, None);
}

#[test]
fn a_render_from_a_live_session_asks_for_its_clips_once() {
    let mut desk = Desk::linked();
    desk.state.mode = Mode::Live;
    let folder = desk.state.session.as_ref().unwrap().folder.clone().unwrap();
    desk.link(LinkEvent::Folder(None));
    let stem = StemSpec {
        name: "Low".to_owned(),
        tracks: vec!["Bass".to_owned()],
        ..Default::default()
    };
    let recipe = pt_stem::plan::recipe::Recipe {
        stems: vec![stem],
        output: pt_stem::plan::recipe::OutputSpec {
            range: Some("0..480000".to_owned()),
            ..Default::default()
        },
        ..Default::default()
    };
    let source = Ok(Box::new(pt_stem::plan::Source::Recipe(Box::new(recipe))));
    let path = PathBuf::from("r.toml");
    desk.msg(Msg::RecipeLoaded { path, source });
    let asks = |desk: &Desk| {
        desk.effects
            .iter()
            .filter(|e| **e == Effect::ReadClips)
            .count()
    };
    desk.act(&["print-all", "down", "right"]);
    let engine = |desk: &Desk| match &desk.state.ui.overlay {
        Some(Overlay::Print(dialog)) => dialog.overrides.engine,
        other => panic!("{other:?}"),
    };
    for _ in 0..3 {
        if engine(&desk) != Some(EngineKind::Render) {
            assert_eq!(asks(&desk), 0, "a bounce needs none");
            desk.act(&["right"]);
        }
    }
    assert_eq!((engine(&desk), asks(&desk)), (Some(EngineKind::Render), 1));
    let mut live = (*folder).clone();
    live.is_live = true;
    desk.msg(Msg::Clips(Ok(Arc::new(live))));
    assert_eq!(asks(&desk), 1);
    assert!(desk.state.session.as_ref().unwrap().folder.is_some());
    desk.act(&["back", "print-all"]);
    let session = desk.state.session.as_ref().unwrap();
    assert_eq!(session.folder, None, "they may have been moved since");
    desk.msg(Msg::Clips(Ok(folder)));
    assert_eq!(
        desk.state.session.as_ref().unwrap().folder,
        None,
        "nobody asked"
    );
}

#[test]
fn tracks_in_no_stem_can_be_allowed_in_the_dialog() {
    let mut desk = Desk::linked();
    let text = "[[stem]]\nname = \"Drums\"\nfolder = \"DRUMS\"";
    let recipe = pt_stem::plan::recipe::Recipe::parse(text, "r.toml").unwrap();
    desk.msg(Msg::RecipeLoaded {
        path: PathBuf::from("r.toml"),
        source: Ok(Box::new(pt_stem::plan::Source::Recipe(Box::new(recipe)))),
    });
    desk.act(&["print-all", "confirm"]);
    assert!(desk.submitted().is_none(), "orphans of a recipe are errors");
    desk.act(&["bottom", "right", "confirm"]);
    assert_eq!(desk.submitted().unwrap().title, "Drums");
}

#[test]
fn printing_everything_and_named_stems() {
    let mut desk = Desk::linked();
    desk.act(&["print-all", "confirm"]);
    assert_eq!(desk.submitted().unwrap().plan.stems.len(), 2);
    desk.effects.clear();
    desk.act(&["print Dums"]);
    assert_eq!(
        desk.toast(),
        "there is no stem 'Dums'; did you mean 'Drums'?"
    );
    desk.act(&["bottom", "print"]);
    assert_eq!(desk.toast(), "the track is in no stem: assign it with s");
    assert!(desk.submitted().is_none());
    desk.act(&["pane 2", "down", "print", "confirm"]);
    assert_eq!(desk.submitted().unwrap().title, "Rest");
}

#[test]
fn replacing_asks_a_second_question_that_counts_the_files() {
    let mut desk = Desk::linked();
    desk.act(&["print-all"]);
    desk.survey(&["song_Drums.wav", "SONG_rest.WAV", "other.wav"]);
    desk.act(&["bottom", "up", "up", "left"]);
    let dialog = |desk: &Desk| match &desk.state.ui.overlay {
        Some(Overlay::Print(dialog)) => (**dialog).clone(),
        other => panic!("{other:?}"),
    };
    let chosen = dialog(&desk).overrides.on_existing;
    assert_eq!(chosen, Some(OnExisting::Replace));
    desk.act(&["confirm"]);
    assert!(desk.submitted().is_none());
    let question = dialog(&desk).question.unwrap();
    assert_eq!(question.text().0, "Replace 2 files?");
    desk.act(&["open", "right"]);
    assert_eq!(
        dialog(&desk).question,
        Some(question),
        "only a clear answer"
    );
    desk.act(&["back"]);
    assert_eq!(dialog(&desk).question, None, "back to the dialog");
    desk.act(&["confirm", "confirm"]);
    assert_eq!(desk.submitted().unwrap().plan.stems.len(), 2);
}

#[test]
fn a_print_waits_for_what_was_asked_or_says_that_it_does_not() {
    let mut desk = Desk::linked();
    desk.state.mode = Mode::Live;
    desk.act(&["print-all"]);
    assert!(
        desk.effects
            .iter()
            .any(|effect| matches!(effect, Effect::Inspect(_))),
        "a bounce asks first"
    );
    desk.act(&["confirm"]);
    assert!(desk.submitted().is_none(), "the answer is not here");
    let question = |desk: &Desk| match &desk.state.ui.overlay {
        Some(Overlay::Print(dialog)) => dialog.question,
        other => panic!("{other:?}"),
    };
    assert_eq!(question(&desk), Some(PrintQuestion::Unanswered));
    desk.msg(Msg::Inspected(Ok(Arc::default())));
    assert!(desk.submitted().is_none(), "an answer is no yes");
    assert_eq!(question(&desk), None, "there is nothing left to ask");
    desk.act(&["confirm"]);
    assert!(desk.submitted().is_some());
    desk.effects.clear();
    desk.act(&["print-all", "confirm", "confirm"]);
    assert!(desk.submitted().is_some(), "who says yes twice has read it");
}

#[test]
fn choices_of_the_dialog_are_undone_before_anything_else() {
    let mut desk = Desk::linked();
    desk.act(&[
        "down",
        "assign Rest",
        "print-all",
        "top",
        "down",
        "down",
        "down",
        "right",
    ]);
    let bits = |desk: &Desk| match &desk.state.ui.overlay {
        Some(Overlay::Print(dialog)) => dialog.value(PrintField::Bits),
        other => panic!("{other:?}"),
    };
    assert_eq!(bits(&desk), "32 float");
    desk.act(&["undo"]);
    assert_eq!(bits(&desk), "24");
    desk.act(&["undo"]);
    assert_eq!(desk.toast(), "there is nothing to undo in this dialog");
    assert_eq!(
        desk.stem_of("Kick"),
        ["Rest"],
        "what lies below is not touched"
    );
    desk.act(&["redo"]);
    assert_eq!(bits(&desk), "32 float");
}

#[test]
fn the_folder_is_completed_with_tab() {
    let mut desk = Desk::linked();
    desk.act(&["print-all", "top", "open"]);
    desk.msg(Msg::Input(Input::Clear)).typed("/mnt/s");
    desk.msg(Msg::Input(Input::Complete));
    assert_eq!(
        desk.effects.last(),
        Some(&Effect::Names(PathBuf::from("/mnt/")))
    );
    let names = ["notes.txt", "stems/", "stems old/", "video/"];
    desk.msg(Msg::Names {
        dir: PathBuf::from("/mnt/"),
        names: names.map(str::to_owned).to_vec(),
    });
    let typed = |desk: &Desk| match &desk.state.ui.overlay {
        Some(Overlay::Print(dialog)) => dialog.editing.clone().unwrap().text,
        other => panic!("{other:?}"),
    };
    assert_eq!(typed(&desk), "/mnt/stems", "as far as they agree");
    desk.msg(Msg::Input(Input::Complete));
    assert!(desk.toast().contains("stems old/"), "{}", desk.toast());
    desk.typed("/");
    desk.msg(Msg::Input(Input::Submit));
    let Some(Overlay::Print(dialog)) = &desk.state.ui.overlay else {
        panic!("closed");
    };
    assert_eq!(dialog.overrides.dir, Some(PathBuf::from("/mnt/stems/")));
}

#[test]
fn a_text_counts_however_its_field_is_left() {
    let mut desk = Desk::linked();
    let dir = |desk: &Desk| match &desk.state.ui.overlay {
        Some(Overlay::Print(dialog)) => dialog.overrides.dir.clone(),
        other => panic!("{other:?}"),
    };
    for leave in ["down", "up", "bottom"] {
        desk.act(&["print-all", "top", "open"]);
        let typed = format!("/left by {leave}");
        desk.msg(Msg::Input(Input::Clear)).typed(&typed);
        desk.act(&[leave]);
        assert!(!desk.state.is_typing(), "{leave}");
        assert_eq!(dir(&desk), Some(PathBuf::from(typed)));
        desk.act(&["back"]);
    }
    desk.act(&["print-all", "top", "open"]);
    desk.typed("/other").act(&["back"]);
    assert_eq!(dir(&desk), Some(PathBuf::from("./output")), "Esc does not");
}

#[test]
fn rate_and_split_of_the_files_are_chosen_in_the_dialog() {
    let mut desk = Desk::linked();
    desk.act(&["print-all"]).survey(&[]);
    let dialog = |desk: &Desk| match &desk.state.ui.overlay {
        Some(Overlay::Print(dialog)) => (**dialog).clone(),
        other => panic!("{other:?}"),
    };
    let planned = |desk: &Desk| dialog(desk).plan.unwrap();
    let frames = planned(&desk).frames();
    desk.act(&["top", "down", "down", "down", "down"]);
    assert_eq!(dialog(&desk).focused(), PrintField::Rate);
    assert_eq!(dialog(&desk).value(PrintField::Rate), "48000 Hz (session)");
    desk.act(&["right", "right"]);
    assert_eq!(dialog(&desk).value(PrintField::Rate), "96000 Hz");
    assert_eq!(planned(&desk).output.rate, 96_000);
    assert_eq!(planned(&desk).frames(), 2 * frames);
    desk.act(&["left", "left", "left"]);
    assert_eq!(planned(&desk).output.rate, 44_100);
    desk.act(&["down"]);
    assert_eq!(dialog(&desk).value(PrintField::Split), "no");
    desk.act(&["right"]);
    assert_eq!(dialog(&desk).value(PrintField::Split), "one file a channel");
    let files: Vec<String> = planned(&desk).written().cloned().collect();
    assert!(
        files.iter().any(|file| file.ends_with(".L.wav")),
        "{files:?}"
    );
    assert_eq!(files.len(), 2 * planned(&desk).files().count());
    desk.act(&["right", "left", "confirm"]);
    let job = desk.submitted().unwrap();
    let [first, ..] = job.plan.stems.as_slice() else {
        panic!("no stems");
    };
    assert_eq!((first.written().count(), job.plan.output.rate), (2, 44_100));
}
