use super::*;

#[test]
fn unknown_names_are_refused_with_the_nearest() {
    let dir = tempfile::tempdir().unwrap();
    let error = make("demmo", dir.path()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Usage);
    assert!(
        error.hints.iter().any(|hint| hint.contains("'demo'")),
        "{error:?}"
    );
}

#[test]
#[ignore = "leaves a session in PT_STEM_DEMO_DIR for listening"]
fn listen() {
    let Some(dir) = std::env::var_os("PT_STEM_DEMO_DIR") else {
        return;
    };
    let began = std::time::Instant::now();
    let folder = demo(Path::new(&dir)).unwrap();
    println!("{} in {:?}", folder.display(), began.elapsed());
}
