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
    assert_eq!(
        desk.effects.last(),
        Some(&Effect::Survey(PathBuf::from("/stems")))
    );
    assert!(desk.submitted().is_none());
    let asked = desk.effects.len();
    desk.survey(&["song_Drums.wav"]);
    assert_eq!(desk.effects.len(), asked, "an answer asks nothing again");
    desk.act(&["confirm"]);
    assert!(desk.submitted().is_none(), "the file is there already");
    assert!(desk.state.ui.toast.is_some());
    desk.act(&["down", "down", "down", "down", "down", "right"]);
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
